import Testing

@testable import RangeTree

@Suite("Refused nodes and rejected input change nothing")
struct RefusalTests {
  /// The contents of a tree, entry for entry and node for node.
  struct Snapshot: Equatable {
    var elements: [RangeTreeElement]
    var liveNodes: Int
    var height: Int
    var count: Int
    var nodes: [UInt]
    var bytes: [UInt8]

    init<let slots: Int>(_ tree: borrowing RangeTree<slots>) {
      elements = contents(tree)
      liveNodes = tree.liveNodes
      height = tree.height
      count = tree.count
      nodes = []
      bytes = []
      if let root = tree.root { visit(root, level: tree.height - 1) }
    }

    mutating func visit<let slots: Int>(_ node: Node<slots>, level: Int) {
      nodes.append(UInt(bitPattern: node.raw))
      let memory = UnsafeRawBufferPointer(start: node.raw, count: Node<slots>.byteCount)
      bytes.append(contentsOf: memory)
      if level > 0 {
        for index in 0..<node.count { visit(node.child(index), level: level - 1) }
      }
    }
  }

  /// Runs `operation` with every request refused, then with every request from the second on, and
  /// so on until it succeeds. Returns the number of refused attempts, and a sentence if one changed
  /// something.
  func refuse<let slots: Int>(
    _ operation: Operation, on both: inout TreeAndModel<slots>
  ) -> (refusals: Int, broken: String?) {
    let before = Snapshot(both.tree)
    var allowed = 0
    while true {
      both.tree.pool.refuse(.from(allowed + 1))
      do {
        let broken = try both.answer(operation)
        both.tree.pool.refuse(.none)
        return (allowed, broken ?? both.difference())
      } catch {
        if error != .outOfMemory { return (allowed, "threw \(error)") }
        if let broken = both.tree.checkInvariants() { return (allowed, broken) }
        if Snapshot(both.tree) != before { return (allowed, "\(operation) changed the tree") }
        allowed += 1
        if allowed > both.tree.height + 2 { return (allowed, "\(operation) needs too many nodes") }
      }
    }
  }

  func run<let slots: Int>(seed: UInt64, steps: Int, as type: RangeTree<slots>.Type) -> Int {
    var random = SplitMix64(state: seed)
    var both = TreeAndModel<slots>()
    var refusals = 0
    for step in 0..<steps {
      let kind: Operation.Kind =
        switch random.next() % 6 {
        case 0: .store
        case 1: .erase
        case 2: .replaceIntersecting
        default: .insert
        }
      let base = (random.next() % 4) << 32 &- 100
      let first = base &+ random.next() % 200
      let length = kind == .insert ? random.next() % 2 : random.next() % 5
      let last = random.next() % 64 == 0 ? first | 0x1_ffff_ffff : max(first, first &+ length)
      let operation = Operation(kind: kind, first: first, last: last, word: 5)
      let result = refuse(operation, on: &both)
      refusals += result.refusals
      if let broken = result.broken {
        Issue.record("step \(step), seed \(seed): \(broken)")
        return refusals
      }
    }
    return refusals
  }

  @Test("Each request of each operation is refused once, on many trees")
  func everyNode() {
    var refusals = 0
    for seed in 0..<6 as Range<UInt64> {
      refusals += run(seed: seed, steps: 500, as: RangeTree<4>.self)
      refusals += run(seed: seed, steps: 500, as: RangeTree<5>.self)
    }
    refusals += run(seed: 9, steps: 600, as: RangeTree<8>.self)
    #expect(refusals > 1000)
  }

  @Test("A tree of full nodes survives refusals and then splits up to a new root")
  func fullTree() {
    var both = TreeAndModel<4>()
    for key in 0..<64 as Range<UInt64> {
      #expect(both.apply(.init(kind: .insert, first: key * 4, last: key * 4 + 2, word: 1)) == nil)
    }
    #expect(both.tree.liveNodes == 16 + 4 + 1)
    let result = refuse(.init(kind: .insert, first: 103, last: 103, word: 5), on: &both)
    #expect(result.broken == nil)
    #expect(result.refusals == 4)
    #expect(both.tree.height == 4)
  }

  @Test("Removal needs no node")
  func removalUnderLimitZero() {
    var both = TreeAndModel<4>()
    for key in 0..<200 as Range<UInt64> {
      #expect(both.apply(.init(kind: .insert, first: key << 30, last: key << 30, word: 1)) == nil)
    }
    both.tree.pool.refuse(.from(1))
    for key in stride(from: 3, to: 200, by: 7) as StrideTo<UInt64> {
      // `apply` refuses every request during this operation and none after it.
      let range = Operation(kind: .removeIntersecting, first: key << 30, last: (key + 3) << 30)
      #expect(both.apply(range) == nil)
    }
    both.tree.pool.refuse(.from(1))
    both.tree.clear()
    #expect(both.tree.liveNodes == 0 && both.tree.checkInvariants() == nil)
  }

  @Test("clear frees all nodes, and the tree can be filled again")
  func clear() throws {
    let pool = NodePool<4>()
    var tree = RangeTree<4>(pool: pool)
    pool.refuse(.budget(bytes: 40 * RangeTree<4>.bytesPerNode))
    for _ in 0..<3 {
      for key in 0..<80 as Range<UInt64> {
        #expect(try tree.insert(first: key, last: key, word: 1) == nil)
      }
      tree.clear()
      #expect(tree.liveNodes == 0 && tree.count == 0 && tree.height == 0)
    }
  }

  @Test("Reserved words and the word 0 are rejected", arguments: [0, 2, 6, 4094] as [UInt64])
  func reservedWords(_ word: UInt64) throws {
    var tree = RangeTree<4>()
    try tree.store(first: 5, last: 9, word: 1)
    let before = Snapshot(tree)
    var errors: [RangeTreeError] = []
    do { _ = try tree.insert(first: 0, last: 1, word: word) } catch { errors.append(error) }
    do { try tree.store(first: 0, last: 1, word: word) } catch { errors.append(error) }
    do { try tree.replaceIntersecting(first: 0, last: 5, word: word) } catch {
      errors.append(error)
    }
    #expect(errors == [.reservedWord(word), .reservedWord(word), .reservedWord(word)])
    #expect(Snapshot(tree) == before)
  }

  @Test("Words next to reserved ones are stored", arguments: [1, 3, 4, 4095, 4096, 4098, .max])
  func unreservedWords(_ word: UInt64) throws {
    var tree = RangeTree<4>()
    #expect(try tree.insert(first: 0, last: 0, word: word) == nil)
    #expect(tree.firstElement(atOrAfter: 0)?.word == word)
  }

  @Test("A reversed range is rejected and intersects nothing")
  func invertedRanges() throws {
    var tree = RangeTree<4>()
    try tree.store(first: 0, last: .max, word: 1)
    let before = Snapshot(tree)
    var errors: [RangeTreeError] = []
    do { _ = try tree.insert(first: 1, last: 0, word: 1) } catch { errors.append(error) }
    do { try tree.store(first: .max, last: 0, word: 1) } catch { errors.append(error) }
    do { try tree.erase(first: 9, last: 8) } catch { errors.append(error) }
    do { try tree.replaceIntersecting(first: 2, last: 1, word: 1) } catch { errors.append(error) }
    #expect(errors == [.invalidRange, .invalidRange, .invalidRange, .invalidRange])
    tree.removeIntersecting(first: 1, last: 0) { _ in Issue.record("removed something") }
    #expect(Snapshot(tree) == before)
  }
}
