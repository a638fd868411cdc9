import RangeTree
import ReverseMapping

/// The reverse map of one shadow stage-2, on a range tree of page numbers.
///
///     record(canonical, nested)   -> ignored | stored | unchanged | polluted | broke
///     unmap(canonical)            -> nested ranges | everything
///     query(canonical)            -> what unmap would say
///     invalidate(nested)          drops what the guest has dropped
///     clear(), beginFullUnmap(), endFullUnmap()
///     topUp()                     sets nodes aside, so that the next record cannot break
///
/// The invariant that all of it serves: every live mapping is inside a known entry that tells where
/// it is, or inside an unknown entry, or the map is broken or in a full unmap. Where it cannot tell,
/// it says `everything`, and never less.
///
/// With a direct map (Specification 7) a second tree holds the known entries by their nested ranges,
/// `ReverseMap+Direct.swift`. Without one, that tree stays empty and costs a branch.
///
/// `slots` is the number of entries in a tree node. The trees' keys are page numbers, bytes >> 12.
public struct ReverseMap<let slots: Int>: ~Copyable {
  @usableFromInline let configuration: MapConfiguration
  /// Where nodes come from, and what knows the context.
  public let memory: NodePool<slots>
  @usableFromInline var tree: RangeTree<slots>
  @usableFromInline var direct: RangeTree<slots>
  @usableFromInline var broken = false
  @usableFromInline var fullUnmaps = 0

  /// An empty map, both of whose trees get their nodes from `memory`. O(1), no nodes.
  @inlinable
  public init(_ configuration: MapConfiguration, memory: NodePool<slots> = NodePool()) {
    self.configuration = configuration
    self.memory = memory
    self.tree = RangeTree(pool: memory)
    self.direct = RangeTree(pool: memory)
  }

  /// The nodes that the trees are made of; 0 after `clear` (Specification 4.3).
  @inlinable
  public var liveNodes: Int { tree.liveNodes &+ direct.liveNodes }
}

/// A reverse map with as many slots a node as measured best.
public typealias ProductionReverseMap = ReverseMap<32>

extension ReverseMap: ReverseMapProtocol {
  public typealias Memory = NodePool<slots>

  /// Whether a store was refused since the map was last emptied (Specification 4.2).
  @inlinable
  public var isBroken: Bool { broken }

  /// Full unmaps that have begun and not ended (Specification 3.6).
  @inlinable
  public var fullUnmapsInProgress: Int { fullUnmaps }

  /// Specification 3.2, 7.2. O(log entries + entries intersected); with a direct map
  /// O(log entries) for each entry that goes.
  @inlinable
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
      // Only memory can be lacking: the range is valid and no word of a layout is reserved.
      if configuration.hasDirectMap { clear() }
      broken = true
      return .broke
    }
  }

  /// Specification 3.2.b to 3.2.d, in the tree of entries. `new` is known.
  @inlinable
  mutating func record(_ new: RangeTreeElement) throws(RangeTreeError) -> RecordResult {
    guard let hit = try tree.insert(first: new.first, last: new.last, word: new.word) else {
      return .stored
    }
    // Entries are disjoint, so one with exactly these bounds is the only one that intersects; and
    // equal words are equal nested bases, for the word of the input is a known one.
    if hit == new { return .unchanged }
    _ = try tree.replaceIntersecting(
      first: new.first, last: new.last, word: configuration.layout.unknownWord)
    return .polluted
  }

  /// Specification 3.3. O(log entries + entries intersected), with a direct map O(log entries) for
  /// each; asks for no memory.
  @inlinable
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try configuration.check(canonical)
    let before = nested.count
    let layout = configuration.layout
    guard canTell,
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

  /// Specification 3.4. O(log entries + entries intersected).
  @inlinable
  public func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try configuration.check(canonical)
    let before = nested.count
    let layout = configuration.layout
    guard canTell,
      tree.append(
        intersecting: canonical.start >> Page.shift, last: canonical.last >> Page.shift,
        to: &nested, { $0.nestedRange(layout) })
    else {
      return everything(&nested, from: before)
    }
    return .ranges
  }

  /// Whether the entries are all that there is to tell, as far as the map as a whole goes
  /// (Specification 3.3.a, 3.6.b).
  @inlinable
  var canTell: Bool { !broken && fullUnmaps == 0 }

  /// Takes back what was reported from index `from` on: the answer is `everything`.
  @inlinable
  func everything(_ nested: inout [IPARange], from: Int) -> UnmapResult {
    nested.removeLast(nested.count - from)
    return .everything
  }

  /// Specification 3.5. O(nodes), in atomic context O(1) (4.7).
  @inlinable
  public mutating func clear() {
    tree.clear()
    direct.clear()
    broken = false
  }

  /// Specification 3.6. As `clear`.
  @inlinable
  public mutating func beginFullUnmap() {
    clear()
    fullUnmaps &+= 1
  }

  /// Specification 3.6.
  @inlinable
  public mutating func endFullUnmap() throws(ReverseMapError) {
    guard fullUnmaps > 0 else { throw .noFullUnmapInProgress }
    fullUnmaps &-= 1
  }

  /// O(entries).
  @inlinable
  public func forEachEntry(_ body: (Entry) -> Void) {
    tree.forEach { element in
      body(
        Entry(
          first: element.first << Page.shift,
          last: element.last << Page.shift | (Page.size &- 1),
          // A word that no layout writes shows as a base that no caller can have recorded.
          content: configuration.layout.content(of: element.word) ?? .known(nested: .max &- 1),
          word: element.word))
    }
  }

  /// Specification 4.4. O(log entries).
  ///
  /// - Throws: `cannotSleep` in atomic context.
  @inlinable
  public mutating func topUp() throws(ReverseMapError) -> Bool {
    guard memory.context == .maySleep else { throw .cannotSleep }
    let isFull = tree.topUpReserve()
    // The other one too, if this one is short: a refusal may be of one request alone.
    let isDirectFull = !configuration.hasDirectMap || direct.topUpReserve()
    return isFull && isDirectFull
  }

  /// Both trees' reserves: a record stores one element in each (Specification 4.4).
  @inlinable
  public var reserve: Reserve {
    let own = tree.reserve
    guard configuration.hasDirectMap else { return own }
    let other = direct.reserve
    return Reserve(held: own.held &+ other.held, bound: own.bound &+ other.bound)
  }

  /// Nodes of both trees and their reserves.
  @inlinable
  public var heldNodes: Int { tree.heldNodes &+ direct.heldNodes }

  /// The entries are those of the map, not of its direct map; the nodes are of both trees.
  @inlinable
  public var shape: MapShape {
    MapShape(entries: tree.count, height: max(tree.height, direct.height), nodes: liveNodes)
  }

  /// TODO
  @inlinable
  public var memoryCounts: MemoryCounts { memory.counts }

  /// Both trees, node for node. O(nodes).
  @inlinable
  public func fingerprint() -> UInt64 { tree.fingerprint() &* 31 &+ direct.fingerprint() }

  /// The structure of both trees (Specification 5.9). O(entries).
  @inlinable
  public func checkInvariants() -> String? {
    if let fault = tree.checkInvariants() { return fault }
    guard configuration.hasDirectMap else {
      return direct.count == 0
        ? nil : "a map without a direct map has \(direct.count) entries in it"
    }
    return direct.checkInvariants().map { "in the direct map, " + $0 }
  }

  /// Specification 4.3.
  @inlinable
  public func checkEmpty() -> String? {
    liveNodes == 0 ? nil : "\(liveNodes) tree nodes are live in an empty map"
  }
}

extension RangeTreeElement {
  /// What a known entry of pages reports to an unmap, in bytes; nil for an unknown one.
  @inlinable
  func nestedRange(_ layout: WordLayout) -> IPARange? {
    guard let base = layout.content(of: word)?.nested else { return nil }
    return IPARange(start: base, size: (last &- first &+ 1) << Page.shift)
  }
}
