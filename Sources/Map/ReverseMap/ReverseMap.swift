import RangeTree
import ReverseMapping

/// The reverse map of one shadow stage-2, on a range tree of page numbers.
///
///     record(canonical, nested)   -> ignored | stored | unchanged | polluted | broke
///     unmap(canonical)            -> nested ranges | everything
///     query(canonical)            -> the same answer as unmap, but changes nothing
///     invalidate(nested)          removes entries whose nested translations the guest has dropped
///     clear(), beginFullUnmap(), endFullUnmap()
///     topUp()                     reserves nodes, so the next record cannot break the map
///
/// The invariant: every live mapping is inside a known entry that gives its nested address, or
/// inside an unknown entry, or the map is broken or in a full unmap (Specification 9.4). If the map
/// does not know all mappings of a range, it answers `everything`.
///
/// With a direct map (Specification 7), a second tree holds the known entries by nested range; see
/// `ReverseMap+Direct.swift`. Without one, that tree stays empty and costs one branch.
///
/// `slots` is the number of entries in a tree node. The trees' keys are page numbers (bytes >> 12).
///
/// `record`, `unmap` and `query` are inlined by force. Where maps of two node sizes are used, the
/// compiler would otherwise merge their functions into one that calls through a pointer.
public struct ReverseMap<let slots: Int>: ~Copyable {
  @usableFromInline let configuration: MapConfiguration
  /// The node allocator, which also tracks the context.
  public let memory: NodePool<slots>
  @usableFromInline var tree: RangeTree<slots>
  @usableFromInline var direct: RangeTree<slots>
  @usableFromInline var broken = false
  @usableFromInline var fullUnmaps = 0

  /// An empty map, which has no nodes. Both of its trees take their nodes from `memory`.
  @inlinable
  public init(_ configuration: MapConfiguration, memory: NodePool<slots> = NodePool()) {
    self.configuration = configuration
    self.memory = memory
    self.tree = RangeTree(pool: memory)
    self.direct = RangeTree(pool: memory)
  }

  /// The nodes in both trees, without reserves; 0 after `clear` (Specification 4.3).
  @inlinable
  public var liveNodes: Int { tree.liveNodes &+ direct.liveNodes }
}

/// A reverse map with the fastest number of slots per node.
public typealias ProductionReverseMap = ReverseMap<32>

extension ReverseMap: ReverseMapProtocol {
  public typealias Memory = NodePool<slots>

  /// Whether a store failed for lack of memory since the map was last emptied (Specification 4.2).
  @inlinable
  public var isBroken: Bool { broken }

  /// The number of full unmaps that have begun and not ended (Specification 3.6).
  @inlinable
  public var fullUnmapsInProgress: Int { fullUnmaps }

  /// Records a mapping (Specification 3.2, 7.2). O(log entries + entries intersected); with a
  /// direct map, plus O(log entries) for each removed entry.
  @inlinable @inline(__always)
  public mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    try configuration.check(canonical)
    try configuration.check(IPARange(start: nested, size: canonical.size))
    let word = try configuration.layout.word(known: nested)
    if broken { return .ignored }
    let new = RangeTreeElement(
      first: canonical.start >> Page.shift, last: canonical.last >> Page.shift, word: word)
    do {
      return configuration.hasDirectMap
        ? try recordInBoth(new, nested: IPARange(start: nested, size: canonical.size))
        : try record(new)
    } catch {
      // The error can only be outOfMemory: the range is valid, and no layout has reserved words.
      if configuration.hasDirectMap { clear() }
      broken = true
      return .broke
    }
  }

  /// Records the known entry `new` in the tree of entries (Specification 3.2.b to 3.2.d).
  @inlinable
  mutating func record(_ new: RangeTreeElement) throws(RangeTreeError) -> RecordResult {
    guard let hit = try tree.insert(first: new.first, last: new.last, word: new.word) else {
      return .stored
    }
    // Inside an unknown entry the union of rule d is that entry, so a store would change nothing.
    if hit.word == configuration.layout.unknownWord, hit.first <= new.first, new.last <= hit.last {
      return .polluted
    }
    // Entries are disjoint, so an entry with exactly these bounds is the only one that intersects.
    // The input is known, so an equal word means an equal nested base.
    if hit == new { return .unchanged }
    _ = try tree.replaceIntersecting(
      first: new.first, last: new.last, word: configuration.layout.unknownWord)
    return .polluted
  }

  /// Removes and reports the entries of a range (Specification 3.3). Requests no memory.
  /// O(log entries + entries intersected); with a direct map, O(log entries) for each entry.
  @inlinable @inline(__always)
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try configuration.check(canonical)
    let before = nested.count
    let layout = configuration.layout
    guard isComplete,
      tree.removeIntersecting(
        first: canonical.start >> Page.shift, last: canonical.last >> Page.shift,
        appendingTo: &nested, { $0.nestedRange(layout) })
    else {
      beginFullUnmap()
      return everything(&nested, from: before)
    }
    if configuration.hasDirectMap, nested.count > before { removeDirect(nested[before...]) }
    return .ranges
  }

  /// Reports the entries of a range and changes nothing (Specification 3.4).
  /// O(log entries + entries intersected).
  @inlinable @inline(__always)
  public func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try configuration.check(canonical)
    let before = nested.count
    let layout = configuration.layout
    guard isComplete,
      tree.append(
        intersecting: canonical.start >> Page.shift, last: canonical.last >> Page.shift,
        to: &nested, { $0.nestedRange(layout) })
    else {
      return everything(&nested, from: before)
    }
    return .ranges
  }

  /// Whether the entries cover every live mapping. If not, the answer is `everything`
  /// (Specification 3.3.a, 3.6.b).
  @inlinable
  var isComplete: Bool { !broken && fullUnmaps == 0 }

  /// Removes the ranges reported from index `from` on, and returns `everything` in their place.
  @inlinable
  func everything(_ nested: inout [IPARange], from: Int) -> UnmapResult {
    nested.removeLast(nested.count - from)
    return .everything
  }

  /// Removes every entry and resets the broken flag (Specification 3.5). O(nodes); in atomic
  /// context O(1), because the trees are retired (4.7).
  @inlinable
  public mutating func clear() {
    tree.clear()
    direct.clear()
    broken = false
  }

  /// Empties the map and counts one more full unmap (Specification 3.6.a). Costs the same as
  /// `clear`.
  @inlinable
  public mutating func beginFullUnmap() {
    clear()
    fullUnmaps &+= 1
  }

  /// Counts one full unmap less (Specification 3.6.c).
  ///
  /// - Throws: `noFullUnmapInProgress`.
  @inlinable
  public mutating func endFullUnmap() throws(ReverseMapError) {
    guard fullUnmaps > 0 else { throw .noFullUnmapInProgress }
    fullUnmaps &-= 1
  }

  /// Calls `body` with every entry, in ascending canonical order. O(entries).
  @inlinable
  public func forEachEntry(_ body: (Entry) -> Void) {
    tree.forEach { element in
      body(
        Entry(
          first: element.first << Page.shift,
          last: element.last << Page.shift | (Page.size &- 1),
          // Show an undecodable word as a base that no caller can have recorded.
          content: configuration.layout.content(of: element.word) ?? .known(nested: .max &- 1),
          word: element.word))
    }
  }

  /// Fills the reserves of both trees (Specification 4.4). O(log entries).
  ///
  /// - Throws: `cannotSleep` in atomic context.
  @inlinable
  public mutating func topUp() throws(ReverseMapError) -> Bool {
    guard memory.context == .maySleep else { throw .cannotSleep }
    let isFull = tree.topUpReserve()
    // Top up the second tree even if the first is short: the plan may have refused one request
    // only.
    let isDirectFull = !configuration.hasDirectMap || direct.topUpReserve()
    return isFull && isDirectFull
  }

  /// The reserves of both trees: a record stores one element in each (Specification 4.4).
  @inlinable
  public var reserve: Reserve {
    let own = tree.reserve
    guard configuration.hasDirectMap else { return own }
    let other = direct.reserve
    return Reserve(held: own.held &+ other.held, bound: own.bound &+ other.bound)
  }

  /// The nodes of both trees and their reserves.
  @inlinable
  public var heldNodes: Int { tree.heldNodes &+ direct.heldNodes }

  /// The size figures of the map. Entries exclude those of the direct map; nodes are of both trees.
  @inlinable
  public var shape: MapShape {
    MapShape(entries: tree.count, height: max(tree.height, direct.height), nodes: liveNodes)
  }

  /// Statistics of the memory that the map uses, which other maps may share.
  @inlinable
  public var memoryCounts: MemoryCounts { memory.counts }

  /// A hash of both trees, node for node. O(nodes).
  @inlinable
  public func fingerprint() -> UInt64 { tree.fingerprint() &* 31 &+ direct.fingerprint() }

  /// Checks the structure of both trees (Specification 5.9). O(entries).
  @inlinable
  public func checkInvariants() -> String? {
    if let fault = tree.checkInvariants() { return fault }
    guard configuration.hasDirectMap else {
      return direct.count == 0
        ? nil : "the direct map is off but has \(direct.count) entries"
    }
    return direct.checkInvariants().map { "in the direct map, " + $0 }
  }

  /// Checks that an empty map has no nodes in its trees (Specification 4.3).
  @inlinable
  public func checkEmpty() -> String? {
    liveNodes == 0 ? nil : "\(liveNodes) tree nodes are live in an empty map"
  }
}

extension RangeTreeElement {
  /// The nested range, in bytes, that an unmap reports for this element; nil if it is unknown.
  @inlinable
  func nestedRange(_ layout: WordLayout) -> IPARange? {
    guard let base = layout.content(of: word)?.nested else { return nil }
    return IPARange(start: base, size: (last &- first &+ 1) << Page.shift)
  }
}
