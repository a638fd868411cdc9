import ReverseMapping

/// The words of Specification 2.3. They are computed with sums and not, as in the code under test,
/// `WordLayout`, with shifts and masks, so that an error there shows as a difference.
public struct ReferenceWords: Sendable {
  private let layout: WordLayout
  /// The word of an unknown entry.
  public let unknown: UInt64

  public init(_ layout: WordLayout) {
    self.layout = layout
    switch layout {
    case .mailed: unknown = 1
    // A payload of 1, doubled by the tag shift, plus the tag.
    case .tagged: unknown = 2 * 1 + 1
    }
  }

  /// The word of a known entry with nested base `nested`, in bytes.
  ///
  /// - Throws: `strayNestedBits` unless `nested` is a multiple of 4096 below 2^56.
  public func word(forKnown nested: UInt64) throws(ReverseMapError) -> UInt64 {
    guard nested % 4096 == 0, nested / 4096 < 1 << 44 else { throw .strayNestedBits }
    switch layout {
    case .mailed: return 0x8000_0000_0000_0000 + nested
    case .tagged: return 2 * (0x4000_0000_0000_0000 + nested) + 1
    }
  }

  /// The content that `word` encodes, or nil if the layout has no such word.
  public func content(of word: UInt64) -> EntryContent? {
    if word == unknown { return .unknown }
    guard word >= 0x8000_0000_0000_0000 else { return nil }
    var nested = word - 0x8000_0000_0000_0000
    if layout == .tagged {
      guard nested % 2 == 1 else { return nil }
      nested /= 2
    }
    guard nested % 4096 == 0, nested / 4096 < 1 << 44 else { return nil }
    return .known(nested: nested)
  }
}
