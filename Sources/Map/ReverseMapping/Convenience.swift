// What maps and machines report piece by piece, as one value: for callers that can spare an array,
// such as tests. A walk under a lock uses the forms that append.

/// What `unmap` and `query` answer, with the nested ranges (Specification 3.3, 3.4).
public enum UnmapAnswer: Equatable, Hashable, Sendable {
  /// These nested ranges, in ascending canonical order, are all that the canonical range can be
  /// mapped by.
  case ranges([IPARange])
  /// The map cannot tell: the whole shadow stage-2 has to go.
  case everything

  /// The answer of a map that found `result` and appended `ranges`. O(1).
  @inlinable
  init(_ result: UnmapResult, _ ranges: [IPARange]) {
    self = result == .ranges ? .ranges(ranges) : .everything
  }
}

/// What the map of one MMU answered to an operation that visits every valid one, with the nested
/// ranges (Specification 8.6).
public struct MMUAnswer: Equatable, Hashable, Sendable {
  /// The number of the MMU.
  public var mmu: Int
  /// What its map answered.
  public var answer: UnmapAnswer

  /// MMU `mmu` answered `answer`. O(1).
  @inlinable
  public init(mmu: Int, _ answer: UnmapAnswer) {
    self.mmu = mmu
    self.answer = answer
  }

  /// The answers of `visits`, to which `ranges` belong in the same order. Counts that are wrong take
  /// the ranges that there are, and what no visit counts belongs to the last. O(visits + ranges).
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

  /// As `unmap(_:appendingTo:)`, with the nested ranges in the answer (Specification 3.3).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  @inlinable
  public mutating func unmap(_ canonical: IPARange) throws(ReverseMapError) -> UnmapAnswer {
    var ranges: [IPARange] = []
    let result = try unmap(canonical, appendingTo: &ranges)
    return UnmapAnswer(result, ranges)
  }

  /// As `query(_:appendingTo:)`, with the nested ranges in the answer (Specification 3.4).
  ///
  /// - Throws: as `unmap`.
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

  /// As `unmap(_:appendingTo:_:)`, with the nested ranges in the answers (Specification 8.6).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  @inlinable
  public mutating func unmap(_ canonical: IPARange) throws(ReverseMapError) -> [MMUAnswer] {
    var visits: [MMUVisit] = []
    var ranges: [IPARange] = []
    try unmap(canonical, appendingTo: &visits, &ranges)
    return MMUAnswer.answers(visits, ranges)
  }

  /// As `query(_:appendingTo:_:)`, with the nested ranges in the answers (Specification 8.6).
  ///
  /// - Throws: as `unmap`.
  @inlinable
  public func query(_ canonical: IPARange) throws(ReverseMapError) -> [MMUAnswer] {
    var visits: [MMUVisit] = []
    var ranges: [IPARange] = []
    try query(canonical, appendingTo: &visits, &ranges)
    return MMUAnswer.answers(visits, ranges)
  }
}
