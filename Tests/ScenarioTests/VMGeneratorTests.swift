import ReverseMapping
import Testing

@testable import Scenario

@Suite("The generator, for direct maps and virtual machines")
struct VMGeneratorTests {
  @Test("Nested ranges are remapped, overlap, and are invalidated where they are mapped")
  func nested() {
    var random = SplitMix64(seed: 45)
    var records = 0
    var again = 0
    var partly = 0
    var invalidations = 0
    var hit = 0
    var whole = 0
    var part = 0
    var more = 0
    for _ in 0..<2000 {
      let scenario = Scenario.random(family: .direct, operations: 50, using: &random)
      let world = scenario.world
      // The live mappings, by records and invalidations alone (Specification 7.2, 7.3).
      var live: [(canonical: IPARange, nested: IPARange)] = []
      for operation in scenario.operations where operation.flaw == .none {
        let range = operation.range()
        switch operation.kind {
        case .record:
          records += 1
          let nested = IPARange(start: operation.nested(), size: range.size)
          let stale = live.filter {
            $0.nested.start <= nested.last && nested.start <= $0.nested.last
          }
          let others = stale.filter { $0.canonical != range }
          if others.contains(where: { $0.nested == nested }) { again += 1 }
          if others.contains(where: { $0.nested != nested }) { partly += 1 }
          live.removeAll { mapping in stale.contains { $0 == mapping } }
          live.append((range, nested))
        case .invalidate:
          invalidations += 1
          let met = live.map(\.nested).filter { $0.start <= range.last && range.start <= $0.last }
          if !met.isEmpty { hit += 1 }
          if met.contains(range) { whole += 1 }
          if met.contains(where: { $0.size > range.size }) { part += 1 }
          if met.contains(where: { $0.size < range.size }) { more += 1 }
          live.removeAll { mapping in met.contains(mapping.nested) }
        case .clear, .beginFullUnmap: live = []
        default: break
        }
      }
    }
    let numbers = "\(records) \(again) \(partly); \(invalidations) \(hit) \(whole) \(part) \(more)"
    #expect(100 * again > 10 * records && 100 * partly > 10 * records, "\(numbers)")
    #expect(10 * invalidations > records && 100 * hit > 50 * invalidations, "\(numbers)")
    for count in [whole, part, more] { #expect(100 * count > 10 * invalidations, "\(numbers)") }
  }

  @Test("MMUs share pages, stay valid for long, and are rarely named when not valid")
  func mmus() {
    var random = SplitMix64(seed: 46)
    var named = 0
    var notValid = 0
    var created = 0
    var alreadyValid = 0
    var tornDown = 0
    var refused = 0
    var plans = 0
    var lifted = 0
    var settled = 0
    var shared = 0
    var records = 0
    var intoBroken = 0
    var numbersOfMMUs: [Int: Int] = [:]
    for _ in 0..<2000 {
      let scenario = Scenario.random(family: .vm, operations: 60, using: &random)
      let world = scenario.world
      numbersOfMMUs[Int(world.mmus), default: 0] += 1
      var model = VMGeneratorModel(world)
      var isSettled = true
      var pages: [UInt64: Set<Int>] = [:]
      for operation in scenario.operations {
        #expect(operation.mmu < Int(world.mmus))
        if operation.kind.namesMMU, operation.kind != .create {
          named += 1
          if !model.isValid(operation.mmu) { notValid += 1 }
        }
        let map = model.map(operation.mmu)
        switch operation.kind {
        case .record:
          records += 1
          if map.isBroken { intoBroken += 1 }
          let others = pages[operation.range().start, default: []]
          if others.contains(where: { $0 != operation.mmu }) { shared += 1 }
          pages[operation.range().start, default: []].insert(operation.mmu)
        case .create:
          created += 1
          if model.isValid(operation.mmu) { alreadyValid += 1 }
          isSettled = false
        case .tearDown:
          tornDown += 1
          if map.fullUnmapsInProgress > 0 { refused += 1 }
          isSettled = false
        case .handOver: isSettled = false
        case .refuse:
          if operation.faultPlan == .none { lifted += 1 } else { plans += 1 }
        default: break
        }
        model.apply(operation)
      }
      if isSettled { settled += 1 }
    }
    #expect(numbersOfMMUs.count == 4 && numbersOfMMUs.values.allSatisfy { $0 > 400 })
    #expect(notValid > 100 && 100 * notValid < 4 * named, "\(notValid) of \(named)")
    #expect(tornDown > 500 && refused > 10 && 10 * refused < tornDown, "\(refused) of \(tornDown)")
    #expect(
      created > 300 && alreadyValid > 10 && 4 * alreadyValid < created,
      "\(alreadyValid) of \(created)")
    #expect(plans > 500 && 2 * lifted > plans, "\(lifted) of \(plans)")
    #expect(settled > 800 && settled < 1600, "\(settled)")
    #expect(100 * shared > 20 * records, "\(shared) of \(records)")
    #expect(intoBroken > 100 && 100 * intoBroken < 10 * records, "\(intoBroken) of \(records)")
  }
}
