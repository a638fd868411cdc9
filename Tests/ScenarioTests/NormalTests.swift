import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Normal operations")
struct NormalTests {
  @Test("Any three words become a normal operation of the world", arguments: World.Family.allCases)
  func total(family: World.Family) {
    var random = SplitMix64(seed: 10)
    for _ in 0..<40_000 {
      let world = World.random(family: family, using: &random)
      let operation = Operation.anyBits(in: world, using: &random).normalised(in: world)
      check(operation.normalised(in: world) == operation)
      check(family.contains(operation.kind))
      check(world.contains(operation.page))
      switch operation.kind.group {
      case .memory: check(operation.page == 0 && operation.second == 0)
      case .map:
        check(operation.pages - 1 < world.mostPages)
        check(!operation.kind.isRecord || world.contains(operation.second))
        for index in [0, operation.count / 2, operation.count - 1] {
          let record = operation.one(index)
          check(record.isNormalised(in: world) || !operation.kind.isFill)
        }
      case .tree:
        if operation.kind.isFill {
          let keys = operation.treeRange(operation.count - 1)
          check(world.contains(keys.first) && keys.first <= keys.last)
        } else if operation.kind.takesRange, operation.second &- operation.page >= world.windowPages
        {
          check(world.contains(operation.second))
        }
      }
    }
  }

  @Test("Random bits give every kind and every flaw, and flaws are rare")
  func reach() {
    for family in World.Family.allCases {
      var random = SplitMix64(seed: 11)
      let world = World(family: family)
      var kinds: [Operation.Kind: Int] = [:]
      var flaws: [Operation.Flaw: Int] = [:]
      let count = 60_000
      for _ in 0..<count {
        let operation = Operation.anyBits(in: world, using: &random).normalised(in: world)
        kinds[operation.kind, default: 0] += 1
        flaws[operation.flaw, default: 0] += 1
      }
      let all = family.kinds
      #expect(Set(kinds.keys) == Set(all))
      // 1 byte in 256 gives a fill or, in tree worlds, a refuse. One time in eight `anyBits` draws
      // from all kinds. The other kinds are equally likely.
      for rare in family == .tree ? [Operation.Kind.fillTree, .refuse] : [.fill] {
        let share = kinds.removeValue(forKey: rare) ?? 0
        #expect(share > count / 8 / all.count && share < count / 5 / all.count)
      }
      #expect(kinds.values.allSatisfy { $0 > count / all.count * 9 / 10 })
      let flawed = count - flaws[.none, default: 0]
      switch family {
      case .map, .direct, .vm, .memory:
        #expect(flaws.count == 8 && flaws[.reversed] == nil && flawed < count / 8)
      // Two random keys are reversed half of the time.
      case .tree: #expect(flaws.count == 2 && flaws[.reversed] != nil && flawed < count / 2)
      }
    }
  }

  @Test(
    "Records of a laminar world are aligned blocks, and any two nest or are disjoint",
    arguments: [false, true])
  func laminar(isWhole: Bool) {
    var random = SplitMix64(seed: 12)
    var sizes: Set<UInt64> = []
    for _ in 0..<300 {
      var world = World.random(family: .map, using: &random)
      world.blocks = .laminar
      world.windows = isWhole ? 0 : 1 + world.windows % 4
      world = world.normalised()
      var ranges: [(first: UInt64, last: UInt64)] = []
      for _ in 0..<30 {
        var operation = Operation.anyBits(in: world, using: &random)
        operation.kind = .record
        operation.flaw = .none
        operation = operation.normalised(in: world)
        let range = operation.range()
        sizes.insert(range.size)
        check(range.start % range.size == 0, "naturally aligned")
        check(operation.nested() % range.size == 0, "naturally aligned")
        check(range.last < 1 << UInt64(world.ipaBits), "a block never leaves the space")
        ranges.append((range.start, range.last))
      }
      for a in ranges {
        for b in ranges where a.first <= b.first && b.first <= a.last {
          check(b.last <= a.last || (a.first == b.first && a.last <= b.last))
        }
      }
    }
    let kib: UInt64 = 1 << 10
    let host = [4, 16, 64, 2 * kib, 32 * kib, 512 * kib, kib * kib].map { $0 * kib }
    #expect(sizes == (isWhole ? Set(host) : Set((0...5).map { 4 * kib << $0 })))
  }

  @Test("Unmaps and queries cover any run of pages, in laminar worlds too")
  func unmapsOfAnySize() {
    let world = World(family: .map, blocks: .laminar)
    let unmap = Operation.unmap(5, pages: 7, in: world)
    #expect(unmap.range() == IPARange(start: 0x5000, size: 0x7000))
  }

  @Test("Ranges may extend past the top window of a map, and so leave the IPA width")
  func spill() {
    let world = World(family: .map, ipaBits: 40)
    let unmap = Operation.unmap(0xfff_ffff, pages: 2, in: world)
    #expect(unmap.range() == IPARange(start: 0xff_ffff_f000, size: 0x2000))
    #expect(unmap.range().last >= 1 << 40)
  }

  @Test("Tree ranges have one key to all keys, and descend only with the flaw reversed")
  func treeRanges() {
    let world = World(family: .tree)
    let all = Operation.tree(.erase, from: 0, to: .max, in: world)
    #expect(all.treeRange() == (0, .max))
    #expect(all.flaw == .none)
    let down = Operation.tree(.erase, from: .max, to: 0, in: world)
    #expect(down.treeRange() == (.max, 0))
    #expect(down.flaw == .reversed)
    let top = Operation.tree(.erase, .max - 3, keys: 64, in: world)
    #expect(top.treeRange() == (.max - 3, .max))
    #expect(top.pages == 4, "the page count matches the range")
    var random = SplitMix64(seed: 13)
    for _ in 0..<20_000 {
      let operation = Operation.anyBits(in: world, using: &random).normalised(in: world)
      guard operation.kind.takesRange else { continue }
      let range = operation.treeRange()
      check((range.last < range.first) == (operation.flaw == .reversed))
    }
  }

  @Test("An operation is 24 bytes, and each field reads back as it was set")
  func fields() {
    #expect(MemoryLayout<Operation>.size == 24 && MemoryLayout<Operation>.stride == 24)
    var random = SplitMix64(seed: 15)
    for kind in Operation.Kind.allCases where kind.group == .map || kind.group == .tree {
      var operation = Operation(head: random.next(), page: random.next(), second: random.next())
      operation.kind = kind
      operation.page = 0x1234_5678_9abc
      operation.second = 0xfedc_ba98_7654
      if kind.isFill {
        operation.count = 512
        operation.pages = 1 << 18
        operation.gap = 1 << 21 - 1
        #expect(operation.count == 512 && operation.pages == 1 << 18)
        #expect(operation.gap == 1 << 21 - 1 && operation.step == 1 << 18 + 1 << 21 - 1)
        #expect(operation.span == 511 * operation.step + 1 << 18)
      } else {
        #expect(operation.count == 1 && operation.gap == 0)
      }
      if kind.group == .tree {
        if kind == .find {
          operation.pages = 64
          #expect(operation.pages == 64 && operation.second == 0xfedc_ba98_7654)
        }
        operation.treeWord = 0xabcdef
        if !kind.isFill, kind != .find {
          for pages in [1, 64, 1 << 32 + 1, .max - 0x1234_5678_9abc + 1] as [UInt64] {
            operation.pages = pages
            #expect(operation.pages == pages && operation.second == 0x1234_5678_9abc + (pages - 1))
          }
          operation.pages = .max
          #expect(operation.second == .max, "a range of keys ends at the last key at most")
          operation.flaw = .reversed
          if kind.takesRange { #expect(operation.flaw == .reversed) }
          #expect((operation.page, operation.second) == (.max, 0x1234_5678_9abc))
          operation.flaw = .none
          #expect(operation.flaw == .none && operation.second == .max)
        }
        #expect(operation.treeWord == 0xabcdef)
      } else {
        for flaw in Operation.Flaw.allCases where flaw != .reversed {
          operation.flaw = flaw
          #expect(operation.flaw == (kind.isFill ? .none : flaw))
        }
        for mmu in 0..<4 {
          operation.mmu = mmu
          #expect(operation.mmu == mmu)
        }
        for pages in kind.isFill ? [1, 512] : [1, 1 << 36, 1 << 48] as [UInt64] {
          operation.pages = pages
          #expect(operation.pages == pages && operation.mmu == 3)
        }
        #expect(operation.second == 0xfedc_ba98_7654)
      }
      #expect(operation.kind == kind && operation.page == 0x1234_5678_9abc)
    }
  }

  @Test("Literal arguments give the operation back, or the error names the one that does not fit")
  func inverse() throws {
    var random = SplitMix64(seed: 16)
    for _ in 0..<10_000 {
      let families: [World.Family] = [.map, .direct, .vm, .memory]
      let world = World.random(family: families[random.index(4)], using: &random)
      let operation = Operation.anyBits(in: world, using: &random).normalised(in: world)
      guard operation.kind.takesRange else { continue }
      var again =
        operation.kind == .fill
        ? try Operation(
          fill: operation.range(), nested: operation.nested(), count: UInt64(operation.count),
          step: operation.step << Page.shift, in: world)
        : try Operation(
          operation.kind, range: operation.range(), nested: operation.nested(), in: world)
      again.mmu = operation.mmu
      check(again == operation)
    }
    func argument(
      _ body: () throws(ArgumentMisfit) -> Operation
    ) -> ArgumentMisfit.Argument? {
      do throws(ArgumentMisfit) {
        _ = try body()
        return nil
      } catch { return error.argument }
    }
    let world = World(family: .map)
    let range = IPARange(start: 0x1000, size: 0x1000)
    #expect(
      argument { () throws(ArgumentMisfit) in
        try Operation(.record, range: range, nested: 0x40000, in: world)
      } == .nested)
    #expect(
      argument { () throws(ArgumentMisfit) in
        try Operation(.clear, range: range, in: world)
      } == .kind)
    #expect(
      argument { () throws(ArgumentMisfit) in
        try Operation(.unmap, range: range, in: World(family: .tree))
      } == .kind)
    #expect(
      argument { () throws(ArgumentMisfit) in
        try Operation(.invalidate, range: range, in: World(family: .map))
      } == .kind)
    #expect(
      argument { () throws(ArgumentMisfit) in
        try Operation(
          .invalidate, range: IPARange(start: 0x40000, size: 0x1000), in: World(family: .direct))
      } == .start)
    #expect(
      argument { () throws(ArgumentMisfit) in
        try Operation(.store, first: 0, last: 0, word: 1 << 24, in: World(family: .tree))
      } == .word)
  }

  @Test(
    "Byte 0 selects the kind with that value, or another kind of the family",
    arguments: World.Family.allCases
  )
  func kinds(family: World.Family) {
    let values = family.kinds.map { UInt64($0.rawValue) }
    #expect(values == values.sorted())
    let withoutFill = values.filter { $0 < 24 }
    #expect(withoutFill.count == values.count - 1)
    for byte in 0...255 as ClosedRange<UInt64> {
      let expected: UInt64
      if values.contains(byte) {
        expected = byte
      } else if family.kinds[0].group == .map {
        expected = withoutFill[Int(byte) % withoutFill.count]
      } else {
        // Eight kinds with consecutive values.
        expected = values[Int(byte) & 7]
      }
      #expect(family.kind(ofByte: byte) == expected)
    }
    for kind in Operation.Kind.allCases {
      #expect(family.contains(kind) == values.contains(UInt64(kind.rawValue)))
    }
    let memory: [World.Family: [Operation.Kind]] = [
      .tree: [.refuse], .vm: [.refuse], .memory: [.refuse, .enter, .topUp, .reclaim],
    ]
    #expect(family.kinds.filter { $0.group == .memory } == memory[family, default: []])
    #expect(
      family.kinds.allSatisfy {
        $0.group == .memory || $0.group == (family == .tree ? .tree : .map)
      })
    #expect(family.drivesMaps == (family != .tree))
    #expect(family.isVM == family.contains(.create))
  }
}
