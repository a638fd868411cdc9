import ReverseMapping
import Testing

@testable import Scenario

@Suite("The mutators, for direct maps and virtual machines")
struct VMMutatorTests {
  @Test("A nudge changes an MMU or a fault plan by one, and switches a context")
  func nudgeVM() {
    var random = SplitMix64(seed: 61)
    let world = World(family: .memory, mmus: 3)
    func nudged(_ operation: Operation) -> Set<Operation> {
      var seen: Set<Operation> = []
      for _ in 0..<300 {
        var scenario = Scenario(world: world, operations: [operation])
        Mutator.nudge.apply(to: &scenario, using: &random)
        seen.insert(scenario.operations[0])
      }
      return seen
    }
    #expect(
      nudged(Operation(.tearDown, mmu: 2)) == [
        Operation(.tearDown, mmu: 0), Operation(.tearDown, mmu: 1),
      ])
    #expect(
      nudged(Operation(.topUp, mmu: 0)) == [
        Operation(.topUp, mmu: 1), Operation(.topUp, mmu: 2),
      ])
    #expect(nudged(.enter(.atomic, in: world)) == [.enter(.maySleep, in: world)])
    #expect(nudged(.enter(.maySleep, in: world)) == [.enter(.atomic, in: world)])
    #expect(nudged(Operation(.reclaim)) == [Operation(.reclaim)])
    let plans: [(FaultPlan, [FaultPlan])] = [
      // The lowest count is 1, or 0 bytes of budget. Changing the form keeps the count.
      (.none, [.request(1), .chance(parts: 1 << 16, seed: 0)]),
      (.request(1), [.none, .every(1), .request(2), .request(65536)]),
      (.every(3), [.request(3), .from(3), .every(2), .every(4)]),
      (.next(3), [.from(3), .budget(bytes: 128), .next(2), .next(4)]),
      (
        .budget(bytes: 128),
        [.next(3), .chance(parts: 3 << 16, seed: 0), .budget(bytes: 64), .budget(bytes: 192)]
      ),
      (
        .chance(parts: 3 << 16, seed: 0),
        [
          .budget(bytes: 128), .none, .chance(parts: 2 << 16, seed: 0),
          .chance(parts: 4 << 16, seed: 0), .chance(parts: 3 << 16, seed: 1),
          .chance(parts: 3 << 16, seed: 255),
        ]
      ),
    ]
    for (plan, expected) in plans {
      #expect(
        nudged(.refuse(plan, in: world)) == Set(expected.map { .refuse($0, in: world) }), "\(plan)")
    }
    let records = nudged(.record(3, nested: 3, mmu: 1, in: world))
    #expect(Set(records.map(\.mmu)) == [0, 1, 2])
  }

  @Test("A record and an invalidation of the same nested range become each other")
  func changeToInvalidation() {
    var random = SplitMix64(seed: 62)
    let world = World(family: .vm, hasDirectMap: true)
    let (canonical, nested) = (UInt64(3), world.page(9, ofWindow: 1))
    let record = Operation.record(canonical, nested: nested, pages: 4, mmu: 1, in: world)
    let invalidation = Operation.invalidate(nested, pages: 4, mmu: 1, in: world)
    var found = 0
    for _ in 0..<300 {
      var scenario = Scenario(world: world, operations: [record])
      Mutator.changeKind.apply(to: &scenario, using: &random)
      guard scenario.operations[0].kind == .invalidate else { continue }
      found += 1
      #expect(scenario.operations[0] == invalidation)
    }
    for _ in 0..<300 {
      var scenario = Scenario(world: world, operations: [invalidation])
      Mutator.changeKind.apply(to: &scenario, using: &random)
      guard scenario.operations[0].kind == .record else { continue }
      found += 1
      #expect(scenario.operations[0].second == nested)
      #expect(scenario.operations[0].mmu == 1)
    }
    #expect(found > 100)
  }

  @Test("An operation on memory gets no flaw, and reuses only a count or an MMU")
  func flawAndReuse() {
    var random = SplitMix64(seed: 63)
    for family in [World.Family.memory, .vm, .tree] {
      let world = World(family: family)
      let page = world.page(9, ofWindow: 1)
      let other =
        family == .tree
        ? Operation.tree(.store, page, keys: 7, word: 1, in: world)
        : .record(page, nested: page, pages: 7, mmu: 1, in: world)
      let refuse = Operation.refuse(.chance(parts: 5 << 16, seed: 6), in: world)
      let second = Operation.refuse(.next(9), in: world)
      var scenario = Scenario(world: world, operations: [refuse])
      for _ in 0..<50 { Mutator.flaw.apply(to: &scenario, using: &random) }
      #expect(scenario.operations == [refuse])
      var seen: Set<[Operation]> = []
      for _ in 0..<300 {
        var scenario = Scenario(world: world, operations: [refuse, second])
        Mutator.reuse.apply(to: &scenario, using: &random)
        seen.insert(scenario.operations)
        scenario = Scenario(world: world, operations: [refuse, other])
        Mutator.reuse.apply(to: &scenario, using: &random)
        #expect(scenario.operations[0] == refuse)
      }
      #expect(
        seen == [
          [refuse, second], [.refuse(.chance(parts: 9 << 16, seed: 6), in: world), second],
          [refuse, .refuse(.next(5), in: world)],
        ])
    }
    let world = World(family: .memory)
    var scenario = Scenario(
      world: world, operations: [Operation(.topUp, mmu: 0), Operation(.topUp, mmu: 1)])
    for _ in 0..<20 { Mutator.reuse.apply(to: &scenario, using: &random) }
    #expect(scenario.operations[0] == scenario.operations[1])
  }
}
