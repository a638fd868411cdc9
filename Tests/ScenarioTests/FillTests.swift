import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Fills")
struct FillTests {
  @Test("The ranges of a fill lie one step apart in both spaces, and are its records")
  func records() {
    for windows in [0, 4] as [UInt8] {
      let world = World(family: .vm, windows: windows, mmus: 3)
      let fill = Operation.fill(4, nested: 10, pages: 2, count: 9, gap: 1, mmu: 2, in: world)
      #expect(fill.kind == .fill && fill.count == 9 && fill.step == 3 && fill.span == 26)
      #expect(fill.lastPage == 29 && fill.lastNestedPage == 35)
      for index in 0..<9 {
        let distance = UInt64(index) * 3
        let range = IPARange(start: (4 + distance) << 12, size: 0x2000)
        #expect(fill.range(index) == range && fill.nested(index) == (10 + distance) << 12)
        let record = Operation.record(
          4 + distance, nested: 10 + distance, pages: 2, mmu: 2, in: world)
        #expect(fill.one(index) == record)
        #expect(record.one(0) == record)
      }
    }
  }

  @Test("The ranges of a fill of a tree are its stores")
  func stores() {
    for windows in [0, 4] as [UInt8] {
      let world = World(family: .tree, windows: windows)
      var fill = Operation.tree(.fillTree, 4, keys: 2, word: 0x30201, in: world)
      fill.count = 9
      fill.gap = 1
      fill = fill.normalised(in: world)
      #expect(fill.count == 9 && fill.treeWord == 0x30201 && fill.flaw == .none)
      for index in 0..<9 {
        let first = 4 + UInt64(index) * 3
        #expect(fill.treeRange(index) == (first, first + 1))
        #expect(
          fill.one(index) == .tree(.store, first, keys: 2, word: 0x30201, in: world))
      }
    }
  }

  /// A fill from page `page` of both spaces, with random sizes and the most ranges.
  private static func full(
    _ world: World, at page: UInt64, using random: inout SplitMix64
  ) -> Operation {
    var fill = Operation(head: random.next(), page: page, second: page)
    fill.kind = world.family == .tree ? .fillTree : .fill
    fill.pages = 1 + random.below(4)
    fill.gap = random.below(3)
    fill.count = 512
    return fill.normalised(in: world)
  }

  @Test("All ranges of a fill start where it may, and as many as that are kept")
  func limits() {
    var random = SplitMix64(seed: 100)
    var cut = 0
    for family in [World.Family.map, .tree] {
      for index in 0..<4000 {
        var world = World.random(family: family, using: &random)
        world.blocks = .pages
        let page =
          index % 2 == 0
          ? world.randomPage(using: &random) : world.lastPage &- random.below(2000)
        let fill = Self.full(world, at: page, using: &random)
        let last = world.lastPage(above: fill.page)
        for range in [0, fill.count / 2, fill.count - 1] {
          let one = fill.one(range)
          check(one.page >= fill.page && one.page <= last && one.isNormalised(in: world))
          check(one.second >= one.page || family == .map)
        }
        guard fill.count < 512 else { continue }
        cut += 1
        // The next one would start, or its keys end, beyond.
        let (next, overflow) = fill.page.addingReportingOverflow(
          UInt64(fill.count) * (fill.count == 1 ? 1 : fill.step))
        let isBeyond =
          overflow || next > last
          || family == .tree && next.addingReportingOverflow(fill.pages - 1).overflow
        check(isBeyond || fill.count == 1, "\(fill.text(in: world))")
      }
    }
    #expect(cut > 2000)
    // By hand: eight pages, from the sixth on, one of the others in the top window.
    let small = World(family: .map, windowShift: 3)
    let top = small.firstPage(ofWindow: 1)
    #expect(Operation.fill(5, nested: top, count: 512, in: small).count == 3)
    #expect(Operation.fill(0, nested: top + 5, count: 512, in: small).count == 3)
    #expect(Operation.fill(0, nested: top, pages: 2, count: 512, gap: 1, in: small).count == 3)
    let whole = World(family: .map, ipaBits: 40, windows: 0)
    #expect(Operation.fill(whole.lastPage - 9, nested: 0, count: 512, in: whole).count == 10)
    // The last range may end beyond the space. The subject must refuse it.
    let over = Operation.fill(whole.lastPage, nested: 0, pages: 2, count: 512, in: whole)
    #expect(over.count == 1 && over.range(0).last == 1 << 40 + 0xfff)
  }

  @Test("A fill of a tree may store the last key, and none of its ranges wraps")
  func lastKey() {
    let world = World(family: .tree, windows: 0)
    var fill = Operation.tree(.fillTree, .max - 9, keys: 2, word: 1, in: world)
    fill.count = 512
    fill = fill.normalised(in: world)
    #expect(fill.count == 5 && fill.treeRange(4) == (.max - 1, .max))
    fill = Operation.tree(.fillTree, .max - 8, keys: 2, word: 1, in: world)
    fill.count = 512
    fill = fill.normalised(in: world)
    #expect(fill.count == 4 && fill.treeRange(3) == (.max - 2, .max - 1))
    fill = Operation.tree(.fillTree, .max, keys: 9, word: 1, in: world)
    #expect(fill.count == 1 && fill.pages == 1 && fill.treeRange() == (.max, .max))
  }

  @Test("In a laminar world the ranges of a fill are aligned blocks")
  func blocks() {
    var random = SplitMix64(seed: 101)
    for windows in [0, 4] as [UInt8] {
      let world = World(family: .direct, blocks: .laminar, windows: windows)
      for _ in 0..<2000 {
        var fill = Operation.anyBits(in: world, using: &random)
        fill.kind = .fill
        fill = fill.normalised(in: world)
        for index in [0, fill.count - 1] {
          let record = fill.one(index)
          check(record.isNormalised(in: world) && world.block(record.pages) == record.pages)
          check(record.page % record.pages == 0 && record.second % record.pages == 0)
        }
      }
    }
  }

  @Test("Literal arguments give a fill back, or the error names the one that does not fit")
  func inverse() throws {
    var random = SplitMix64(seed: 102)
    for family in World.Family.allCases {
      for _ in 0..<1000 {
        let world = World.random(family: family, using: &random)
        let fill = Operation.randomFill(in: world, mmu: 0, using: &random)
        let keys = fill.treeRange()
        let again =
          family == .tree
          ? try Operation(
            fillTree: keys.first, last: keys.last, word: fill.treeWord, count: UInt64(fill.count),
            step: fill.step, in: world)
          : try Operation(
            fill: fill.range(), nested: fill.nested(), count: UInt64(fill.count),
            step: fill.step << Page.shift, in: world)
        check(again == fill, "\(fill.text(in: world))")
      }
    }
    func misfit(
      _ start: UInt64 = 0, _ nested: UInt64 = 0, size: UInt64 = 0x1000, count: UInt64 = 2,
      step: UInt64 = 0x1000, in world: World = World(family: .map, windows: 0)
    ) -> ArgumentMisfit.Argument? {
      do throws(ArgumentMisfit) {
        _ = try Operation(
          fill: IPARange(start: start, size: size), nested: nested, count: count, step: step,
          in: world)
        return nil
      } catch { return error.argument }
    }
    #expect(misfit() == nil)
    #expect(misfit(0x800) == .start && misfit(0, 0x800) == .nested)
    #expect(misfit(1 << 48) == .start && misfit(0, 1 << 57) == .nested)
    for size in [0, 0x800, 0x1800, 1 << 30 + 0x1000, .max] as [UInt64] {
      #expect(misfit(size: size, step: size) == .size)
    }
    #expect(misfit(size: 1 << 30, step: 1 << 30) == nil)
    for count in [0, 513, .max] as [UInt64] { #expect(misfit(count: count) == .count) }
    #expect(misfit(count: 512) == nil)
    for step in [0, 0x1800, 0x1000 + 1 << 33, .max] as [UInt64] {
      #expect(misfit(step: step) == .step)
    }
    #expect(misfit(step: 1 << 33) == nil)
    #expect(misfit(1 << 48 - 0x1000) == .count, "the second range leaves the space")
    #expect(misfit(1 << 48 - 0x1000, count: 1) == nil)
    #expect(misfit(0, 0x3f000, in: World(family: .map)) == .count)
    #expect(misfit(in: World(family: .tree)) == .kind)
    let laminar = World(family: .map, blocks: .laminar, windows: 0)
    #expect(misfit(size: 0x2000, step: 0x2000, in: laminar) == .size)
    #expect(misfit(0x1000, size: 0x4000, step: 0x4000, in: laminar) == .start)
    #expect(misfit(size: 0x4000, step: 0x5000, in: laminar) == .step)
    #expect(misfit(size: 0x4000, step: 0x8000, in: laminar) == nil)
  }

  @Test("Random fills are sometimes long in whole worlds, and fit into a window in small ones")
  func random() {
    var random = SplitMix64(seed: 103)
    for family in [World.Family.map, .memory, .tree] {
      let world = World(family: family, windows: 0)
      var (most, gaps, large) = (0, 0, 0)
      for _ in 0..<1000 {
        let fill = Operation.randomFill(in: world, mmu: 1, using: &random)
        check(fill.isNormalised(in: world) && fill.kind.isFill)
        check(fill.mmu == (family.isVM ? 1 : 0))
        if fill.count > 256 { most += 1 }
        if fill.gap > 0 { gaps += 1 }
        if fill.pages >= 512 { large += 1 }
      }
      #expect(most > 25 && most < 100, "\(most)")
      #expect(gaps > 200 && gaps < 700 && large > 200, "\(gaps) \(large)")
      let small = World(family: family)
      let counts = (0..<1000).map { _ in
        Operation.randomFill(in: small, mmu: 0, using: &random).count
      }
      #expect(counts.allSatisfy { $0 <= 64 } && counts.contains { $0 > 56 })
    }
  }
}
