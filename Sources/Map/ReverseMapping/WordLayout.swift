/// How an entry's content becomes the 64-bit word that a range tree stores (Specification 2.3).
///
///     layout   known nested base N              unknown   remark
///     mailed   N | 1 << 63                      0x1       the April 2026 layout
///     tagged   ((N | 1 << 62) << 1) | 1         0x3       survives a tag shift, which drops bit 63
///
/// In both, no word is 0 ("no entry") and none is reserved, nested IPA 0 included.
public enum WordLayout: UInt8, CaseIterable, Sendable {
  case mailed
  case tagged

  /// The bits of a nested base that may be set: 55 to 12.
  @inlinable
  public static var nestedMask: UInt64 { 0x00ff_ffff_ffff_f000 }

  /// Whether a range tree with the kernel's ordinary interface refuses `word`: its low bits are
  /// `10` and it is below 4096 (Specification 2.3). O(1).
  @inlinable
  public static func isReserved(_ word: UInt64) -> Bool { word < 4096 && word & 3 == 2 }

  /// Whether a range tree stores `word`: it is neither 0, which means "no entry", nor reserved. O(1).
  @inlinable
  public static func isStorable(_ word: UInt64) -> Bool {
    // Large words, which nearly all are, after one comparison.
    word >= 4096 || word != 0 && !isReserved(word)
  }

  /// The word of a known entry with the nested base `nested`, in bytes. O(1).
  ///
  /// - Throws: `strayNestedBits` if a bit outside 55:12 is set; nothing is masked in silence.
  @inlinable
  public func word(known nested: UInt64) throws(ReverseMapError) -> UInt64 {
    guard nested & ~Self.nestedMask == 0 else { throw .strayNestedBits }
    switch self {
    case .mailed: return nested | 1 << 63
    case .tagged: return Self.tagged(payload: nested | 1 << 62)
    }
  }

  /// The word of every unknown entry. O(1).
  @inlinable
  public var unknownWord: UInt64 {
    switch self {
    case .mailed: return 0x1
    case .tagged: return 0x3
    }
  }

  /// What `word` stands for, or nil if this layout writes no such word. O(1).
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
      // Without the tag there is no payload: 0 has no known bit.
      payload = word & 1 == 1 ? Self.payload(ofTagged: word) : 0
      known = 1 << 62
    }
    return payload & ~Self.nestedMask == known ? .known(nested: payload & Self.nestedMask) : nil
  }

  /// The stored form of `payload` in a tree that marks values with a tag: one bit up, and a 1 below.
  /// Bit 63 is lost, which is why `mailed` words do not survive it (Specification 2.3). O(1).
  @inlinable
  public static func tagged(payload: UInt64) -> UInt64 { payload << 1 | 1 }

  /// What comes back out of such a tree. O(1).
  @inlinable
  public static func payload(ofTagged word: UInt64) -> UInt64 { word >> 1 }
}
