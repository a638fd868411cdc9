/// One entry of a `RangeTree`: the keys `first...last`, both included, and their word.
public struct RangeTreeElement: Equatable, Sendable {
  /// The lowest key of the range.
  public var first: UInt64

  /// The highest key of the range, included.
  public var last: UInt64

  /// What the range maps to; never 0 and never reserved.
  public var word: UInt64

  /// The entry `first...last -> word`. Nothing is checked here; the tree checks what it takes.
  @inlinable
  public init(first: UInt64, last: UInt64, word: UInt64) {
    self.first = first
    self.last = last
    self.word = word
  }
}

/// Why a `RangeTree` refused an operation. A refused operation has changed nothing.
public enum RangeTreeError: Error, Equatable, Sendable {
  /// The last key is below the first.
  case invalidRange

  /// The word is 0 ("no entry"), or its two low bits are `10` and it is below 4096: a range tree
  /// with the kernel's normal API refuses these (Specification 2.3).
  case reservedWord(UInt64)

  /// The allocator refused a node.
  case outOfMemory
}
