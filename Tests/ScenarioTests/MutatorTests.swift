import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("The mutators")
struct MutatorTests {
  @Test(
    "Each mutator changes scenarios and keeps them normal and within limits",
    arguments: Mutator.allCases)
  func each(mutator: Mutator) {
    var random = SplitMix64(seed: 50)
    for family in World.Family.allCases {
      var changed = 0
      let all = scenarios(family, count: 600, seed: 51)
      for scenario in all {
        let limit = scenario.operations.count + random.index(3)
        var mutant = scenario
        mutator.apply(to: &mutant, using: &random, limit: limit)
        check(mutant.isNormalised)
        check(mutant.operations.count <= limit)
        check(mutant.world.family == family)
        if mutant != scenario { changed += 1 }
      }
      check(changed > all.count / 3, "\(mutator) of \(family) changed \(changed)")
    }
  }

  @Test("Each mutator accepts an empty scenario and any limit", arguments: Mutator.allCases)
  func empty(mutator: Mutator) {
    var random = SplitMix64(seed: 52)
    for family in World.Family.allCases {
      for limit in [-1, 0, 1, 2, 256, .max] {
        for _ in 0..<20 {
          var scenario = Scenario(world: World(family: family))
          mutator.apply(to: &scenario, using: &random, limit: limit)
          check(scenario.isNormalised)
          check(scenario.operations.count <= max(0, min(limit, Limits.operations)))
          if limit > 0, ![.changeWorld, .grow, .hostPattern].contains(mutator) {
            check(scenario.operations.count == 1)
          }
        }
      }
    }
  }

  @Test("A scenario longer than the limit is cut to it")
  func cut() {
    var random = SplitMix64(seed: 53)
    for mutator in Mutator.allCases {
      var scenario = Scenario.random(family: .map, operations: 30, using: &random)
      mutator.apply(to: &scenario, using: &random, limit: 7)
      #expect((1...7).contains(scenario.operations.count))
    }
  }

  @Test("Mutation draws every mutator, and the same seed gives the same mutant")
  func mutate() {
    var random = SplitMix64(seed: 54)
    var drawn: Set<Mutator> = []
    for _ in 0..<2000 { drawn.insert(.draw(grows: true, using: &random)) }
    #expect(drawn == Set(Mutator.allCases))
    // Large maps take long to check, so growing is rare unless asked for: once in 1024.
    let grown = (0..<65536).count { _ in Mutator.draw(grows: false, using: &random) == .grow }
    #expect((32...128).contains(grown))
    var same = 0
    for scenario in World.Family.allCases.flatMap({ scenarios($0, count: 500, seed: 55) }) {
      var a = SplitMix64(seed: random.next())
      var b = a
      var first = scenario
      var second = scenario
      first.mutate(using: &a, limit: 64)
      second.mutate(using: &b, limit: 64)
      check(first == second)
      check(first.isNormalised && first.operations.count <= 64)
      if first == scenario { same += 1 }
    }
    #expect(same < 300, "most mutants differ from their parent")
  }

  @Test("Each mutator does what its name says")
  func names() {
    var random = SplitMix64(seed: 56)
    var swaps = 0
    for _ in 0..<500 {
      let scenario = Scenario.random(family: .map, operations: 12, using: &random)
      func mutant(_ mutator: Mutator) -> Scenario {
        var mutant = scenario
        mutator.apply(to: &mutant, using: &random)
        return mutant
      }
      func sorted(_ scenario: Scenario) -> [Operation] {
        scenario.operations.sorted {
          ($0.head, $0.page, $0.second) < ($1.head, $1.page, $1.second)
        }
      }
      check(mutant(.insert).operations.count == 13)
      check((4...11).contains(mutant(.delete).operations.count))
      check(sorted(mutant(.move)) == sorted(scenario))
      check(sorted(mutant(.swap)) == sorted(scenario))
      let swapped = mutant(.swap).operations
      let moved = zip(swapped, scenario.operations).count { $0 != $1 }
      check([0, 2].contains(moved))
      swaps += moved / 2
      let duplicated = mutant(.duplicate)
      check(duplicated.operations.count == 13)
      check(Set(duplicated.operations) == Set(scenario.operations))
      let spliced = mutant(.splice)
      check((13...20).contains(spliced.operations.count))
      check(Self.isSplice(spliced.operations, of: scenario.operations))
      for mutator in [Mutator.nudge, .reuse, .changeKind, .replace, .flaw] {
        let operations = mutant(mutator).operations
        check(operations.count == 12)
        check(zip(operations, scenario.operations).count { $0 != $1 } <= 1)
      }
      let world = mutant(.changeWorld)
      check(world.operations.count == 12)
    }
    #expect(swaps > 350, "few swaps are of equal operations")
  }

  @Test("growing inserts fills of one MMU, which make a map of more than 1,000 entries")
  func grow() {
    var random = SplitMix64(seed: 57)
    var large = 0
    var whole = 0
    for family in World.Family.allCases {
      for _ in 0..<300 {
        let scenario = Scenario.random(family: family, operations: 4, using: &random)
        var mutant = scenario
        Mutator.grow.apply(to: &mutant, using: &random)
        let count = mutant.operations.count - scenario.operations.count
        check((1...4).contains(count) && mutant.isNormalised)
        let old = scenario.operations.map { $0.normalised(in: mutant.world) }
        let index = (0...old.count).first { index in
          let fills = mutant.operations[index..<(index + count)]
          return fills.allSatisfy(\.kind.isFill) && Set(fills.map(\.mmu)).count == 1
            && Array(mutant.operations[..<index] + mutant.operations[(index + count)...]) == old
        }
        guard let index else {
          Issue.record("\(mutant.text)")
          continue
        }
        if mutant.world.isWhole { whole += 1 }
        // The pages that a range of a fill starts at.
        var starts: Set<UInt64> = []
        for fill in mutant.operations[index..<(index + count)] {
          for range in 0..<fill.count { starts.insert(fill.one(range).page) }
        }
        if starts.count > 1000 { large += 1 }
      }
    }
    #expect(whole > 750 && large > 75, "\(whole) \(large)")
  }

  /// Whether `mutant` is `operations` with a copy of one of its runs inserted.
  static func isSplice(_ mutant: [Operation], of operations: [Operation]) -> Bool {
    let length = mutant.count - operations.count
    for target in 0...operations.count {
      let run = Array(mutant[target..<target + length])
      guard Array(mutant[..<target] + mutant[(target + length)...]) == operations else { continue }
      for start in 0...(operations.count - length)
      where Array(operations[start..<start + length]) == run {
        return true
      }
    }
    return false
  }

  @Test("A nudge moves an address or a size of a record by one page, or one block")
  func nudge() {
    var random = SplitMix64(seed: 57)
    for blocks in World.Blocks.allCases {
      let world = World(family: .map, blocks: blocks)
      let pages: UInt64 = 4
      let record = Operation.record(
        16, nested: world.page(32, ofWindow: 2), pages: pages, in: world)
      var seen: Set<[UInt64]> = []
      for _ in 0..<300 {
        var scenario = Scenario(world: world, operations: [record])
        Mutator.nudge.apply(to: &scenario, using: &random)
        let nudged = scenario.operations[0]
        seen.insert([nudged.page, nudged.second &- world.firstPage(ofWindow: 2), nudged.pages])
      }
      let step: UInt64 = blocks == .laminar ? 4 : 1
      let sizes: [UInt64] = blocks == .laminar ? [2, 8] : [3, 5]
      #expect(
        seen == [
          [16 - step, 32, 4], [16 + step, 32, 4], [16, 32 - step, 4], [16, 32 + step, 4],
          [16, 32, sizes[0]], [16, 32, sizes[1]],
        ])
    }
  }

  @Test("The flaw mutator adds every flaw that a record can have, and removes each again")
  func flaw() {
    var random = SplitMix64(seed: 60)
    let world = World(family: .map)
    let plain = Operation.record(3, nested: 3, in: world)
    var seen: Set<Operation.Flaw> = []
    for _ in 0..<300 {
      var scenario = Scenario(world: world, operations: [plain])
      Mutator.flaw.apply(to: &scenario, using: &random)
      seen.insert(scenario.operations[0].flaw)
      Mutator.flaw.apply(to: &scenario, using: &random)
      #expect(scenario.operations == [plain])
    }
    #expect(seen == Set(Operation.Flaw.allCases).subtracting([.none, .reversed]))
  }

  @Test("A crossover has a start of one parent and operations of the other")
  func crossover() {
    var random = SplitMix64(seed: 58)
    var mixed = 0
    for _ in 0..<1000 {
      let a = Scenario.random(family: .map, operations: 20, using: &random)
      var b = Scenario.random(family: .map, operations: 20, using: &random)
      b = Scenario(world: a.world, operations: b.operations)
      let child = Scenario.crossover(a, b, limit: 30, using: &random)
      check(child.isNormalised && child.operations.count <= 30)
      let fromA = zip(child.operations, a.operations).prefix { $0 == $1 }.count
      let rest = child.operations.dropFirst(fromA)
      // Long fills are mostly cut.
      check(rest.allSatisfy { $0.kind.isFill || Set(a.operations + b.operations).contains($0) })
      if fromA > 0, rest.contains(where: { Set(b.operations).contains($0) }) { mixed += 1 }
    }
    #expect(mixed > 500)
    for limit in [-1, 0, 1, 300] {
      for family in World.Family.allCases {
        let a = Scenario.random(family: .tree, operations: 256, using: &random)
        let b = Scenario.random(family: family, operations: 256, using: &random)
        let child = Scenario.crossover(a, b, limit: limit, using: &random)
        check(child.isNormalised && child.world.family == .tree)
        check(child.operations.count <= max(0, min(limit, Limits.operations)))
        let none = Scenario(world: b.world)
        check(Scenario.crossover(none, none, limit: limit, using: &random).operations.isEmpty)
      }
    }
  }

  @Test("Mutation can add back everything that the shrinker can remove")
  func addsBack() {
    // From a single plain record, mutation alone reaches every kind, flaw and setting.
    var random = SplitMix64(seed: 59)
    for family in World.Family.allCases {
      var kinds: Set<Operation.Kind> = []
      var flaws: Set<Operation.Flaw> = []
      var worlds: Set<World> = []
      var scenario = Scenario(decoding: [], family: family)
      var vmSettings: Set<[Int]> = []
      var named: Set<Int> = []
      var plans: Set<Operation.FaultPlanKind> = []
      var counts: Set<Int> = []
      var contexts: Set<Context> = []
      for _ in 0..<20_000 {
        scenario.mutate(using: &random, limit: 12)
        worlds.insert(scenario.world)
        vmSettings.insert([Int(scenario.world.mmus), scenario.world.hasDirectMap ? 1 : 0])
        for operation in scenario.operations {
          kinds.insert(operation.kind)
          flaws.insert(operation.flaw)
          if operation.kind.namesMMU { named.insert(operation.mmu) }
          if operation.kind == .refuse {
            plans.insert(operation.faultPlanKind)
            counts.insert(operation.planCount)
          }
          if operation.kind == .enter { contexts.insert(operation.context) }
        }
      }
      if family.isVM { #expect(vmSettings.count == 8 && named == Set(0..<4)) }
      if family.contains(.refuse) {
        #expect(plans.count == 7 && counts.isSuperset(of: 1...8))
      }
      #expect(contexts.count == (family == .memory ? 2 : 0))
      #expect(kinds == Set(family.kinds))
      #expect(flaws.count == (family.drivesMaps ? 8 : family == .tree ? 2 : 1))
      // 4 widths, 2 layouts, 2 nodes, 2 blocks, 4 window sizes, 4 counts of windows.
      #expect(worlds.count > (family.drivesMaps ? 300 : family == .tree ? 31 : 1))
    }
  }
}
