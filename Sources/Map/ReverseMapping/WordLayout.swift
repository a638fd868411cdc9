/// How an entry's content becomes the 64-bit word that a range tree stores (Specification 2.3).
///
///     layout   known nested base N              unknown   remark
///     mailed   N | 1 << 63                      0x1       the April 2026 layout
///     tagged   ((N | 1 << 62) << 1) | 1         0x3       survives a tag shift, which drops bit 63
///
/// Neither layout ever produces 0 ("no entry") or a reserved word, not even for nested IPA 0.
public enum WordLayout: UInt8, CaseIterable, Sendable {
  case mailed
  case tagged

  /// The bits that a nested base may have: 55 to 12.
  @inlinable
  public static var nestedMask: UInt64 { 0x00ff_ffff_ffff_f000 }

  /// Whether `word` is reserved, and so refused by a tree with the kernel's ordinary interface: it
  /// is below 4096 and its two low bits are `10` (Specification 2.3).
  @inlinable
  public static func isReserved(_ word: UInt64) -> Bool { word < 4096 && word & 3 == 2 }

  /// Whether a range tree stores `word`: it is neither 0, which means "no entry", nor reserved.
  @inlinable
  public static func isStorable(_ word: UInt64) -> Bool {
    // Nearly all words are large, so one comparison usually decides.
    word >= 4096 || word != 0 && !isReserved(word)
  }

  /// The word of a known entry with the nested base `nested`, in bytes.
  ///
  /// - Throws: `strayNestedBits` if a bit outside 55:12 is set; bits are never silently masked.
  @inlinable
  public func word(known nested: UInt64) throws(ReverseMapError) -> UInt64 {
    guard nested & ~Self.nestedMask == 0 else { throw .strayNestedBits }
    switch self {
    case .mailed: return nested | 1 << 63
    case .tagged: return Self.tagged(payload: nested | 1 << 62)
    }
  }

  /// The word of an unknown entry.
  @inlinable
  public var unknownWord: UInt64 {
    switch self {
    case .mailed: return 0x1
    case .tagged: return 0x3
    }
  }

  /// The content that `word` encodes, or nil if this layout never produces it.
  @inlinable
  public func content(of word: UInt64) -> EntryContent? {
    if word == unknownWord { return .unknown }
    let payload: UInt64
    let known: UInt64
    switch self {
    case .mailed:
      payload = word
      known = 1 << 63
    case .tagged:
      // Without the tag bit, use 0: it lacks the known bit, so the word decodes to nil.
      payload = word & 1 == 1 ? Self.payload(ofTagged: word) : 0
      known = 1 << 62
    }
    return payload & ~Self.nestedMask == known ? .known(nested: payload & Self.nestedMask) : nil
  }

  /// `payload` as stored by a tree that tags values: shifted up by one bit, with bit 0 set. The
  /// shift drops bit 63, which is why `mailed` words do not survive it (Specification 2.3).
  @inlinable
  public static func tagged(payload: UInt64) -> UInt64 { payload << 1 | 1 }

  /// The payload of a tagged `word`.
  @inlinable
  public static func payload(ofTagged word: UInt64) -> UInt64 { word >> 1 }
}
