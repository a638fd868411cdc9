/// What `record` did (Specification 3.2).
public enum RecordResult: UInt8, Sendable {
  /// The map is broken: nothing was recorded.
  case ignored
  /// One known entry was inserted.
  case stored
  /// The same record was there already: nothing changed, and no memory was asked for.
  case unchanged
  /// The intersecting entries and the input became one unknown entry.
  case polluted
  /// The store could not get memory: the entries are as before, and the map is now broken.
  case broke
}

/// What `unmap` and `query` found (Specification 3.3, 3.4).
public enum UnmapResult: UInt8, Sendable {
  /// The nested ranges reported are all that the canonical range can be mapped by.
  case ranges
  /// The map cannot tell: the whole shadow stage-2 has to go.
  case everything
}

/// What the map of one MMU answered to an operation that visits every valid one (Specification 8.6).
public struct MMUVisit: Equatable, Hashable, Sendable {
  /// The number of the MMU.
  public var mmu: Int
  /// What its map answered.
  public var result: UnmapResult
  /// How many nested ranges it reported.
  public var ranges: Int

  /// MMU `mmu` answered `result`, with `ranges` nested ranges. O(1).
  @inlinable
  public init(mmu: Int, result: UnmapResult, ranges: Int) {
    self.mmu = mmu
    self.result = result
    self.ranges = ranges
  }
}

/// An error of the caller. The operation that throws it has changed nothing (Specification 3.1).
public enum ReverseMapError: Error, Equatable, Sendable {
  /// An address or a size is not a multiple of a page.
  case misaligned
  /// The size is 0 bytes.
  case empty
  /// The range ends beyond the last 64-bit address.
  case wraps
  /// The range leaves the IPA width.
  case outsideWidth
  /// A nested base has a bit set outside 55:12.
  case strayNestedBits
  /// `endFullUnmap` without a `beginFullUnmap` that it could end.
  case noFullUnmapInProgress
  /// The MMU named is not valid, or there is none of that number (Specification 8.2).
  case notValid
  /// `create` of an MMU that is valid (Specification 8.3).
  case alreadyValid
  /// `tearDown` of an MMU whose table a full unmap still walks (Specification 8.5).
  case fullUnmapInProgress
  /// Work that can sleep was asked for in atomic context (Specification 4.5).
  case cannotSleep
  /// An IPA width outside 13 to 56 bits.
  case unsupportedWidth(bits: Int)
}
