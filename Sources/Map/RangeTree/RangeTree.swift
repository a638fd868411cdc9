// A B+tree of disjoint ranges of UInt64 keys, each with a 64-bit word.
//
//     var tree = RangeTree<32>()
//     try tree.insert(first: 0x100, last: 0x1ff, word: 0x8000_0000_0200_0000)  // nil: stored
//     tree.firstElement(atOrAfter: 0x180)                                      // 0x100...0x1ff
//     try tree.replaceIntersecting(first: 0x1f0, last: 0x20f, word: 1)         // 0x100...0x20f
//     tree.removeIntersecting(first: 0, last: .max) { element in ... }
//
// | to change it | effect on the elements that intersect | nodes it may request |
// |---|---|---|
// | `insert` | none: returns the first of them | height + 1 |
// | `store` | cuts or removes them | height + 2 |
// | `erase` | cuts or removes them, stores nothing | height + 2 |
// | `replaceIntersecting` | merges them and the input into one element | height + 1 |
// | `removeIntersecting` | removes them whole | none |
// | `clear` | removes all elements | none |
//
// To read it: `firstElement(atOrAfter:)`, `forEach(intersecting:last:)`, `forEach`, `count`,
// `height`, `liveNodes`, `checkInvariants`.
//
// Nodes come from a `NodePool`, which trees may share and which may refuse requests. `topUpReserve`
// reserves enough nodes that an `insert` or a `replaceIntersecting` can't fail:
// RangeTree+Reserve.swift.
//
// Invariants: elements are disjoint. Their bounds and words are exactly as stored; adjacent
// elements with equal words are never merged. An operation that throws has changed neither an entry
// nor a node. No key is special: 0, `UInt64.max` and the range of all keys are ordinary.
//
// ## Why nodes look as they do
//
// The tree knows nothing of addresses, but its user passes *page numbers*: the 2^44 pages of a
// 56-bit space are 4096 regions of 2^32 keys, and a virtual machine uses one or two of those. So a
// leaf holds elements whose first keys lie in one region, and stores only the low halves of their
// keys: 16 bytes per element. An element may have any length. If it extends beyond its region, it
// is the last element of the region, so it is also the last of its leaf, and the header of a leaf
// holds the full last key. The price is that elements 2^32 keys apart need a leaf each.
//
// A search in a leaf counts the offsets below the key, over all slots, with vector instructions. In
// an inner node it first narrows by quarters and then counts, without branches. A separator is
// exactly the last key of the child before it. The first element at or after a key is therefore
// always in the leaf where the descent ends, and `insert` needs no second descent.
//
// What a lookup runs through is inlined by force. The compiler's own choice depends on unrelated
// code, and a query that it does not inline takes a fifth longer.
//
// A full node first shares with a sibling; if that is full as well, two become three. Appending
// leaves full nodes behind. A leaf with a right neighbour in its own region, and an inner node with
// any right neighbour, hold half their slots or more. The region is what makes this rule stable:
// whether a leaf may be underfull doesn't depend on what its neighbours hold.
//
// The common edit stays in one leaf. Any other edit is planned from the leaves up, then all its
// nodes are collected, and then it is carried out: `RangeTree+Planning.swift` and
// `RangeTree+Commit.swift`.
//
// `./revfuzz bench tree --all` compares numbers of slots. docs/Speed.md has the figures and
// explains why it is 32. Tests and fuzzing also use 4, so that few elements make a tall tree.

/// A tree with the fastest number of slots per node, `RangeTreeDefaults.productionSlots`.
public typealias ProductionRangeTree = RangeTree<32>

/// The default sizes, chosen by measurement (docs/Speed.md).
public enum RangeTreeDefaults {
  /// Slots per node in production.
  public static let productionSlots = ProductionRangeTree.slots
}

/// A map from disjoint ranges `first...last` of `UInt64` keys to words. The reverse map uses page
/// numbers as keys.
///
/// `slots` is the capacity of a node, in elements of a leaf or children of an inner node: 4 to
/// 4096. An operation that throws has changed neither an entry nor a node.
public struct RangeTree<let slots: Int>: ~Copyable {
  @usableFromInline var root: Node<slots>?
  /// The leaf where the last descent of `insert` or `removeIntersecting` ended, because the next
  /// one often ends there too. `commit` and `clear` reset it to nil, because they may remove nodes
  /// from the tree.
  @usableFromInline var recent: Node<slots>?
  @usableFromInline let pool: NodePool<slots>
  /// The scratch memory of the pool, which outlives the tree.
  @usableFromInline let work: Workspace<slots>

  /// Nodes collected for the edit that is about to be committed.
  @usableFromInline var spares = NodeList<slots>()
  /// Nodes in reserve for a later edit.
  @usableFromInline var reserved = NodeList<slots>()
  @usableFromInline var nodes = 0

  @usableFromInline var size = 0
  @usableFromInline var levels = 0

  /// Elements in the tree.
  @inlinable
  public var count: Int { size }

  /// Levels of nodes: 0 if the tree is empty, 1 if the root is a leaf.
  @inlinable
  public var height: Int { levels }

  /// An empty tree, which has no nodes and will take them from `pool`. Traps if `slots` is not in
  /// 4...4096.
  @inlinable
  public init(pool: NodePool<slots> = NodePool()) {
    precondition(slots >= 4 && slots <= 4096, "the slots of a RangeTree node must be 4 to 4096")
    self.pool = pool
    work = pool.work
  }

  @inlinable
  deinit {
    if let root { Self.discard(root, level: height &- 1, nodes: nodes, to: pool) }
    var reserved = reserved
    while let node = reserved.pop() { pool.free(node) }
  }

  /// Nodes in the tree, without its reserve.
  @inlinable
  public var liveNodes: Int { nodes }

  /// The size of a node in bytes.
  @inlinable
  public static var bytesPerNode: Int { Node<slots>.byteCount }
}
