import Oracle
import ReverseMapping

/// The ground truth of one shadow stage-2, for streams of events whose bounds are known: the
/// mappings that are live (Specification 9).
///
/// It follows the rules of `ShadowStage2`, of which it is the version for many mappings. Two tables
/// lead from each nested cell to the mapping there, and from each canonical cell to those there;
/// every operation is a loop over the cells that its range touches. A full unmap begins and ends at
/// once, so no mapping is ever doomed and still live.
///
/// The bounds of all records must be bounds of cells. A mapping then consists of whole cells, so
/// other ranges may be any: they intersect a mapping if they touch one of its cells.
package struct LiveMappings {
  /// One live mapping.
  package struct Mapping: Equatable, Sendable {
    /// The nested bytes.
    package var nested: IPARange
    /// The canonical byte that the first nested byte maps to.
    package var canonical: UInt64
    /// Where in the stream it was made, as counted by the caller.
    package var made: Int

    /// The canonical bytes.
    package var canonicalRange: IPARange { IPARange(start: canonical, size: nested.size) }
  }

  /// How the entries of a map cover the mappings (Specification 9.4, 9.6).
  package struct Coverage: Equatable, Sendable {
    /// The first mapping, by canonical base, that no entry covers.
    package var uncovered: Mapping?
    /// The number of mapped pages; only those before `uncovered`, if that is set. A canonical page
    /// that is mapped twice counts twice.
    package var pages: UInt64 = 0
    /// The number of these pages that lie in unknown entries.
    package var unknownPages: UInt64 = 0
  }

  /// The cells of both spaces.
  private let canonicalCells: Cells
  private let nestedCells: Cells
  /// The live mappings, in slots; nil is a free slot.
  private var slots: [Mapping?] = []
  private var free: [Int32] = []
  /// For each nested cell, the slot of the mapping there, or -1.
  private var owners: [Int32]
  /// For each canonical cell, the slots of the mappings there.
  private var holders: [[Int32]]

  /// A shadow stage-2 without mappings. O(cells).
  package init(_ cells: EventCells) {
    canonicalCells = cells.canonical
    nestedCells = cells.nested
    owners = Array(repeating: -1, count: cells.nested.count)
    holders = Array(repeating: [], count: cells.canonical.count)
  }

  /// The number of live mappings.
  package var count: Int { slots.count - free.count }

  /// Makes a mapping. Those whose nested ranges it takes over die (Specification 9.1). O(cells).
  package mutating func map(_ canonical: IPARange, nested: UInt64, made: Int) {
    let range = IPARange(start: nested, size: canonical.size)
    invalidate(range)
    let new = Mapping(nested: range, canonical: canonical.start, made: made)
    let slot = free.popLast() ?? Int32(slots.count)
    if Int(slot) == slots.count { slots.append(new) } else { slots[Int(slot)] = new }
    for cell in nestedCells.numbers(of: range) { owners[cell] = slot }
    for cell in canonicalCells.numbers(of: canonical) { holders[cell].append(slot) }
  }

  /// Whether more than one live mapping covers the canonical cell.
  func isShared(_ cell: Int) -> Bool { holders[cell].count > 1 }

  /// Applies an invalidation: mappings with a nested page in `nested` die, whole
  /// (Specification 9.2). Returns how many. O(cells).
  @discardableResult
  package mutating func invalidate(_ nested: IPARange) -> Int {
    var killed = 0
    for cell in nestedCells.numbers(of: nested) where owners[cell] >= 0 {
      remove(owners[cell])
      killed += 1
    }
    return killed
  }

  /// Applies an unmap of `canonical` that was answered with the nested ranges `reported`
  /// (Specification 9.2). O(cells of the reported ranges).
  @discardableResult
  package mutating func unmap(
    _ canonical: IPARange, reported: ArraySlice<IPARange>
  ) -> ShadowStage2.Kills {
    var kills = ShadowStage2.Kills()
    for range in reported {
      for cell in nestedCells.numbers(of: range) where owners[cell] >= 0 {
        let slot = owners[cell]
        guard let mapping = slots[Int(slot)] else { continue }
        kills.killed += 1
        if !mapping.canonicalRange.intersects(canonical) { kills.outside += 1 }
        remove(slot)
      }
    }
    return kills
  }

  /// Applies an unmap of `canonical` that was answered with `everything`, and the full unmap to its
  /// end (Specification 9.3). O(mappings).
  @discardableResult
  package mutating func unmapEverything(_ canonical: IPARange) -> ShadowStage2.Kills {
    let outside = slots.reduce(0) { sum, mapping in
      mapping?.canonicalRange.intersects(canonical) == false ? sum + 1 : sum
    }
    return ShadowStage2.Kills(killed: removeAll(), outside: outside)
  }

  /// Applies a full unmap, from its begin to its end. Returns how many mappings died. O(mappings).
  @discardableResult
  package mutating func removeAll() -> Int {
    let killed = count
    for slot in slots.indices where slots[slot] != nil { remove(Int32(slot)) }
    return killed
  }

  /// A live mapping with a canonical page in `canonical`, or nil. There must be none after an unmap
  /// of `canonical` (Specification 9.5). O(cells).
  package func firstMapping(in canonical: IPARange) -> Mapping? {
    for cell in canonicalCells.numbers(of: canonical) {
      if let slot = holders[cell].first { return slots[Int(slot)] }
    }
    return nil
  }

  /// Calls `body` once with each live mapping that has a canonical page in `canonical`. O(cells).
  package func forEachMapping(in canonical: IPARange, _ body: (Mapping) -> Void) {
    let cells = canonicalCells.numbers(of: canonical)
    for cell in cells {
      for slot in holders[cell] {
        guard let mapping = slots[Int(slot)] else { continue }
        // Only at the first of its cells in the range.
        let first = canonicalCells.numbers(of: mapping.canonicalRange).lowerBound
        if cell == max(first, cells.lowerBound) { body(mapping) }
      }
    }
  }

  /// How `entries`, in ascending order of first bytes, cover the mappings: each must lie inside one
  /// that is unknown or gives its nested address (Specification 9.4). Stops at the first mapping,
  /// by canonical base, that does not. O(entries + mappings log mappings) if entries are disjoint.
  package func coverage(by entries: [Entry]) -> Coverage {
    let live = slots.compactMap { $0 }.sorted { ($0.canonical, $0.made) < ($1.canonical, $1.made) }
    var coverage = Coverage()
    var end = 0
    for mapping in live {
      while end < entries.count, entries[end].first <= mapping.canonical { end += 1 }
      // The last of these covers it, unless entries overlap or none does.
      var index = end - 1
      while index >= 0, !entries[index].covers(mapping) { index -= 1 }
      guard index >= 0 else {
        coverage.uncovered = mapping
        return coverage
      }
      let pages = mapping.nested.size / Page.size
      coverage.pages += pages
      if entries[index].content.isUnknown { coverage.unknownPages += pages }
    }
    return coverage
  }

  /// Ends the mapping in `slot`. O(cells of it).
  private mutating func remove(_ slot: Int32) {
    guard let mapping = slots[Int(slot)] else { return }
    for cell in nestedCells.numbers(of: mapping.nested) { owners[cell] = -1 }
    for cell in canonicalCells.numbers(of: mapping.canonicalRange) {
      holders[cell].removeAll { $0 == slot }
    }
    slots[Int(slot)] = nil
    free.append(slot)
  }
}

extension LiveMappings.Mapping: CustomStringConvertible {
  /// The canonical and the nested bytes.
  package var description: String { "\(canonicalRange) -> \(nested)" }
}

extension Entry {
  /// Whether `mapping` lies inside this entry, and at its nested address if that is known.
  fileprivate func covers(_ mapping: LiveMappings.Mapping) -> Bool {
    guard first <= mapping.canonical, mapping.canonicalRange.last <= last else { return false }
    guard let base = content.nested else { return true }
    return mapping.nested.start == base &+ (mapping.canonical &- first)
  }
}

extension IPARange {
  /// Whether the two ranges, neither of which is empty or wraps, have a byte in common.
  func intersects(_ other: IPARange) -> Bool { start <= other.last && other.start <= last }
}
