/// One element of a `RangeTree`: the keys `first...last`, inclusive, and their word.
public struct RangeTreeElement: Equatable, Sendable {
  /// The lowest key of the range.
  public var first: UInt64

  /// The highest key of the range, inclusive.
  public var last: UInt64

  /// The word that the range maps to; in a tree never 0 and never reserved.
  public var word: UInt64

  /// The element `first...last -> word`. Nothing is checked here; the tree checks its input.
  @inlinable
  public init(first: UInt64, last: UInt64, word: UInt64) {
    self.first = first
    self.last = last
    self.word = word
  }
}

/// An error of a `RangeTree` operation. An operation that throws has changed nothing.
public enum RangeTreeError: Error, Equatable, Sendable {
  /// The last key is below the first.
  case invalidRange

  /// The word is 0 ("no entry"), or it is reserved: below 4096 with the two low bits `10`. A tree
  /// with the kernel's normal API refuses these (Specification 2.3).
  case reservedWord(UInt64)

  /// A request for a node was refused.
  case outOfMemory
}
