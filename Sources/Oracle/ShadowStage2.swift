import ReverseMapping

/// The ground truth of one shadow stage-2: the mappings that live in it (Specification 9).
///
/// It knows nothing of entries and words; it is told what happened and what was answered, and says
/// which mappings an answer left alive. Mappings lie in ascending order of their canonical bases,
/// and those with the same base in the order in which they were made. Each operation is a pass over
/// all of them.
///
/// It is told of accepted arguments only. A range that is empty or wraps has no bytes here: it
/// kills nothing, holds nothing, and is never mapped.
public struct ShadowStage2: Sendable {
  /// One live leaf: a nested block and the canonical block of the same size that it maps
  /// (Specification 2.4).
  public struct Mapping: Equatable, Sendable {
    /// The nested bytes.
    public var nested: IPARange
    /// The canonical byte that the first nested byte maps to.
    public var canonical: UInt64
    /// When it was made: the index of the operation, as the caller counts.
    public var step: Int
    /// How many full unmaps had begun when it was made: the walk of the next one kills it.
    public var fullUnmapsBefore: Int

    /// A mapping of `nested` at the canonical bytes from `canonical` on, made by operation `step`
    /// after `fullUnmapsBefore` begins of full unmaps.
    public init(nested: IPARange, canonical: UInt64, step: Int, fullUnmapsBefore: Int) {
      self.nested = nested
      self.canonical = canonical
      self.step = step
      self.fullUnmapsBefore = fullUnmapsBefore
    }

    /// The canonical bytes, as many as the nested ones.
    public var canonicalRange: IPARange { IPARange(start: canonical, size: nested.size) }
  }

  /// What an unmap did to the mappings that no walk in progress had doomed before it
  /// (Specification 9.6).
  public struct Kills: Equatable, Sendable {
    /// The mappings that it killed, or doomed to die in the walk that it began.
    public var killed = 0
    /// Those of them without a canonical page in the unmapped range.
    public var outside = 0

    /// `killed` mappings, `outside` of them for nothing.
    public init(killed: Int = 0, outside: Int = 0) {
      self.killed = killed
      self.outside = outside
    }
  }

  /// How the entries of a map stand to the mappings (Specification 9.4, 9.6).
  public struct Coverage: Equatable, Sendable {
    /// The first mapping, by canonical base, that no entry covers.
    public var uncovered: Mapping?
    /// The pages of all mappings; of those before `uncovered`, if there is one. A canonical page
    /// that is mapped twice counts twice.
    public var pages: UInt64 = 0
    /// Those of them that lie in unknown entries.
    public var unknownPages: UInt64 = 0
  }

  /// The mappings that live, doomed ones too, in ascending order of canonical base.
  public private(set) var mappings: [Mapping] = []
  /// How many full unmaps have begun.
  public private(set) var fullUnmapsBegun = 0
  /// How many full unmaps have ended.
  public private(set) var fullUnmapsEnded = 0
  /// How many full unmaps have begun and not ended.
  public var fullUnmapsInProgress: Int { fullUnmapsBegun - fullUnmapsEnded }

  /// Nothing is mapped, and no full unmap has begun.
  public init() {}

  /// A mapping of `canonical` at the nested bytes from `nested` on was made by operation `step`: it
  /// lives, and what it replaces dies (Specification 9.1). O(mappings).
  public mutating func map(canonical: IPARange, nested: UInt64, step: Int) {
    let new = Mapping(
      nested: IPARange(start: nested, size: canonical.size), canonical: canonical.start, step: step,
      fullUnmapsBefore: fullUnmapsBegun)
    guard canonical.hasBytes, new.nested.hasBytes else { return }
    invalidate(new.nested)
    let after = mappings.lastIndex { $0.canonical <= new.canonical }
    mappings.insert(new, at: after.map { $0 + 1 } ?? 0)
  }

  /// An unmap of `canonical` was answered with the nested ranges `reported`: what they intersect
  /// dies at once, whole (Specification 9.2). O(mappings x reported).
  @discardableResult
  public mutating func unmap(_ canonical: IPARange, reported: ArraySlice<IPARange>) -> Kills {
    var kills = Kills()
    if reported.isEmpty { return kills }
    let begun = fullUnmapsBegun
    mappings.removeAll { mapping in
      guard reported.contains(where: mapping.nested.intersects) else { return false }
      if !mapping.isDoomed(after: begun) { kills.count(mapping, of: canonical) }
      return true
    }
    return kills
  }

  /// An unmap of `canonical` was answered with `everything`: a full unmap begins (Specification
  /// 9.3). O(mappings).
  @discardableResult
  public mutating func unmapEverything(_ canonical: IPARange) -> Kills {
    var kills = Kills()
    for mapping in mappings where !mapping.isDoomed(after: fullUnmapsBegun) {
      kills.count(mapping, of: canonical)
    }
    beginFullUnmap()
    return kills
  }

  /// The guest said that it changed `nested`: the mappings that this intersects die, whole
  /// (Specification 9.2). O(mappings).
  public mutating func invalidate(_ nested: IPARange) {
    mappings.removeAll { $0.nested.intersects(nested) }
  }

  /// A walk starts that kills every mapping which lives now, some time before its end
  /// (Specification 9.3). Here nothing dies before the end.
  public mutating func beginFullUnmap() { fullUnmapsBegun += 1 }

  /// The walk that began first, of those in progress, ends: the mappings made before it began die
  /// (Specification 9.3). Nothing happens if none is in progress. O(mappings).
  public mutating func endFullUnmap() {
    guard fullUnmapsEnded < fullUnmapsBegun else { return }
    fullUnmapsEnded += 1
    let ended = fullUnmapsEnded
    mappings.removeAll { $0.fullUnmapsBefore < ended }
  }

  /// Everything dies, by clear or tearDown (Specification 9.2). Full unmaps in progress go on.
  /// O(mappings).
  public mutating func removeAll() { mappings.removeAll(keepingCapacity: true) }

  /// Makes it what it was in the beginning, and keeps the memory. O(mappings).
  public mutating func restart() {
    removeAll()
    fullUnmapsBegun = 0
    fullUnmapsEnded = 0
  }

  /// The first live mapping with a canonical page in `canonical`: what an unmap of it that was
  /// answered with ranges must not leave (Specification 9.5). O(mappings).
  public func firstMapping(in canonical: IPARange) -> Mapping? {
    firstMapping(in: canonical, missedBy: [])
  }

  /// The first live mapping with a canonical page in `canonical` that a query's answer, the nested
  /// ranges `reported`, would leave alive (Specification 9.5). O(mappings x reported).
  public func firstMapping(
    in canonical: IPARange, missedBy reported: ArraySlice<IPARange>
  ) -> Mapping? {
    mappings.first { mapping in
      mapping.canonicalRange.intersects(canonical)
        && !reported.contains(where: mapping.nested.intersects)
    }
  }

  /// How `entries`, disjoint and in ascending order, cover the mappings: each has to lie inside one
  /// of them, which is unknown or maps it where it is mapped (Specification 9.4). It stops at the
  /// first mapping that does not, and does not ask whether the map is broken or in a full unmap,
  /// which excuses it. O(mappings + entries).
  public func coverage(by entries: ArraySlice<Entry>) -> Coverage {
    var coverage = Coverage()
    var index = entries.startIndex
    for mapping in mappings {
      // Bases ascend, so an entry that ends before this mapping ends before all that follow.
      while index < entries.endIndex, entries[index].last < mapping.canonical { index += 1 }
      guard index < entries.endIndex, entries[index].covers(mapping) else {
        coverage.uncovered = mapping
        return coverage
      }
      let pages = mapping.nested.size / 4096
      coverage.pages &+= pages
      if entries[index].content.isUnknown { coverage.unknownPages &+= pages }
    }
    return coverage
  }
}

extension ShadowStage2.Mapping {
  /// Whether a walk in progress will kill it, if it lives and this many have begun: a walk that
  /// began after it was made, and that has not ended, or it would be dead.
  fileprivate func isDoomed(after fullUnmapsBegun: Int) -> Bool {
    fullUnmapsBefore < fullUnmapsBegun
  }
}

extension ShadowStage2.Mapping: CustomStringConvertible {
  /// Canonical and nested bytes, and when it was made.
  public var description: String { "\(canonicalRange) -> \(nested), made by operation \(step)" }
}

extension ShadowStage2.Kills {
  /// Counts `mapping`, which an unmap of `canonical` killed.
  fileprivate mutating func count(_ mapping: ShadowStage2.Mapping, of canonical: IPARange) {
    killed += 1
    if !mapping.canonicalRange.intersects(canonical) { outside += 1 }
  }
}

extension Entry {
  /// Whether `mapping` lies inside, and is mapped where the entry says, if it says (Specification
  /// 9.4).
  fileprivate func covers(_ mapping: ShadowStage2.Mapping) -> Bool {
    guard first <= mapping.canonical, mapping.canonicalRange.last <= last else { return false }
    guard let base = content.nested else { return true }
    return mapping.nested.start == base &+ (mapping.canonical &- first)
  }
}

extension IPARange {
  /// Whether it is neither empty nor wraps.
  fileprivate var hasBytes: Bool { size > 0 && start <= last }

  /// Whether a byte is in both.
  fileprivate func intersects(_ other: IPARange) -> Bool {
    start <= other.last && other.start <= last && hasBytes && other.hasBytes
  }
}
