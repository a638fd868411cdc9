import ReverseMapping
import Testing

@testable import RangeTree

@Suite("The node pool follows its fault plan and counts requests (Specification 4.6)")
struct NodePoolTests {
  /// The numbers of the requests that `plan` grants, of `count` requests in a row.
  func granted(_ plan: FaultPlan, count: Int) -> [Int] {
    let pool = NodePool<4>()
    pool.refuse(plan)
    var granted: [Int] = []
    var nodes: [Node<4>] = []
    for request in 1...count {
      if let node = pool.allocate(maySleep: false) {
        nodes.append(node)
        granted.append(request)
      }
    }
    for node in nodes { pool.free(node) }
    #expect(pool.counts.live == 0 && pool.counts.peak == granted.count)
    #expect(pool.counts.requests == count && pool.counts.refused == count - granted.count)
    return granted
  }

  @Test("Each plan refuses the requests that it names, and no others")
  func plans() {
    #expect(granted(.none, count: 6) == [1, 2, 3, 4, 5, 6])
    #expect(granted(.request(3), count: 6) == [1, 2, 4, 5, 6])
    #expect(granted(.every(2), count: 6) == [1, 3, 5])
    #expect(granted(.from(4), count: 6) == [1, 2, 3])
    #expect(granted(.next(2), count: 6) == [3, 4, 5, 6])
    // Two nodes of 80 bytes.
    #expect(granted(.budget(bytes: 200), count: 6) == [1, 2])
    #expect(granted(.chance(parts: 0, seed: 1), count: 6) == [1, 2, 3, 4, 5, 6])
  }

  @Test("A k below 1 counts as 1")
  func countsBelowOne() {
    #expect(granted(.request(0), count: 3) == [2, 3])
    #expect(granted(.every(-1), count: 3) == [])
    #expect(granted(.from(0), count: 3) == [])
    #expect(granted(.next(0), count: 3) == [2, 3])
    #expect(granted(.budget(bytes: -1), count: 3) == [])
  }

  @Test("A budget limits bytes above the present level, and freed bytes count again")
  func budget() throws {
    let pool = NodePool<4>()
    let early = try #require(pool.allocate(maySleep: false))
    pool.refuse(.budget(bytes: Node<4>.byteCount))
    let first = try #require(pool.allocate(maySleep: false))
    #expect(pool.allocate(maySleep: false) == nil)
    pool.free(first)
    let second = try #require(pool.allocate(maySleep: false))
    pool.free(early)
    let third = try #require(pool.allocate(maySleep: false))
    #expect(pool.allocate(maySleep: false) == nil)
    pool.free(second)
    pool.free(third)
  }

  @Test("A chance depends only on its seed and refuses about the stated share of requests")
  func chance() {
    let parts = UInt32(1) << 30  // A quarter.
    let some = granted(.chance(parts: parts, seed: 7), count: 4000)
    #expect(some == granted(.chance(parts: parts, seed: 7), count: 4000))
    #expect(some != granted(.chance(parts: parts, seed: 8), count: 4000))
    // The expected value is 3000, with a standard deviation of 27.
    #expect((2800...3200).contains(some.count))
  }

  @Test("A plan that has run out refuses nothing")
  func mayRefuse() {
    let pool = NodePool<4>()
    #expect(!pool.mayRefuse)
    pool.refuse(.request(2))
    for isArmed in [true, false] {
      if let node = pool.allocate(maySleep: false) { pool.free(node) }
      #expect(pool.mayRefuse == isArmed)
    }
    pool.refuse(.from(9))
    #expect(pool.mayRefuse)
    pool.refuse(.none)
    #expect(!pool.mayRefuse)
  }
}

// These tests compute `holds` before `#expect`, because the macros of Testing cannot take a tree,
// which is not copyable.

@Suite("Contexts, retired trees and reserves (Specification 4.4, 4.5, 4.7)")
struct ReserveTests {
  func filled(_ keys: Range<UInt64>, _ pool: NodePool<4>) throws -> RangeTree<4> {
    var tree = RangeTree<4>(pool: pool)
    for key in keys { #expect(try tree.insert(first: key, last: key, word: 1) == nil) }
    return tree
  }

  @Test("Where code may sleep, clear frees a tree at once")
  func clearWhereItMaySleep() throws {
    let pool = NodePool<4>()
    var tree = try filled(0..<100, pool)
    tree.clear()
    #expect(pool.counts.live == 0 && pool.counts.retired == 0 && pool.counts.sleepsInAtomic == 0)
  }

  @Test("In atomic context clear retires a tree, and reclaim frees it later")
  func clearInAtomicContext() throws {
    var holds: Bool
    let pool = NodePool<4>()
    var tree = try filled(0..<100, pool)
    let nodes = pool.counts.live
    pool.enter(.atomic)
    tree.clear()
    let isSound = tree.checkInvariants() == nil
    holds = tree.count == 0 && isSound
    #expect(holds)
    #expect(pool.counts.live == nodes && pool.counts.retired == nodes && pool.fault() == nil)
    #expect(throws: ReverseMapError.cannotSleep) { try pool.reclaim() }
    #expect(pool.counts.retired == nodes)
    pool.enter(.maySleep)
    try pool.reclaim()
    #expect(pool.counts.live == 0 && pool.counts.retired == 0 && pool.counts.sleepsInAtomic == 0)
  }

  @Test("A tree destroyed in atomic context is retired too, and its reserve is freed")
  func endInAtomicContext() throws {
    var holds: Bool
    let pool = NodePool<4>()
    var tree = try filled(0..<20, pool)
    let nodes = pool.counts.live
    holds = tree.topUpReserve()
    #expect(holds)
    pool.enter(.atomic)
    _ = consume tree
    #expect(pool.counts.live == nodes && pool.counts.retired == nodes)
    #expect(pool.counts.sleepsInAtomic == 0)
  }

  @Test(
    "Retired nodes are used before new requests, so live nodes never exceed the peak in use")
  func recycling() throws {
    var holds: Bool
    let pool = NodePool<4>()
    var tree = try filled(0..<60, pool)
    let most = pool.counts.peakInUse
    pool.enter(.atomic)
    for round in 1...5 {
      tree.clear()
      let requests = pool.counts.requests
      for key in 0..<60 as Range<UInt64> {
        holds = try tree.insert(first: key, last: key, word: 1) == nil
        #expect(holds)
        holds = tree.checkInvariants() == nil && pool.fault() == nil
        #expect(holds)
      }
      #expect(pool.counts.requests == requests, "round \(round)")
      #expect(pool.counts.live <= most)
    }
    pool.enter(.maySleep)
    try pool.reclaim()
    tree.clear()
    #expect(pool.counts.live == 0)
  }

  @Test("A request that can sleep is counted as a violation in atomic context")
  func sleepInAtomicContext() throws {
    var holds: Bool
    let pool = NodePool<4>()
    var tree = RangeTree<4>(pool: pool)
    pool.enter(.atomic)
    holds = try tree.insert(first: 0, last: 0, word: 1) == nil
    #expect(holds)
    #expect(pool.counts.sleepsInAtomic == 0)
    _ = tree.topUpReserve()
    #expect(pool.counts.sleepsInAtomic > 0)
  }

  /// Runs `store` at every place of a tree of `count` elements, each time with a full reserve and
  /// every request refused. Returns the most nodes taken from the reserve, and the bound.
  func mostTaken(
    _ count: UInt64, _ context: Context,
    _ store: (inout RangeTree<4>, UInt64) throws -> Void
  ) throws -> (taken: Int, bound: Int) {
    var holds: Bool
    var most = 0
    var bound = 0
    for place in 0...count {
      let pool = NodePool<4>()
      // Leave gaps between the elements.
      var tree = RangeTree<4>(pool: pool)
      for key in 0..<count { _ = try tree.insert(first: key * 4 + 2, last: key * 4 + 3, word: 1) }
      holds = tree.topUpReserve()
      #expect(holds)
      bound = tree.reserve.bound
      holds = tree.reserve.isFull && bound == tree.height + 1
      #expect(holds)
      let requests = pool.counts.requests
      pool.refuse(.from(1))
      pool.enter(context)
      let reserved = tree.reserved.count
      try store(&tree, place)
      holds = tree.checkInvariants() == nil
      #expect(holds)
      if context == .atomic { #expect(pool.counts.requests == requests) }
      most = max(most, reserved - tree.reserved.count)
      pool.enter(.maySleep)
    }
    return (most, bound)
  }

  @Test(
    "With a full reserve every insert and replace succeeds while everything is refused",
    arguments: Context.allCases)
  func fullReserve(_ context: Context) throws {
    var tightest = false
    for count in 0..<90 as Range<UInt64> {
      let inserted = try mostTaken(count, context) { tree, place in
        let hit = try tree.insert(first: place * 4, last: place * 4 + 1, word: 1)
        #expect(hit == nil)
      }
      let replaced = try mostTaken(count, context) { tree, place in
        try tree.replaceIntersecting(first: place * 4, last: place * 4 + 2, word: 1)
      }
      // Use a region other than that of the leaf.
      let far = try mostTaken(count, context) { tree, place in
        try tree.replaceIntersecting(first: place << 32, last: place << 32, word: 1)
      }
      for result in [inserted, replaced, far] {
        #expect(result.taken <= result.bound)
        tightest = tightest || result.taken == result.bound
      }
    }
    #expect(tightest, "no edit reaches the bound, so it could be lower")
  }

  @Test("A reserve for a lower tree is not full for a higher one, and can be topped up again")
  func shorterTree() throws {
    var holds: Bool
    let pool = NodePool<4>()
    var tree = try filled(0..<4, pool)
    holds = tree.topUpReserve() && tree.reserve == Reserve(held: 2, bound: 2)
    #expect(holds)
    // This adds a second leaf and a root above it.
    _ = try tree.insert(first: 10, last: 10, word: 1)
    holds = tree.height == 2 && tree.reserve == Reserve(held: 2, bound: 3) && !tree.reserve.isFull
    #expect(holds)
    holds = tree.topUpReserve() && tree.reserve.isFull
    #expect(holds)
    // A lower tree needs fewer nodes. Those beyond the bound stay in reserve.
    tree.clear()
    holds = tree.reserve == Reserve(held: 1, bound: 1) && tree.heldNodes == 3
    #expect(holds)
    #expect(pool.counts.live == 3)
  }

  @Test("A refused top-up keeps the nodes that it got and returns false")
  func shortTopUp() throws {
    var holds: Bool
    let pool = NodePool<4>()
    var tree = try filled(0..<20, pool)
    pool.refuse(.request(3))
    holds = !tree.topUpReserve() && tree.reserve.held == 2 && !tree.reserve.isFull
    #expect(holds)
    holds = tree.topUpReserve() && tree.reserve.isFull
    #expect(holds)
  }

  @Test("A failed edit returns its nodes to the reserve", arguments: Context.allCases)
  func failedEditKeepsReserve(_ context: Context) throws {
    var holds: Bool
    let pool = NodePool<4>()
    // The tree has 21 full nodes in three levels, so one more element needs four nodes.
    var tree = RangeTree<4>(pool: pool)
    for key in 0..<64 as Range<UInt64> {
      holds = try tree.insert(first: key * 4, last: key * 4, word: 1) == nil
      #expect(holds)
    }
    pool.refuse(.request(3))
    holds = !tree.topUpReserve() && tree.reserve == Reserve(held: 2, bound: 4)
    #expect(holds)
    pool.refuse(.from(2))
    pool.enter(context)
    let fingerprint = tree.fingerprint()
    let live = pool.counts.live
    #expect(throws: RangeTreeError.outOfMemory) {
      _ = try tree.insert(first: 101, last: 101, word: 1)
    }
    holds = tree.fingerprint() == fingerprint && tree.checkInvariants() == nil
    #expect(holds)
    holds = tree.reserve == Reserve(held: 2, bound: 4) && pool.counts.live == live
    #expect(holds)
    #expect(pool.counts.failures == 1)
    pool.enter(.maySleep)
  }

  @Test("Trees with the same elements in different nodes have different fingerprints")
  func fingerprint() throws {
    var holds: Bool
    let pool = NodePool<4>()
    var tree = try filled(0..<5, pool)
    let before = tree.fingerprint()
    holds = tree.fingerprint() == before
    #expect(holds)
    _ = try tree.insert(first: 9, last: 9, word: 1)
    holds = tree.fingerprint() != before
    #expect(holds)
    let other = try filled(0..<5, pool)
    #expect(other.fingerprint() != before)
  }
}
