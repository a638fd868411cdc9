import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Whole worlds")
struct WholeWorldTests {
  /// A whole world of `family`.
  private static func world(
    _ family: World.Family, ipaBits: UInt8 = 48, blocks: World.Blocks = .pages
  ) -> World {
    World(family: family, ipaBits: ipaBits, blocks: blocks, windows: 0)
  }

  @Test("A whole world has every address of its space, and no windows")
  func addresses() {
    for bits in World.ipaBitsChoices {
      let world = Self.world(.map, ipaBits: bits)
      #expect(world.isNormalised && world.isWhole)
      #expect(world.lastPage == 1 << (UInt64(bits) - 12) - 1)
      #expect(world.mostPages == 1 << (UInt64(bits) - 12))
      let pages: [UInt64] = [0, 64, 1 << 20 + 77, world.lastPage - 1, world.lastPage]
      for page in pages {
        #expect(world.contains(page) && world.confined(page) == page)
        #expect(world.window(ofPage: page) == nil)
        #expect(world.firstPage(below: page) == 0 && world.lastPage(above: page) == world.lastPage)
        let unmap = Operation.unmap(page, in: world)
        #expect(unmap.range() == IPARange(start: page << 12, size: 0x1000))
      }
      #expect(!world.contains(world.lastPage + 1) && !world.contains(.max))
      let all = Operation.unmap(0, pages: world.mostPages, in: world)
      #expect(all.range() == IPARange(start: 0, size: 1 << UInt64(bits)))
    }
    let tree = Self.world(.tree)
    #expect(tree.contains(.max) && tree.lastPage == .max && tree.mostPages == .max)
    #expect(World(family: .map, windowShift: 3, windows: 0).normalised().windowShift == 6)
  }

  @Test("Addresses near every power of two that matters, and near both ends, are drawn")
  func randomPages() {
    // The widest space, and the keys of a tree, which have no bytes.
    for (family, bits) in [(World.Family.map, 44), (.tree, 64)] as [(World.Family, UInt64)] {
      let world = Self.world(family, ipaBits: 56)
      var random = SplitMix64(seed: 90)
      let shifts: [UInt64] = [31 - 12, 32 - 12, 31, 32, 39 - 12, 47 - 12, bits - 1]
      var below: [UInt64: Int] = [:]
      var at: [UInt64: Int] = [:]
      var above: [UInt64: Int] = [:]
      var (first, last, nearLast, unaligned) = (0, 0, 0, 0)
      let count = 40_000
      for _ in 0..<count {
        let page = world.randomPage(using: &random)
        check(world.contains(page))
        for shift in shifts {
          let power: UInt64 = 1 << shift
          // Within four blocks of 1G, which is a fourth of the lowest power.
          if page == power { at[shift, default: 0] += 1 }
          if page < power, power - page <= 1 << 17 { below[shift, default: 0] += 1 }
          if page > power, page - power <= 1 << 17 { above[shift, default: 0] += 1 }
        }
        if page == 0 { first += 1 }
        if page == world.lastPage { last += 1 }
        if world.lastPage - page < 1 << 20 { nearLast += 1 }
        if page % 4 != 0 { unaligned += 1 }
      }
      for shift in shifts {
        for hits in [below, at, above] { #expect(hits[shift, default: 0] > 40, "2^\(shift)") }
      }
      #expect(first > 400 && last > 100 && nearLast > 2000, "\(first) \(last) \(nearLast)")
      #expect(unaligned > count / 4 && unaligned < count / 2 + count / 4)
    }
  }

  @Test("Sizes are blocks, one page beside a power of two, and up to the whole space")
  func randomSizes() {
    for bits in World.ipaBitsChoices {
      let world = Self.world(.map, ipaBits: bits)
      var random = SplitMix64(seed: 91)
      var sizes: [UInt64: Int] = [:]
      for _ in 0..<40_000 {
        let pages = Operation.randomPages(in: world, using: &random)
        check(pages >= 1 && pages <= world.mostPages + 1)
        sizes[pages, default: 0] += 1
      }
      for block in World.hostBlocks { #expect(sizes[block, default: 0] > 1000, "\(block)") }
      for shift in 19...(UInt64(bits) - 12) {
        for pages in [1 << shift - 1, 1 << shift, 1 << shift + 1] as [UInt64] {
          #expect(sizes[pages, default: 0] > 4, "2^\(shift)")
        }
      }
    }
    // All keys but one, which is the most that a number of keys can say.
    var random = SplitMix64(seed: 92)
    let tree = Self.world(.tree)
    let keys = (0..<40_000).map { _ in Operation.randomPages(in: tree, using: &random) }
    #expect(keys.contains(.max) && keys.allSatisfy { $0 >= 1 })
  }

  @Test("A record of a laminar whole world has the largest host block that it has room for")
  func hostBlocks() {
    let kib: UInt64 = 1024
    #expect(
      World.hostBlocks.map { $0 * 4 * kib }
        == [4, 16, 64, 2 * kib, 32 * kib, 512 * kib, kib * kib].map { $0 * kib })
    let world = Self.world(.map, blocks: .laminar)
    let rows: [(pages: UInt64, block: UInt64)] = [
      (1, 1), (3, 1), (4, 4), (15, 4), (16, 16), (511, 16), (512, 512), (8191, 512), (8192, 8192),
      (131_071, 8192), (131_072, 131_072), (262_143, 131_072), (262_144, 262_144),
      (1 << 36, 262_144),
    ]
    for row in rows {
      #expect(world.block(row.pages) == row.block, "\(row.pages)")
      let record = Operation.record(
        0x1234_5678, nested: 0x7_6543_2109, pages: row.pages, in: world)
      #expect(record.pages == row.block)
      #expect(record.page == 0x1234_5678 / row.block * row.block)
      #expect(record.second == 0x7_6543_2109 / row.block * row.block)
    }
    #expect(world.block(above: 5) == 16 && world.block(above: 16) == 16)
    #expect(world.block(above: 17) == 512 && world.block(above: 1 << 30) == 262_144)
    #expect(world.block(containing: 7, 8) == 16 && world.block(containing: 511, 512) == 8192)
    #expect(world.block(containing: 9, 9) == 1 && world.block(containing: 0, 1 << 30) == 262_144)
    let (start, size) = (UInt64(5), UInt64(3))
    let unmap = Operation.unmap(start, pages: size, in: world)
    #expect(unmap.page == start && unmap.pages == size, "only records are blocks")
  }

  @Test(
    "A world that becomes whole, and small again, keeps the operations in its windows",
    arguments: World.Family.allCases)
  func backAndForth(family: World.Family) {
    var random = SplitMix64(seed: 93)
    var operations = 0
    for _ in 0..<400 {
      var world = World.random(family: family, using: &random)
      // The sizes of blocks differ between small and whole worlds.
      world.blocks = .pages
      world.windows = max(1, world.windows)
      world = world.normalised()
      var scenario = Scenario(
        world: world, operations: (0..<10).map { _ in .random(in: world, using: &random) })
      scenario.operations.append(.randomFill(in: world, mmu: 0, using: &random))
      var moved = scenario
      var whole = scenario.world
      whole.windows = 0
      moved.move(to: whole)
      check(moved.world.isWhole && moved.isNormalised)
      for (old, new) in zip(scenario.operations, moved.operations) where old.kind.takesRange {
        check(old.text(in: scenario.world) == new.text(in: whole), "the same addresses")
        operations += 1
      }
      moved.move(to: scenario.world)
      check(moved == scenario)
    }
    #expect(operations > 2000)
  }

  @Test("A space that becomes narrower keeps the distance from its nearer end")
  func narrower() {
    let (wide, narrow) = (Self.world(.map, ipaBits: 56), Self.world(.map, ipaBits: 40))
    for distance in [0, 5, 1 << 20] as [UInt64] {
      #expect(narrow.page(distance, from: wide) == distance)
      #expect(narrow.page(wide.lastPage - distance, from: wide) == narrow.lastPage - distance)
      #expect(wide.page(narrow.lastPage - distance, from: narrow) == wide.lastPage - distance)
    }
    for page in [1 << 43, 1 << 43 + 1, 1 << 30] as [UInt64] {
      #expect(narrow.contains(narrow.page(page, from: wide)))
    }
  }

  @Test("Crossovers of small and whole worlds are normal, and keep addresses that both have")
  func crossover() {
    var random = SplitMix64(seed: 94)
    for family in World.Family.allCases {
      var kept = 0
      for _ in 0..<300 {
        var world = World.random(family: family, using: &random)
        world.windows = 0
        world.blocks = .pages
        world = world.normalised()
        var small = world
        small.windows = 4
        small = small.normalised()
        let whole = Scenario(
          world: world, operations: (0..<10).map { _ in .random(in: world, using: &random) })
        let other = Scenario(
          world: small, operations: (0..<10).map { _ in .random(in: small, using: &random) })
        for (a, b) in [(whole, other), (other, whole)] {
          let child = Scenario.crossover(a, b, limit: 15, using: &random)
          check(child.isNormalised && child.operations.count <= 15)
          check(child.world == a.world || child.world == b.world)
          guard child.world.isWhole else { continue }
          // Every address of a small world is one of the whole world too.
          let texts = Set(
            (whole.operations + other.operations).map { $0.text(in: world) })
          check(child.operations.allSatisfy { texts.contains($0.text(in: world)) })
          kept += 1
        }
      }
      #expect(kept > 200)
    }
  }

  @Test("Nudges reach the neighbouring pages, blocks and powers of two", arguments: [false, true])
  func nudge(isLaminar: Bool) {
    var random = SplitMix64(seed: 95)
    let world = Self.world(.map, blocks: isLaminar ? .laminar : .pages)
    // A block of 2M, in the middle of many blocks of 1G.
    let (page, nested, pages) = (UInt64(1 << 30), UInt64(3 << 30), UInt64(512))
    let record = Operation.record(page, nested: nested, pages: pages, in: world)
    var (starts, seconds, sizes): (Set<UInt64>, Set<UInt64>, Set<UInt64>) = ([], [], [])
    for _ in 0..<4000 {
      var scenario = Scenario(world: world, operations: [record])
      Mutator.nudge.apply(to: &scenario, using: &random)
      starts.insert(scenario.operations[0].page)
      seconds.insert(scenario.operations[0].second)
      sizes.insert(scenario.operations[0].pages)
    }
    let steps: [UInt64] = isLaminar ? [512, 8192, 1 << 17, 1 << 18] : World.hostBlocks
    func near(_ page: UInt64) -> Set<UInt64> {
      Set([page] + steps.flatMap { [page - $0, page + $0] })
    }
    if isLaminar {
      // A smaller step down aligns to the block before.
      #expect(starts == near(page) && seconds == near(nested))
      #expect(sizes == [16, 512, 8192])
    } else {
      #expect(starts == near(page) && seconds == near(nested))
      #expect(sizes == [16, 511, 512, 513, 1023, 1024, 1025, 8192])
    }
  }

  @Test("A nudge changes the size of a range of all keys, and of one reversed by one key")
  func nudgeOfAllKeys() {
    var random = SplitMix64(seed: 96)
    let world = Self.world(.tree)
    for (first, last) in [(0, .max), (7, 6)] as [(UInt64, UInt64)] {
      let list = Operation.tree(.list, from: first, to: last, in: world)
      #expect(list.pages == 0, "2^64 wraps")
      var seen: Set<Operation> = []
      for _ in 0..<1000 {
        var scenario = Scenario(world: world, operations: [list])
        Mutator.nudge.apply(to: &scenario, using: &random)
        check(scenario.isNormalised)
        seen.insert(scenario.operations[0])
      }
      #expect(seen.count > 10)
    }
  }

  @Test("Changing the world makes it whole and small again", arguments: World.Family.allCases)
  func changeWorld(family: World.Family) {
    var random = SplitMix64(seed: 97)
    var (became, returned) = (0, 0)
    var scenario = Scenario.random(family: family, operations: 5, using: &random)
    for _ in 0..<2000 {
      let before = scenario.world.isWhole
      Mutator.changeWorld.apply(to: &scenario, using: &random)
      check(scenario.isNormalised)
      if scenario.world.isWhole, !before { became += 1 }
      if before, !scenario.world.isWhole { returned += 1 }
    }
    #expect(became > 20 && returned > 20)
  }
}
