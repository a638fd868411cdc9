// A B+tree of disjoint ranges of UInt64 keys, each with a 64-bit word.
//
//     var tree = RangeTree<32>()
//     try tree.insert(first: 0x100, last: 0x1ff, word: 0x8000_0000_0200_0000)  // nil: stored
//     tree.firstElement(atOrAfter: 0x180)                                      // 0x100...0x1ff
//     try tree.replaceIntersecting(first: 0x1f0, last: 0x20f, word: 1)         // 0x100...0x20f
//     tree.removeIntersecting(first: 0, last: .max) { element in ... }
//
// | to change it | what it does with what intersects | nodes it may ask for |
// |---|---|---|
// | `insert` | returns the first such element and changes nothing | height + 1 |
// | `store` | cuts and removes it | height + 2 |
// | `erase` | cuts and removes it, stores nothing | height + 2 |
// | `replaceIntersecting` | makes one element of all of it and the input | height + 1 |
// | `removeIntersecting` | removes it whole | none |
// | `clear` | removes everything | none |
//
// To read it: `firstElement(atOrAfter:)`, `forEach(intersecting:last:)`, `forEach`, `count`,
// `height`, `liveNodes`, `checkInvariants`.
//
// Nodes come from a `NodePool`, which trees may share and which may refuse. `topUpReserve` sets so
// many aside that an `insert` or a `replaceIntersecting` can't fail: RangeTree+Reserve.swift.
//
// Always: elements are disjoint; their bounds and words are what was stored, so that adjacent
// elements with equal words are never merged; and an operation that throws has changed nothing,
// neither an entry nor a node. Every key is as good as any other: 0, `UInt64.max`, and the range
// of all of them.
//
// ## Why nodes look as they do
//
// The tree knows nothing of addresses, but its user passes *page numbers*: the 2^44 pages of a
// 56-bit space are 4096 regions of 2^32 keys, and a virtual machine uses one or two of those. So a
// leaf holds elements whose first keys lie in one region, and only the low halves of their keys:
// 16 bytes an element. An element may be as long as it likes: where it reaches beyond its region
// it's the last of it, so the last of its leaf, and the header of a leaf has the whole last key.
// Elements 2^32 keys apart cost a leaf each, which is the price.
//
// A search in a leaf counts the offsets below the key, all slots of it, with vector instructions;
// an inner node is searched by quarters and then counted, without branches. A separator is the last key of the child
// before it, exactly; so the first element at or after a key is always in the leaf where the
// descent ends, and `insert` needs no second one.
//
// A full node first shares with a sibling; if that is full as well, two become three. Appending
// leaves full nodes behind. A leaf with a right neighbour in its own region, and an inner node with
// any right neighbour, hold half their slots or more. The region is what makes this rule stable:
// whether a leaf may be underfull doesn't depend on what its neighbours hold.
//
// An edit other than the common one, which stays in a leaf, is planned from the leaves up, then
// all its nodes are set aside, then it's carried out: `RangeTree+Planning.swift` and
// `RangeTree+Commit.swift`.
//
// `./revfuzz bench tree --all` compares numbers of slots; docs/Speed.md has
// figures, and why it is 32. Tests and fuzzing also use 4, so that few elements make a tall tree.

/// A tree with as many slots a node as measured best; `RangeTreeDefaults.productionSlots`.
public typealias ProductionRangeTree = RangeTree<32>

/// Sizes that measured best.
public enum RangeTreeDefaults {
  /// Slots of a node in production.
  public static let productionSlots = ProductionRangeTree.slots
}

/// Disjoint ranges `first...last` of `UInt64` keys, page numbers to its user, and their words.
///
/// `slots` is the number of elements in a leaf, and of children in an inner node: 4 to 4096.
/// Every operation that changes the tree either succeeds or throws and has changed nothing, entry
/// for entry and node for node.
public struct RangeTree<let slots: Int>: ~Copyable {
  @usableFromInline var root: Node<slots>?
  /// The leaf where the last `insert` ended: the next one often does as well. Nil once any node may
  /// have left the tree since, which happens in `commit` and `clear` only.
  @usableFromInline var recent: Node<slots>?
  @usableFromInline let pool: NodePool<slots>
  /// The pool's, which outlives the tree.
  @usableFromInline let work: Workspace<slots>

  /// Nodes set aside for the edit that is about to be committed.
  @usableFromInline var spares = NodeList<slots>()
  /// Nodes set aside for a later edit.
  @usableFromInline var reserved = NodeList<slots>()
  @usableFromInline var nodes = 0

  @usableFromInline var size = 0
  @usableFromInline var levels = 0

  /// Elements in the tree. O(1).
  @inlinable
  public var count: Int { size }

  /// Levels of nodes: 0 when empty, 1 when the root is a leaf. O(1).
  @inlinable
  public var height: Int { levels }

  /// An empty tree with no node, whose nodes come from `pool`. Traps if `slots` isn't in 4...4096.
  @inlinable
  public init(pool: NodePool<slots> = NodePool()) {
    precondition(slots >= 4 && slots <= 4096, "a node of a RangeTree has 4 to 4096 slots")
    self.pool = pool
    work = pool.work
  }

  @inlinable
  deinit {
    if let root { Self.discard(root, level: height &- 1, nodes: nodes, to: pool) }
    var reserved = reserved
    while let node = reserved.pop() { pool.free(node) }
  }

  /// Nodes that the tree is made of. O(1).
  @inlinable
  public var liveNodes: Int { nodes }

  /// Bytes of one node.
  @inlinable
  public static var bytesPerNode: Int { Node<slots>.byteCount }
}
