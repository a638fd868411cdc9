import Testing

@testable import RangeTree

@Suite("checkInvariants detects planted corruption")
struct InvariantTests {
  /// A corruption to plant in a tree of 64 elements `4k...4k+1`, which has three levels of full
  /// nodes.
  enum Corruption: String, CaseIterable {
    case order = "doesn't begin after"
    case inverted = "ends before it"
    case word = "has the reserved word"
    case size = "elements, but count is"
    case nodeCount = "nodes in the tree"
    case tooMany = "has count 5 of 4 slots"
    case empty = "is empty"
    case separator = "isn't the last key"
    case level = "is labelled"
    case limit = "isn't where its last element ends"
    case padding = "isn't marked empty"
    case leafFill = "a leaf is underfull"
    case innerFill = "is underfull with 1 children"
    case rootFill = "the inner root has 1 children"
    case spare = "still set aside"
    case noHeight = "has height 0"
  }

  func plant(_ corruption: Corruption, in tree: inout RangeTree<4>) throws {
    let top = tree.root
    let root = try #require(top)
    let inner = root.child(1)
    let leaf = inner.child(1)
    switch corruption {
    case .order: leaf.columns.firsts[1] = leaf.columns.lasts[0]
    case .inverted: leaf.columns.lasts[1] = leaf.columns.firsts[1] - 1
    case .word: leaf.columns.words[2] = 2
    case .size: tree.size += 1
    case .nodeCount: tree.nodes += 1
    case .tooMany: leaf.count = 5
    case .empty: leaf.count = 0
    case .separator: inner.columns.keys[1] += 1
    case .level: leaf.level = 1
    case .limit: leaf.limit += 1
    case .padding: leaf.count = 3
    case .leafFill:
      leaf.open(1, 4, for: 0, level: 0)
      leaf.limit = leaf.lastOffsetKey
      inner.columns.keys[1] = leaf.limit
    case .innerFill:
      inner.open(1, 4, for: 0, level: 1)
      root.columns.keys[1] = inner.lastKey
    case .rootFill: root.open(1, 4, for: 0, level: 2)
    case .spare: tree.spares.push(leaf)
    case .noHeight: tree.levels = 0
    }
  }

  func allNodes(_ tree: borrowing RangeTree<4>) -> [Node<4>] {
    var nodes: [Node<4>] = []
    func visit(_ node: Node<4>) {
      nodes.append(node)
      for index in 0..<(node.level > 0 ? node.count : 0) { visit(node.child(index)) }
    }
    if let root = tree.root { visit(root) }
    return nodes
  }

  @Test("The fault names the corruption", arguments: Corruption.allCases)
  func named(_ corruption: Corruption) throws {
    var tree = RangeTree<4>()
    for key in 0..<64 as Range<UInt64> {
      #expect(try tree.insert(first: key * 4, last: key * 4 + 1, word: 1) == nil)
    }
    #expect(tree.checkInvariants() == nil)
    let nodes = allNodes(tree)
    try plant(corruption, in: &tree)
    let sentence = tree.checkInvariants()
    #expect(sentence?.contains(corruption.rawValue) == true, "\(sentence ?? "nothing")")
    // The tree's own code cannot free a corrupt tree.
    tree.root = nil
    tree.spares = NodeList()
    for node in nodes { tree.pool.free(node) }
  }

  @Test("Corruption of an empty tree is detected too")
  func emptyTree() {
    var tree = RangeTree<4>()
    #expect(tree.checkInvariants() == nil)
    tree.nodes = 1
    #expect(tree.checkInvariants() == "an empty tree owns 1 nodes")
    tree.size = 3
    #expect(tree.checkInvariants() == "an empty tree has count 3")
    tree.levels = 2
    #expect(tree.checkInvariants() == "an empty tree has height 2")
  }
}
