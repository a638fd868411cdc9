// Results as single values, for callers that can afford an array, such as tests. Code that runs
// under a lock uses the variants that append to a buffer.

/// The answer of `unmap` or `query`, including the nested ranges (Specification 3.3, 3.4).
public enum UnmapAnswer: Equatable, Hashable, Sendable {
  /// The only nested ranges that can map the canonical range, in ascending canonical order.
  case ranges([IPARange])
  /// The map does not know: the whole shadow stage-2 must be torn down.
  case everything

  /// The answer of a map that returned `result` and appended `ranges`.
  @inlinable
  init(_ result: UnmapResult, _ ranges: [IPARange]) {
    self = result == .ranges ? .ranges(ranges) : .everything
  }
}

/// One MMU's answer to an operation that visits every valid MMU, including the nested ranges
/// (Specification 8.6).
public struct MMUAnswer: Equatable, Hashable, Sendable {
  /// The number of the MMU.
  public var mmu: Int
  /// The answer of its map.
  public var answer: UnmapAnswer

  /// The answer of MMU `mmu`.
  @inlinable
  public init(mmu: Int, _ answer: UnmapAnswer) {
    self.mmu = mmu
    self.answer = answer
  }

  /// Splits `ranges` among `visits`, which list them in the same order.
  ///
  /// Wrong counts in `visits` do not trap: a visit takes at most the ranges that are left, and the
  /// last visit takes all that remain. O(visits + ranges).
  @inlinable
  static func answers(_ visits: [MMUVisit], _ ranges: [IPARange]) -> [MMUAnswer] {
    var rest = ranges[...]
    return visits.indices.map { index in
      let isLast = index == visits.count - 1
      let count = isLast ? rest.count : min(max(0, visits[index].ranges), rest.count)
      let own = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      return MMUAnswer(mmu: visits[index].mmu, UnmapAnswer(visits[index].result, own))
    }
  }
}

extension ReverseMapProtocol where Self: ~Copyable {
  /// Every entry, in ascending canonical order. O(entries).
  @inlinable
  public var entries: [Entry] {
    var entries: [Entry] = []
    forEachEntry { entries.append($0) }
    return entries
  }

  /// Every entry of the direct map, in ascending nested order (Specification 7.1). O(entries).
  @inlinable
  public var directEntries: [DirectEntry] {
    var entries: [DirectEntry] = []
    forEachDirectEntry { entries.append($0) }
    return entries
  }

  /// Like `unmap(_:appendingTo:)`, but the answer contains the nested ranges (Specification 3.3).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  @inlinable
  public mutating func unmap(_ canonical: IPARange) throws(ReverseMapError) -> UnmapAnswer {
    var ranges: [IPARange] = []
    let result = try unmap(canonical, appendingTo: &ranges)
    return UnmapAnswer(result, ranges)
  }

  /// Like `query(_:appendingTo:)`, but the answer contains the nested ranges (Specification 3.4).
  ///
  /// - Throws: the same errors as `unmap`.
  @inlinable
  public func query(_ canonical: IPARange) throws(ReverseMapError) -> UnmapAnswer {
    var ranges: [IPARange] = []
    let result = try query(canonical, appendingTo: &ranges)
    return UnmapAnswer(result, ranges)
  }
}

extension VirtualMachineProtocol where Self: ~Copyable {
  /// Every entry of MMU `mmu`, in ascending canonical order; none if it is not valid. O(entries).
  @inlinable
  public func entries(_ mmu: Int) -> [Entry] {
    var entries: [Entry] = []
    forEachEntry(mmu) { entries.append($0) }
    return entries
  }

  /// Every entry of the direct map of MMU `mmu`, in ascending nested order; none if it is not valid
  /// (Specification 7.1). O(entries).
  @inlinable
  public func directEntries(_ mmu: Int) -> [DirectEntry] {
    var entries: [DirectEntry] = []
    forEachDirectEntry(mmu) { entries.append($0) }
    return entries
  }

  /// Like `unmap(_:appendingTo:_:)`, but returns one answer for each valid MMU, which contains its
  /// nested ranges (Specification 8.6).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  @inlinable
  public mutating func unmap(_ canonical: IPARange) throws(ReverseMapError) -> [MMUAnswer] {
    var visits: [MMUVisit] = []
    var ranges: [IPARange] = []
    try unmap(canonical, appendingTo: &visits, &ranges)
    return MMUAnswer.answers(visits, ranges)
  }

  /// Like `query(_:appendingTo:_:)`, but returns one answer for each valid MMU, which contains its
  /// nested ranges (Specification 8.6).
  ///
  /// - Throws: the same errors as `unmap`.
  @inlinable
  public func query(_ canonical: IPARange) throws(ReverseMapError) -> [MMUAnswer] {
    var visits: [MMUVisit] = []
    var ranges: [IPARange] = []
    try query(canonical, appendingTo: &visits, &ranges)
    return MMUAnswer.answers(visits, ranges)
  }
}
