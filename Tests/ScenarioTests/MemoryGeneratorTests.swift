import ReverseMapping
import Testing

@testable import Scenario

@Suite("The generator, operations on memory")
struct MemoryGeneratorTests {
  @Test("Atomic sections last a while, and operations that can sleep are rare in them")
  func contexts() {
    var random = SplitMix64(seed: 47)
    var (operations, underLock, sections, left) = (0, 0, 0, 0)
    var sleeping: [Operation.Kind: Int] = [:]
    var refused: [Operation.Kind: Int] = [:]
    var lockAfterTopUp = 0
    var again = 0
    var ofTrees = 0
    var withoutLock = 0
    for _ in 0..<2000 {
      let scenario = Scenario.random(family: .memory, operations: 60, using: &random)
      var context = Context.maySleep
      var last: Operation?
      if !scenario.operations.contains(where: { $0.kind == .enter }) { withoutLock += 1 }
      for operation in scenario.operations {
        operations += 1
        if context == .atomic { underLock += 1 }
        switch operation.kind {
        case .enter:
          if operation.context == context { again += 1 }
          if operation.context == .atomic, context == .maySleep {
            sections += 1
            if last?.kind == .topUp { lockAfterTopUp += 1 }
          }
          context = operation.context
        case .topUp, .reclaim:
          if context == .atomic {
            refused[operation.kind, default: 0] += 1
          } else {
            sleeping[operation.kind, default: 0] += 1
          }
        case .clear, .beginFullUnmap, .tearDown: if context == .atomic { ofTrees += 1 }
        default: break
        }
        last = operation
      }
      if context == .atomic { left += 1 }
    }
    let numbers =
      "\(operations) \(underLock) \(sections) \(left) \(lockAfterTopUp) \(again) \(ofTrees) "
      + "\(withoutLock) \(sleeping) \(refused)"
    #expect(100 * underLock > 15 * operations && 100 * underLock < 60 * operations, "\(numbers)")
    #expect(underLock > 3 * sections && underLock < 20 * sections, "\(numbers)")
    #expect(withoutLock > 200 && withoutLock < 1000, "\(numbers)")
    #expect(left > 0 && 2 * left < 2000, "\(numbers)")
    #expect(again > 0 && 5 * again < sections, "\(numbers)")
    #expect(ofTrees > 1000, "\(numbers)")
    for kind in [Operation.Kind.topUp, .reclaim] {
      let (slept, not) = (sleeping[kind, default: 0], refused[kind, default: 0])
      #expect(slept > 1500 && not > 10 && 8 * not < slept, "\(numbers)")
    }
    #expect(100 * lockAfterTopUp > 20 * sleeping[.topUp, default: 0], "\(numbers)")
  }

  @Test(
    "Fault plans of every form are set, refuse something soon, and are lifted",
    arguments: [World.Family.vm, .memory, .tree])
  func plans(family: World.Family) {
    var random = SplitMix64(seed: 48)
    var (operations, underPlan, set, lifted, replaced, small) = (0, 0, 0, 0, 0, 0)
    var forms: [Operation.FaultPlanKind: Int] = [:]
    var seeds: Set<UInt64> = []
    var withPlan = 0
    var records = 0
    var intoBroken = 0
    for _ in 0..<2000 {
      let scenario = Scenario.random(family: family, operations: 60, using: &random)
      var model = VMGeneratorModel(scenario.world)
      var hasPlan = false
      for operation in scenario.operations {
        operations += 1
        if model.memory.mayRefuse { underPlan += 1 }
        if operation.kind == .record {
          records += 1
          if model.map(operation.mmu).isBroken { intoBroken += 1 }
        }
        if operation.kind == .refuse {
          hasPlan = true
          forms[operation.faultPlanKind, default: 0] += 1
          if model.memory.mayRefuse {
            if operation.faultPlanKind == .none { lifted += 1 } else { replaced += 1 }
          } else if operation.faultPlanKind != .none {
            set += 1
          }
          switch operation.faultPlan {
          case .none: break
          case .request(let k), .every(let k), .from(let k), .next(let k):
            if k <= 8 { small += 1 }
          case .budget(let bytes): if bytes <= 16 * 64 { small += 1 }
          case .chance(let parts, let seed):
            seeds.insert(seed)
            if parts >= 1 << 28, parts <= 1 << 31 { small += 1 }
          }
        }
        model.apply(operation)
      }
      if hasPlan { withPlan += 1 }
    }
    let numbers =
      "\(operations) \(underPlan) \(set) \(lifted) \(replaced) \(small) \(forms) \(withPlan) "
      + "\(intoBroken) of \(records)"
    #expect(forms.count == 7 && forms.values.allSatisfy { $0 > 40 }, "\(numbers)")
    #expect(seeds.count > 40)
    #expect(10 * small > 8 * (set + replaced), "\(numbers)")
    #expect(lifted > replaced && 10 * replaced > lifted && 2 * lifted > set, "\(numbers)")
    // Half of the vm and tree scenarios have no fault plan, and some of the memory scenarios.
    #expect(withPlan > 400 && withPlan < (family == .memory ? 1800 : 1100), "\(numbers)")
    let share = 1000 * (set + replaced + lifted) / operations
    #expect(family != .tree || (10...50).contains(share), "\(numbers)")
    #expect(100 * underPlan < (family == .memory ? 60 : 30) * operations, "\(numbers)")
    if family.isVM {
      #expect(intoBroken > 100 && 100 * intoBroken < 15 * records, "\(numbers)")
    }
  }

  @Test("A continuation starts from the state at the end of the scenario")
  func continued() {
    var random = SplitMix64(seed: 49)
    var underLock = 0
    var lifted = 0
    let world = World(family: .memory)
    let start = Scenario(
      world: world, operations: [.refuse(.from(1), in: world), .enter(.atomic, in: world)])
    for _ in 0..<300 {
      let more = start.continued(by: 40, using: &random).operations.dropFirst(2)
      let left = more.firstIndex { $0.kind == .enter && $0.context == .maySleep }
      if more[..<(left ?? more.endIndex)].contains(where: { $0.kind == .topUp }) { underLock += 1 }
      if more.contains(where: { $0.faultPlan == .none && $0.kind == .refuse }) { lifted += 1 }
    }
    #expect(underLock < 60 && lifted > 150, "\(underLock) \(lifted)")
  }

  @Test("Scenarios of every family can be continued", arguments: World.Family.allCases)
  func goesOn(family: World.Family) {
    var random = SplitMix64(seed: 52)
    for scenario in scenarios(family, count: 200, seed: 53) {
      let more = scenario.continued(by: 5, using: &random)
      #expect(more.isNormalised && more.operations.starts(with: scenario.operations))
      #expect(more.operations.count == scenario.operations.count + 5)
    }
  }

  @Test("A related continuation has only operations on maps, in memory worlds too")
  func related() {
    var random = SplitMix64(seed: 50)
    var whole = 0
    for scenario in scenarios(.memory, count: 400, seed: 51) {
      let continued = scenario.continuedNearby(by: 10, using: &random)
      #expect(continued.isNormalised)
      let more = continued.operations.dropFirst(scenario.operations.count)
      #expect(more.allSatisfy { $0.kind.group == .map })
      if more.count == 10 { whole += 1 }
    }
    #expect(whole > 200)
  }
}
