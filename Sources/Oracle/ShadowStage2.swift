import ReverseMapping

/// The ground truth of one shadow stage-2: its live mappings (Specification 9).
///
/// It is independent of entries and words. The caller reports every operation and its answer, and
/// this type computes which mappings are still live. Mappings are sorted by canonical base, and by
/// the order in which they were made if the base is the same. Each operation is a pass over all
/// mappings.
///
/// Mappings die whole, as in this project's design, or page by page, as where one record stands for
/// many small leaves (Specification 11). Then a kill cuts a mapping, and the pieces that are left
/// are mappings too.
///
/// The caller passes valid arguments only. A range that is empty or wraps counts as having no
/// bytes: it kills nothing, holds nothing, and is never mapped.
public struct ShadowStage2: Sendable {
  /// One live leaf, or a piece that is left of it: a nested block and the canonical block of the
  /// same size that it maps (Specification 2.4).
  public struct Mapping: Equatable, Sendable {
    /// The nested bytes.
    public var nested: IPARange
    /// The canonical byte that the first nested byte maps to.
    public var canonical: UInt64
    /// The index of the operation that made it, as counted by the caller.
    public var step: Int
    /// The number of full unmaps begun before it was made. The walk of the next one kills it.
    public var fullUnmapsBefore: Int

    /// A mapping from `nested` to the canonical bytes that start at `canonical`, made by operation
    /// `step` after `fullUnmapsBefore` full unmaps had begun.
    public init(nested: IPARange, canonical: UInt64, step: Int, fullUnmapsBefore: Int) {
      self.nested = nested
      self.canonical = canonical
      self.step = step
      self.fullUnmapsBefore = fullUnmapsBefore
    }

    /// The canonical bytes; the size is that of the nested range.
    public var canonicalRange: IPARange { IPARange(start: canonical, size: nested.size) }
  }

  /// The effect of an unmap on the mappings that were not doomed already (Specification 9.6). Where
  /// mappings die by pages, the pieces that died.
  public struct Kills: Equatable, Sendable {
    /// The number of mappings that it killed, at once or through the full unmap that it began.
    public var killed = 0
    /// The number of these without a canonical page in the unmapped range.
    public var outside = 0

    /// `killed` mappings, `outside` of them unnecessarily.
    public init(killed: Int = 0, outside: Int = 0) {
      self.killed = killed
      self.outside = outside
    }
  }

  /// How the entries of a map cover the mappings (Specification 9.4, 9.6).
  public struct Coverage: Equatable, Sendable {
    /// The first mapping, by canonical base, that no entry covers.
    public var uncovered: Mapping?
    /// The number of mapped pages; only those before `uncovered`, if that is set. A canonical page
    /// that is mapped twice counts twice.
    public var pages: UInt64 = 0
    /// The number of these pages that lie in unknown entries.
    public var unknownPages: UInt64 = 0
  }

  /// Whether mappings die page by page, and not whole.
  public let mappingsDieByPages: Bool
  /// The live mappings, including doomed ones, in ascending order of canonical base.
  public private(set) var mappings: [Mapping] = []
  /// The number of full unmaps that have begun.
  public private(set) var fullUnmapsBegun = 0
  /// The number of full unmaps that have ended.
  public private(set) var fullUnmapsEnded = 0
  /// The number of full unmaps that have begun and not ended.
  public var fullUnmapsInProgress: Int { fullUnmapsBegun - fullUnmapsEnded }

  /// A shadow stage-2 without mappings, in which no full unmap has begun.
  ///
  /// - Parameter mappingsDieByPages: whether mappings die page by page, and not whole.
  public init(mappingsDieByPages: Bool = false) { self.mappingsDieByPages = mappingsDieByPages }

  /// Adds the mapping of `canonical` at nested base `nested`, made by operation `step`. Mappings
  /// that it replaces die (Specification 9.1). Where mappings die by pages, only the same mapping
  /// does, because it may not be known which pages were replaced (11.5). O(mappings).
  public mutating func map(canonical: IPARange, nested: UInt64, step: Int) {
    let new = Mapping(
      nested: IPARange(start: nested, size: canonical.size), canonical: canonical.start, step: step,
      fullUnmapsBefore: fullUnmapsBegun)
    guard canonical.hasBytes, new.nested.hasBytes else { return }
    if mappingsDieByPages {
      mappings.removeAll { $0.nested == new.nested && $0.canonical == new.canonical }
    } else {
      invalidate(new.nested)
    }
    let after = mappings.lastIndex { $0.canonical <= new.canonical }
    mappings.insert(new, at: after.map { $0 + 1 } ?? 0)
  }

  /// Applies an unmap of `canonical` that was answered with the nested ranges `reported`. Mappings
  /// that intersect one of them die at once, whole or where they do (Specification 9.2, 11.5).
  /// O(mappings x reported), or O(reported x mappings log mappings) by pages.
  @discardableResult
  public mutating func unmap(_ canonical: IPARange, reported: ArraySlice<IPARange>) -> Kills {
    var kills = Kills()
    if reported.isEmpty { return kills }
    let begun = fullUnmapsBegun
    if mappingsDieByPages { return cut(canonical, reported: reported) }
    mappings.removeAll { mapping in
      guard reported.contains(where: mapping.nested.intersects) else { return false }
      if !mapping.isDoomed(after: begun) { kills.count(mapping, of: canonical) }
      return true
    }
    return kills
  }

  /// As `unmap`, where mappings die by pages. Not a part of it, so that it stays small.
  @inline(never)
  private mutating func cut(_ canonical: IPARange, reported: ArraySlice<IPARange>) -> Kills {
    var kills = Kills()
    for range in reported {
      for dead in cut(range) where !dead.isDoomed(after: fullUnmapsBegun) {
        kills.count(dead, of: canonical)
      }
    }
    return kills
  }

  /// Applies an unmap of `canonical` that was answered with `everything`: a full unmap begins
  /// (Specification 9.3). O(mappings).
  @discardableResult
  public mutating func unmapEverything(_ canonical: IPARange) -> Kills {
    var kills = Kills()
    for mapping in mappings where !mapping.isDoomed(after: fullUnmapsBegun) {
      kills.count(mapping, of: canonical)
    }
    beginFullUnmap()
    return kills
  }

  /// Applies an invalidation by the guest: mappings that intersect `nested` die, whole or where
  /// they do (Specification 9.2, 11.5). O(mappings).
  public mutating func invalidate(_ nested: IPARange) {
    if mappingsDieByPages {
      _ = cut(nested)
    } else {
      mappings.removeAll { $0.nested.intersects(nested) }
    }
  }

  /// Kills the pages of `nested` and returns them as mappings, one for each that was cut.
  /// O(mappings x log mappings) if there are any.
  @inline(never)
  private mutating func cut(_ nested: IPARange) -> [Mapping] {
    guard mappings.contains(where: { $0.nested.intersects(nested) }) else { return [] }
    var dead: [Mapping] = []
    var left: [Mapping] = []
    for mapping in mappings {
      guard mapping.nested.intersects(nested) else {
        left.append(mapping)
        continue
      }
      let first = max(mapping.nested.start, nested.start)
      let last = min(mapping.nested.last, nested.last)
      dead.append(mapping.piece(from: first, through: last))
      if mapping.nested.start < first {
        left.append(mapping.piece(from: mapping.nested.start, through: first - 1))
      }
      if last < mapping.nested.last {
        left.append(mapping.piece(from: last + 1, through: mapping.nested.last))
      }
    }
    mappings = left.sorted {
      ($0.canonical, $0.step, $0.nested.start) < ($1.canonical, $1.step, $1.nested.start)
    }
    return dead
  }

  /// Begins a walk that kills every mapping live now, at some time before its end. The model
  /// assumes the worst: all of them die at the end (Specification 9.3).
  public mutating func beginFullUnmap() { fullUnmapsBegun += 1 }

  /// Ends the walk in progress that began first: the mappings made before it began die
  /// (Specification 9.3). Does nothing if no walk is in progress. O(mappings).
  public mutating func endFullUnmap() {
    guard fullUnmapsEnded < fullUnmapsBegun else { return }
    fullUnmapsEnded += 1
    let ended = fullUnmapsEnded
    mappings.removeAll { $0.fullUnmapsBefore < ended }
  }

  /// Kills every mapping, for clear and tearDown (Specification 9.2). Full unmaps in progress
  /// continue. O(mappings).
  public mutating func removeAll() { mappings.removeAll(keepingCapacity: true) }

  /// Resets it to the initial state, and keeps the memory. O(mappings).
  public mutating func restart() {
    removeAll()
    fullUnmapsBegun = 0
    fullUnmapsEnded = 0
  }

  /// The first live mapping with a canonical page in `canonical`. There must be none after an unmap
  /// of `canonical` that was answered with ranges (Specification 9.5). O(mappings).
  public func firstMapping(in canonical: IPARange) -> Mapping? {
    firstMapping(in: canonical, missedBy: [])
  }

  /// The first live mapping with a canonical page in `canonical` that would survive an unmap
  /// answered with the nested ranges `reported` (Specification 9.5); by pages, the first of which a
  /// page in `canonical` would. O(mappings x reported), or O(mappings x reported^2) by pages.
  public func firstMapping(
    in canonical: IPARange, missedBy reported: ArraySlice<IPARange>
  ) -> Mapping? {
    if mappingsDieByPages { return firstPiece(in: canonical, missedBy: reported) }
    return mappings.first { mapping in
      mapping.canonicalRange.intersects(canonical)
        && !reported.contains(where: mapping.nested.intersects)
    }
  }

  /// As `firstMapping`, where mappings die by pages. Not a part of it, so that it stays small.
  @inline(never)
  private func firstPiece(
    in canonical: IPARange, missedBy reported: ArraySlice<IPARange>
  ) -> Mapping? {
    mappings.first { mapping in
      guard mapping.canonicalRange.intersects(canonical) else { return false }
      let first = max(mapping.canonical, canonical.start)
      let last = min(mapping.canonicalRange.last, canonical.last)
      let asked = mapping.piece(
        from: mapping.nested.start + (first - mapping.canonical),
        through: mapping.nested.start + (last - mapping.canonical))
      return !asked.nested.isCovered(by: reported)
    }
  }

  /// How `entries`, in ascending order of first bytes, cover the mappings. Each mapping must lie
  /// inside an entry that is unknown or gives its nested address (Specification 9.4). Entries may
  /// overlap; then one of them is enough. Stops at the first mapping that no entry covers. The
  /// caller must allow for a map that is broken or in a full unmap, which need not cover anything.
  /// O(mappings + entries), and at worst the product of both if entries overlap.
  public func coverage(by entries: ArraySlice<Entry>) -> Coverage {
    var coverage = Coverage()
    var end = entries.startIndex
    for mapping in mappings {
      // Bases ascend, so an entry that begins before this mapping also begins before later ones.
      while end < entries.endIndex, entries[end].first <= mapping.canonical { end += 1 }
      // The last of these covers it, unless entries overlap or none does.
      var index = end - 1
      while index >= entries.startIndex, !entries[index].covers(mapping) { index -= 1 }
      guard index >= entries.startIndex else {
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
  /// The part of it with the nested bytes `first...last`, which it contains.
  fileprivate func piece(from first: UInt64, through last: UInt64) -> Self {
    var piece = self
    piece.nested = IPARange(start: first, size: last - first + 1)
    piece.canonical += first - nested.start
    return piece
  }

  /// Whether a walk in progress will kill this live mapping, if `fullUnmapsBegun` walks have begun:
  /// one of them began after it was made. That walk has not ended, because the mapping is live.
  fileprivate func isDoomed(after fullUnmapsBegun: Int) -> Bool {
    fullUnmapsBefore < fullUnmapsBegun
  }
}

extension ShadowStage2.Mapping: CustomStringConvertible {
  /// The canonical and nested bytes, and the operation that made it.
  public var description: String { "\(canonicalRange) -> \(nested), made by operation \(step)" }
}

extension ShadowStage2.Kills {
  /// Counts `mapping` as killed by an unmap of `canonical`.
  fileprivate mutating func count(_ mapping: ShadowStage2.Mapping, of canonical: IPARange) {
    killed += 1
    if !mapping.canonicalRange.intersects(canonical) { outside += 1 }
  }
}

extension Entry {
  /// Whether `mapping` lies inside this entry, and at the entry's nested address if that is known
  /// (Specification 9.4).
  fileprivate func covers(_ mapping: ShadowStage2.Mapping) -> Bool {
    guard first <= mapping.canonical, mapping.canonicalRange.last <= last else { return false }
    guard let base = content.nested else { return true }
    return mapping.nested.start == base &+ (mapping.canonical &- first)
  }
}

extension IPARange {
  /// Whether the range is neither empty nor wraps.
  fileprivate var hasBytes: Bool { size > 0 && start <= last }

  /// Whether each byte of this range is in one of `ranges`. O(ranges^2).
  fileprivate func isCovered(by ranges: ArraySlice<IPARange>) -> Bool {
    var next = start
    while let range = ranges.first(where: { $0.hasBytes && $0.start <= next && next <= $0.last }) {
      if range.last >= last { return true }
      next = range.last + 1
    }
    return false
  }

  /// Whether the two ranges have a byte in common.
  fileprivate func intersects(_ other: IPARange) -> Bool {
    start <= other.last && other.start <= last && hasBytes && other.hasBytes
  }
}
