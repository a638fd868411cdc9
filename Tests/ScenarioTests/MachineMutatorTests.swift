import Testing

@testable import Scenario

@Suite("The mutators, on direct maps and virtual machines")
struct MachineMutatorTests {
  @Test("A nudge moves the MMU of a vm operation by one, and the count of a limit")
  func nudgeMachine() {
    var random = SplitMix64(seed: 61)
    let world = World(family: .vm, mmus: 3)
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
    let limit = { (further: Int?, mmu: Int) in
      Operation.limitNodes(toFurther: further, mmu: mmu, in: world)
    }
    #expect(nudged(limit(0, 0)) == [limit(1, 0), limit(nil, 0), limit(0, 1), limit(0, 2)])
    let place = Place(window: 0, page: 3)
    let records = nudged(.record(place, nested: place, mmu: 1, in: world))
    #expect(Set(records.map(\.mmu)) == [0, 1, 2])
  }

  @Test("A record and an invalidation of the same nested range become each other")
  func changeToInvalidation() {
    var random = SplitMix64(seed: 62)
    let world = World(family: .vm, hasDirectMap: true)
    let (canonical, nested) = (Place(window: 0, page: 3), Place(window: 1, page: 9))
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
      #expect(scenario.operations[0].secondPlace == nested)
      #expect(scenario.operations[0].mmu == 1)
    }
    #expect(found > 100)
  }
}
