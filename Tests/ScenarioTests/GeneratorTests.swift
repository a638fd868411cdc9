import ReverseMapping
import Testing

@testable import Scenario

/// Counts how the records and unmaps of a scenario overlap its entries. The entries follow
/// Specification 3.2, but full unmaps in progress are ignored.
struct Overlaps {
  var records = 0
  var exact = 0
  var touchingBelow = 0
  var touchingAbove = 0
  var overlapping = 0
  var overSeveral = 0
  var overGaps = 0
  var unmaps = 0
  var unmapsHit = 0

  private var entries: [(first: UInt64, last: UInt64, nested: UInt64?)] = []

  mutating func restart() { entries = [] }

  mutating func apply(_ operation: Operation, in world: World) {
    guard operation.flaw == .none else { return }
    let range = operation.range()
    let met = entries.filter { $0.first <= range.last && range.start <= $0.last }
    switch operation.kind {
    case .record:
      records += 1
      let nested = operation.nested()
      if met.count == 1, met[0] == (range.start, range.last, nested) {
        exact += 1
        return
      }
      if entries.contains(where: { $0.last &+ 1 == range.start }) { touchingBelow += 1 }
      if entries.contains(where: { $0.first == range.last &+ 1 }) { touchingAbove += 1 }
      if met.isEmpty {
        entries.append((range.start, range.last, nested))
        return
      }
      overlapping += 1
      if met.count > 1 {
        overSeveral += 1
        let sorted = met.sorted { $0.first < $1.first }
        if zip(sorted, sorted.dropFirst()).contains(where: { $0.last + 1 < $1.first }) {
          overGaps += 1
        }
      }
      let first = min(range.start, met.map(\.first).min() ?? .max)
      let last = max(range.last, met.map(\.last).max() ?? 0)
      remove(range)
      entries.append((first, last, nil))
    case .unmap:
      unmaps += 1
      if !met.isEmpty { unmapsHit += 1 }
      if met.contains(where: { $0.nested == nil }) { entries = [] } else { remove(range) }
    case .clear, .beginFullUnmap: entries = []
    default: break
    }
  }

  private mutating func remove(_ range: IPARange) {
    entries.removeAll { $0.first <= range.last && range.start <= $0.last }
  }
}

@Suite("The generator")
struct GeneratorTests {
  @Test(
    "Equal seeds give equal scenarios, different seeds different ones",
    arguments: World.Family.allCases)
  func deterministic(family: World.Family) {
    for seed in 0..<50 as Range<UInt64> {
      var (a, b, c) = (SplitMix64(seed: seed), SplitMix64(seed: seed), SplitMix64(seed: seed + 1))
      let scenario = Scenario.random(family: family, operations: 50, using: &a)
      #expect(scenario == .random(family: family, operations: 50, using: &b))
      #expect(scenario != .random(family: family, operations: 50, using: &c))
      #expect(a == b)
    }
  }

  @Test("SplitMix64 gives its published sequence")
  func splitMix() {
    // The reference sequence of the seed 1234567.
    var random = SplitMix64(seed: 1_234_567)
    let numbers = (0..<3).map { _ in random.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
    #expect(random.below(0) == 0 && random.index(-5) == 0)
    var seen: Set<UInt64> = []
    for _ in 0..<200 { seen.insert(random.below(7)) }
    #expect(seen == Set(0..<7))
  }

  @Test("Scenarios are normal and have the requested length", arguments: World.Family.allCases)
  func normal(family: World.Family) {
    var random = SplitMix64(seed: 40)
    for count in [-1, 0, 1, 17, 256, 5000] {
      let scenario = Scenario.random(family: family, operations: count, using: &random)
      #expect(scenario.isNormalised && scenario.world.family == family)
      #expect(scenario.operations.count == min(max(0, count), Limits.operations))
    }
  }

  @Test("Repeats, neighbours, overlaps and spans are common", arguments: World.Blocks.allCases)
  func overlaps(blocks: World.Blocks) {
    var random = SplitMix64(seed: 41)
    var met = Overlaps()
    for _ in 0..<3000 {
      let scenario = Scenario.random(family: .map, operations: 40, using: &random)
      guard scenario.world.blocks == blocks else { continue }
      met.restart()
      for operation in scenario.operations { met.apply(operation, in: scenario.world) }
    }
    let share = { (count: Int) in 100 * count / met.records }
    #expect(share(met.exact) >= 8, "\(met)")
    #expect(share(met.touchingBelow) >= 5, "\(met)")
    #expect(share(met.touchingAbove) >= 5, "\(met)")
    #expect(share(met.overlapping) >= 25 && share(met.overlapping) <= 75, "\(met)")
    // Half as many in laminar worlds, where blocks are aligned and so span others less often.
    #expect(share(met.overSeveral) >= (blocks == .pages ? 4 : 2), "\(met)")
    #expect(share(met.overGaps) >= (blocks == .pages ? 2 : 1), "\(met)")
    #expect(2 * met.unmapsHit >= met.unmaps, "\(met)")
  }

  @Test(
    "Full unmaps begin and overlap, and nearly all of them end",
    arguments: World.Family.allCases.filter(\.drivesMaps))
  func fullUnmaps(family: World.Family) {
    var random = SplitMix64(seed: 42)
    var begun = 0
    var overlapped = 0
    var left = 0
    var stray = 0
    var ends = 0
    for _ in 0..<2000 {
      let scenario = Scenario.random(family: family, operations: 60, using: &random)
      var model = VMGeneratorModel(scenario.world)
      for operation in scenario.operations {
        let before = model.fullUnmapsInProgress
        if operation.kind == .endFullUnmap {
          ends += 1
          if model.map(operation.mmu).fullUnmapsInProgress == 0 { stray += 1 }
        }
        model.apply(operation)
        if model.fullUnmapsInProgress > before {
          begun += 1
          if before > 0 { overlapped += 1 }
        }
      }
      left += model.fullUnmapsInProgress
    }
    #expect(begun > 2000)
    #expect(100 * overlapped / begun >= 5)
    #expect(100 * left / begun <= 15)
    #expect(stray > 0 && 100 * stray / ends <= 10)
  }

  @Test("Swarms switch kinds off, but every kind occurs", arguments: World.Family.allCases)
  func swarm(family: World.Family) {
    var random = SplitMix64(seed: 43)
    var kinds: [Operation.Kind: Int] = [:]
    var flaws: [Operation.Flaw: Int] = [:]
    var withoutClear = 0
    var count = 0
    var worlds: Set<World> = []
    for _ in 0..<1000 {
      let scenario = Scenario.random(family: family, operations: 60, using: &random)
      worlds.insert(scenario.world)
      for operation in scenario.operations {
        kinds[operation.kind, default: 0] += 1
        flaws[operation.flaw, default: 0] += 1
      }
      count += scenario.operations.count
      if !scenario.operations.contains(where: { $0.kind == .clear || $0.kind == .clearTree }) {
        withoutClear += 1
      }
    }
    #expect(Set(kinds.keys) == Set(family.kinds))
    let flawed = count - flaws[.none, default: 0]
    #expect(flawed * 8 < count)
    switch family {
    case .map, .direct, .vm, .memory:
      #expect(flaws.count == 8 && withoutClear > 100 && worlds.count > 200)
      #expect(flawed * 100 > count)
    case .tree:
      #expect(flaws.count == 2 && withoutClear > 100 && worlds.count == 34)
      #expect(flawed * 200 > count)
    }
  }

  @Test(
    "one scenario in 16 begins with fills, and a whole world then may get over 100 mappings",
    arguments: World.Family.allCases)
  func large(family: World.Family) {
    var random = SplitMix64(seed: 46)
    var (scenarios, whole, filled, large) = (0, 0, 0, 0)
    for _ in 0..<2000 {
      let scenario = Scenario.random(family: family, operations: 8, using: &random)
      scenarios += 1
      if scenario.world.isWhole { whole += 1 }
      let fills = scenario.operations.prefix { $0.kind.isFill }
      if fills.isEmpty { continue }
      #expect(fills.count <= 4 && Set(fills.map(\.mmu)).count == 1)
      filled += 1
      var starts: Set<UInt64> = []
      for fill in fills {
        for index in 0..<fill.count { starts.insert(fill.one(index).page) }
      }
      if starts.count > 100 { large += 1 }
    }
    #expect(filled * 20 > scenarios && filled * 12 < scenarios, "\(filled)")
    #expect(3 * whole > scenarios - 200 && 3 * whole < scenarios + 200, "\(whole)")
    #expect(large > 10, "\(large)")
  }

  @Test("Tree scenarios reach three levels, and have reserved words and far ranges")
  func trees() {
    var random = SplitMix64(seed: 44)
    var deep = 0
    var reserved = 0
    var zero = 0
    var far = 0
    for _ in 0..<300 {
      let scenario = Scenario.random(family: .tree, operations: 200, using: &random)
      var stored: Set<UInt64> = []
      var most = 0
      for operation in scenario.operations {
        let range = operation.treeRange()
        let isFar = range.last &- range.first >= scenario.world.windowPages
        if isFar, operation.kind.takesRange { far += 1 }
        if operation.kind.takesWord {
          if operation.treeWord == 0 { zero += 1 }
          if WordLayout.isReserved(operation.treeWord) { reserved += 1 }
        }
        switch operation.kind {
        case .store:
          // An approximation of the entries: count the start of each short store.
          if !isFar { stored.insert(range.first) }
        case .clearTree: stored = []
        case .erase, .remove, .replace:
          stored = stored.filter { $0 < range.first || $0 > range.last }
        default: break
        }
        most = max(most, stored.count)
      }
      if most >= 20 { deep += 1 }
    }
    #expect(deep > 60)
    #expect(reserved > 500 && zero > 500 && far > 500)
  }
}
