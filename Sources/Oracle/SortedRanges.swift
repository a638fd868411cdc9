/// One range of keys and its word, in the oracle for range trees.
public struct StoredRange: Equatable, Sendable {
  /// The first key.
  public var first: UInt64
  /// The last key, inclusive.
  public var last: UInt64
  /// The word stored over the range.
  public var word: UInt64

  @inlinable
  public init(first: UInt64, last: UInt64, word: UInt64) {
    self.first = first
    self.last = last
    self.word = word
  }
}

/// The naive range tree, which serves as the oracle: an ascending array of disjoint ranges, with a
/// filter for every operation (Specification 6).
///
/// Each operation takes O(ranges) in time and memory. The caller validates arguments.
public struct SortedRanges: Sendable {
  /// Every range, ascending.
  public private(set) var ranges: [StoredRange] = []

  public init() {}

  /// Whether a tree accepts `word`: any except 0 and 2, 6, 10, ... 4094 (Specification 2.3).
  public static func accepts(_ word: UInt64) -> Bool {
    word != 0 && (word >= 4096 || word % 4 != 2)
  }

  /// The ranges with a key in `first...last`; none if `last` is below `first`.
  public func intersecting(_ first: UInt64, _ last: UInt64) -> [StoredRange] {
    first <= last ? ranges.filter { $0.first <= last && $0.last >= first } : []
  }

  /// Stores `new` and returns nil if nothing intersects it; otherwise returns the first range that
  /// does.
  public mutating func insert(_ new: StoredRange) -> StoredRange? {
    if let hit = intersecting(new.first, new.last).first { return hit }
    put(new)
    return nil
  }

  /// Stores `new` over existing ranges. The parts of them outside `new` stay, with their words.
  public mutating func store(_ new: StoredRange) {
    erase(new.first, new.last)
    put(new)
  }

  /// Cuts `first...last` out of every range.
  public mutating func erase(_ first: UInt64, _ last: UInt64) {
    var kept: [StoredRange] = []
    for range in ranges {
      if range.last < first || range.first > last {
        kept.append(range)
        continue
      }
      if range.first < first {
        kept.append(StoredRange(first: range.first, last: first - 1, word: range.word))
      }
      if range.last > last {
        kept.append(StoredRange(first: last + 1, last: range.last, word: range.word))
      }
    }
    ranges = kept
  }

  /// Replaces `new` and the ranges that intersect it, whole, by one range over their union.
  public mutating func replaceIntersecting(_ new: StoredRange) -> StoredRange {
    let hits = removeIntersecting(new.first, new.last)
    let union = StoredRange(
      first: hits.map(\.first).reduce(new.first, min),
      last: hits.map(\.last).reduce(new.last, max), word: new.word)
    put(union)
    return union
  }

  /// Removes and returns the ranges with a key in `first...last`, whole.
  public mutating func removeIntersecting(_ first: UInt64, _ last: UInt64) -> [StoredRange] {
    let hits = intersecting(first, last)
    ranges.removeAll(where: hits.contains)
    return hits
  }

  /// The first range that ends at `key` or after it.
  public func first(atOrAfter key: UInt64) -> StoredRange? {
    ranges.first { $0.last >= key }
  }

  /// Removes every range.
  public mutating func removeAll() { ranges.removeAll() }

  /// Inserts `new`, which no range intersects.
  private mutating func put(_ new: StoredRange) {
    ranges.insert(new, at: ranges.firstIndex { $0.first > new.last } ?? ranges.endIndex)
  }
}
