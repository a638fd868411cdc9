import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Simplifications")
struct SimplerTests {
  /// Scenarios of `family` with a fill each.
  private static func scenarios(_ family: World.Family, seed: UInt64) -> [Scenario] {
    var random = SplitMix64(seed: seed)
    return (0..<24).map { index in
      var world = World.random(family: family, using: &random)
      if index % 2 == 0 { world.windows = 0 }
      world = world.normalised()
      var operations = (0..<4).map { _ in
        index % 4 < 2
          ? Operation.random(in: world, using: &random)
          : .anyBits(in: world, using: &random)
      }
      operations.append(.randomFill(in: world, mmu: 0, using: &random))
      return Scenario(world: world, operations: operations)
    }
  }

  @Test("Each simpler operation is normal, of a lower rank", arguments: World.Family.allCases)
  func operations(family: World.Family) {
    var found = 0
    for scenario in Self.scenarios(family, seed: 130) {
      let world = scenario.world
      let pages = scenario.operations.flatMap { $0.namedPages(in: world) }
      for operation in scenario.operations {
        for simpler in operation.simpler(in: world, pages: pages) {
          check(simpler.isNormalised(in: world) && simpler.kind == operation.kind)
          check(simpler.rank(in: world).lexicographicallyPrecedes(operation.rank(in: world)))
          found += 1
        }
      }
    }
    #expect(found > 400)
  }

  @Test("Every step is normal, and steps end at the simplest", arguments: World.Family.allCases)
  func ends(family: World.Family) {
    var random = SplitMix64(seed: 131)
    for scenario in Self.scenarios(family, seed: 132).prefix(4) {
      var current = Scenario(
        world: scenario.world, operations: Array(scenario.operations.suffix(2)))
      var steps = 0
      while true {
        let simpler = current.simplerByOne + current.withSimplerPages.joined()
        for next in simpler { check(next.isNormalised && next != current) }
        guard !simpler.isEmpty, steps < 3000 else { break }
        current = simpler[random.index(simpler.count)]
        steps += 1
      }
      check(current.operations.isEmpty && steps < 3000, "\(steps): \(current.text)")
      let simplest = World(
        family: family == .tree ? .tree : .map, blocks: family == .tree ? .pages : .laminar,
        windowShift: 3, windows: 1)
      check(current.world == simplest, "\(current.world.text)")
    }
  }

  @Test("A fill becomes its first or its last record, or store")
  func fills() {
    for windows in [0, 2] as [UInt8] {
      let map = World(family: .vm, windows: windows)
      let fill = Operation.fill(3, nested: 5, pages: 2, count: 4, gap: 1, mmu: 1, in: map)
      let ones = Scenario(world: map, operations: [fill]).withRecordsForFills
      #expect(
        ones.map(\.operations) == [
          [.record(3, nested: 5, pages: 2, mmu: 1, in: map)],
          [.record(12, nested: 14, pages: 2, mmu: 1, in: map)],
        ])
      let tree = World(family: .tree, windows: windows)
      var keys = Operation.tree(.fillTree, 3, keys: 2, word: 7, in: tree)
      keys.count = 4
      let stores = Scenario(world: tree, operations: [keys]).withRecordsForFills
      #expect(
        stores.map(\.operations) == [
          [.tree(.store, 3, keys: 2, word: 7, in: tree)],
          [.tree(.store, 9, keys: 2, word: 7, in: tree)],
        ])
      let simpler = Scenario(world: map, operations: [fill]).simplerByOne
      #expect(ones.allSatisfy(simpler.contains))
    }
    let world = World(family: .map)
    let one = Operation.fill(3, nested: 5, count: 1, in: world)
    #expect(Scenario(world: world, operations: [one]).withRecordsForFills.count == 1)
  }

  @Test("A whole world becomes one with windows, and places in windows stay")
  func wholeWorld() {
    let whole = World(family: .map, windows: 0)
    #expect(whole.simpler().filter { !$0.isWhole }.map(\.windows) == [1, 2, 3, 4])
    #expect(World(family: .map).simpler().allSatisfy { !$0.isWhole })
    let top = World(family: .map).page(9, ofWindow: 1)
    let scenario = Scenario(
      world: whole, operations: [.record(7, nested: top, pages: 3, in: whole)])
    let small = scenario.inSimplerWorlds.filter { $0.world == World(family: .map, windows: 2) }
    #expect(small.map(\.operations) == [scenario.operations])
    let far = Scenario(world: whole, operations: [.unmap(1 << 30 + 5, pages: 99, in: whole)])
    for simpler in far.inSimplerWorlds { #expect(simpler.isNormalised) }
  }

  @Test("A page of a whole world becomes less by a power of two, a half, or the start of a block")
  func pages() {
    let world = World(family: .map, windows: 0)
    // 2^30, five blocks of 1G, a block of 2M and a page.
    let page: UInt64 = 1 << 30 + 5 << 18 + 513
    let unmap = Operation.unmap(page, in: world)
    let pages = Set(unmap.simpler(in: world, pages: [42, 1 << 31]).map(\.page))
    let less = (0...30).map { page - 1 << UInt64($0) }
    #expect(pages == Set([0, 42, page / 2, page - 513] + less))
  }

  @Test("The lowest number that still fails is reached, in a step for each bit")
  func numbers() {
    let world = World(family: .map, ipaBits: 48, windows: 0)
    var random = SplitMix64(seed: 18)
    let largest = Operation.unmap(0, pages: 1 << 36, in: world)
    for _ in 0..<100 {
      let lowest = 1 + random.next() >> (28 + random.next() % 36)
      var unmap = largest
      var steps = 0
      while let simpler = unmap.simpler(in: world, pages: []).first(where: { $0.pages >= lowest }) {
        guard simpler.kind == .unmap, simpler.pages < unmap.pages else { break }
        unmap = simpler
        steps += 1
      }
      #expect(unmap.pages == lowest && steps <= 37)
    }
  }
}
