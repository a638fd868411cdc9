/// The result of `record` (Specification 3.2).
public enum RecordResult: UInt8, Sendable {
  /// The map is broken: nothing was recorded.
  case ignored
  /// One known entry was inserted.
  case stored
  /// The same entry already existed: nothing changed, and no memory was requested.
  case unchanged
  /// The intersecting entries and the input were merged into one unknown entry.
  case polluted
  /// The store could not get memory, and the map is now broken. Its entries are unchanged (3.2.e);
  /// a map with a direct map is emptied (7.4).
  case broke
  /// There was no memory, so the fault failed before it made a mapping, and nothing changed. Only
  /// maps in libraries that may fail answer so (11.7).
  case failed
}

/// The result of `unmap` or `query` (Specification 3.3, 3.4).
public enum UnmapResult: UInt8, Sendable {
  /// The reported nested ranges are the only ones that can map the canonical range.
  case ranges
  /// The map does not know: the whole shadow stage-2 must be torn down.
  case everything
}

/// One MMU's result of an operation that visits every valid MMU (Specification 8.6).
public struct MMUVisit: Equatable, Hashable, Sendable {
  /// The number of the MMU.
  public var mmu: Int
  /// The result of its map.
  public var result: UnmapResult
  /// The number of nested ranges it reported.
  public var ranges: Int

  /// MMU `mmu` returned `result` and reported `ranges` nested ranges.
  @inlinable
  public init(mmu: Int, result: UnmapResult, ranges: Int) {
    self.mmu = mmu
    self.result = result
    self.ranges = ranges
  }
}

/// A caller error. The operation that throws it has changed nothing (Specification 3.1).
public enum ReverseMapError: Error, Equatable, Sendable {
  /// An address or a size is not a multiple of the page size.
  case misaligned
  /// The size is 0 bytes.
  case empty
  /// The range ends beyond the last 64-bit address.
  case wraps
  /// The range leaves the IPA width.
  case outsideWidth
  /// A nested base has a bit set outside 55:12.
  case strayNestedBits
  /// `endFullUnmap` was called while no full unmap was in progress.
  case noFullUnmapInProgress
  /// The MMU is not valid, or no MMU has that number (Specification 8.2).
  case notValid
  /// `create` was called for a valid MMU (Specification 8.3).
  case alreadyValid
  /// `tearDown` was called for an MMU whose table a full unmap still walks (Specification 8.5).
  case fullUnmapInProgress
  /// An operation that can sleep was called in atomic context (Specification 4.5).
  case cannotSleep
  /// The IPA width is outside 13 to 56 bits.
  case unsupportedWidth(bits: Int)
}
