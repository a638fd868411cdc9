import ReverseMapping
import Testing

@testable import Scenario

@Suite("Normal operations")
struct NormalTests {
  @Test("Any 64 bits become a normal operation of the world", arguments: World.Family.allCases)
  func total(family: World.Family) {
    var random = SplitMix64(seed: 10)
    for _ in 0..<40_000 {
      let world = World.random(family: family, using: &random)
      let operation = Operation(bits: random.next()).normalised(in: world)
      #expect(operation.normalised(in: world) == operation)
      #expect(family.contains(operation.kind))
      #expect(operation.window < world.windows && operation.secondWindow < world.windows)
      if family != .words {
        #expect(UInt64(operation.page) < world.windowPages)
        #expect((1...world.windowPages).contains(operation.pages))
      }
    }
  }

  @Test("Every kind and every flaw comes out of random bits, and flaws are rare")
  func reach() {
    for family in World.Family.allCases {
      var random = SplitMix64(seed: 11)
      let world = World(family: family)
      var kinds: [Operation.Kind: Int] = [:]
      var flaws: [Operation.Flaw: Int] = [:]
      let count = 60_000
      for _ in 0..<count {
        let operation = Operation(bits: random.next()).normalised(in: world)
        kinds[operation.kind, default: 0] += 1
        flaws[operation.flaw, default: 0] += 1
      }
      let all = family.kinds
      #expect(Set(kinds.keys) == Set(all))
      #expect(kinds.values.allSatisfy { $0 > count / all.count * 9 / 10 })
      let flawed = count - flaws[.none, default: 0]
      #expect(flawed < count / 8)
      switch family {
      case .map, .direct, .vm: #expect(flaws.count == 8 && flaws[.reversed] == nil)
      case .tree: #expect(flaws.count == 2 && flaws[.reversed] != nil)
      case .words: #expect(flawed == 0)
      }
    }
  }

  @Test("Records of a laminar world are aligned powers of two, and any two nest or are disjoint")
  func laminar() {
    var random = SplitMix64(seed: 12)
    for _ in 0..<300 {
      var world = World.random(family: .map, using: &random)
      world.blocks = .laminar
      var ranges: [(first: UInt64, last: UInt64)] = []
      for _ in 0..<30 {
        var operation = Operation(bits: random.next())
        operation.kind = .record
        operation.flaw = .none
        operation = operation.normalised(in: world)
        let range = operation.range(in: world)
        let size = range.size
        #expect(size & (size - 1) == 0 && size <= 32 << 12)
        #expect(range.start % size == 0, "naturally aligned")
        #expect(operation.nested(in: world) % size == 0, "naturally aligned")
        #expect(range.last < 1 << UInt64(world.ipaBits), "a block never leaves the space")
        ranges.append((range.start, range.last))
      }
      for a in ranges {
        for b in ranges where a.first <= b.first && b.first <= a.last {
          #expect(b.last <= a.last || (a.first == b.first && a.last <= b.last))
        }
      }
    }
  }

  @Test("Unmaps and queries cover any run of pages, in laminar worlds too")
  func unmapsAreFree() {
    let world = World(family: .map, blocks: .laminar)
    let unmap = Operation.unmap(Place(window: 0, page: 5), pages: 7, in: world)
    #expect(unmap.range(in: world) == IPARange(start: 0x5000, size: 0x7000))
  }

  @Test("Windows lie where arithmetic goes wrong")
  func windows() {
    let world = World(family: .map, ipaBits: 48)
    #expect(world.firstPage(ofWindow: 0) << 12 == 0)
    #expect(world.firstPage(ofWindow: 1) << 12 == 0x1_0000_0000_0000 - 0x4_0000)
    #expect(world.firstPage(ofWindow: 2) << 12 == 0x8000_0000_0000)
    #expect(world.firstPage(ofWindow: 3) == 1 << 32 - 32)
    #expect(World(family: .map, ipaBits: 40).firstPage(ofWindow: 3) == 1 << 26 - 32)
    let tree = World(family: .tree, windowShift: 3)
    #expect(tree.firstPage(ofWindow: 1) == UInt64.max - 7)
    #expect(tree.firstPage(ofWindow: 2) == 1 << 63)
  }

  @Test("Windows never overlap, and every place is found again")
  func places() {
    for family in World.Family.allCases where family != .words {
      for bits in World.ipaBitsChoices {
        for shift in World.windowShiftChoices {
          let world = World(family: family, ipaBits: bits, windowShift: shift)
          var seen: Set<UInt64> = []
          for window in 0..<4 as Range<UInt8> {
            for page in 0..<UInt8(world.windowPages) {
              let place = Place(window: window, page: page)
              let number = world.pageNumber(of: place)
              #expect(seen.insert(number).inserted)
              #expect(world.place(ofPage: number) == place)
            }
          }
          #expect(world.place(ofPage: world.windowPages) == nil)
        }
      }
    }
  }

  @Test("Ranges may spill out of the top window of a map, and so leave the IPA width")
  func spill() {
    let world = World(family: .map, ipaBits: 40)
    let unmap = Operation.unmap(Place(window: 1, page: 63), pages: 2, in: world)
    #expect(unmap.range(in: world) == IPARange(start: 0xff_ffff_f000, size: 0x2000))
    #expect(unmap.range(in: world).last >= 1 << 40)
  }

  @Test("Tree ranges run from one key to all keys, and downwards only on purpose")
  func treeRanges() {
    let world = World(family: .tree)
    let low = Place(window: 0, page: 0)
    let high = Place(window: 1, page: 63)
    let all = Operation.tree(.erase, from: high, to: low, in: world)
    #expect(all.treeRange(in: world) == (0, .max))
    #expect(all.flaw == .none)
    let down = Operation.tree(.erase, from: low, to: high, isReversed: true, in: world)
    #expect(down.treeRange(in: world) == (.max, 0))
    #expect(down.flaw == .reversed)
    let top = Operation.tree(.erase, Place(window: 1, page: 60), keys: 64, in: world)
    #expect(top.treeRange(in: world) == (.max - 3, .max))
    #expect(top.pages == 4, "the page count says what the range is")
    var random = SplitMix64(seed: 13)
    for _ in 0..<20_000 {
      let operation = Operation(bits: random.next()).normalised(in: world)
      guard operation.kind.takesRange else { continue }
      let range = operation.treeRange(in: world)
      #expect((range.last < range.first) == (operation.flaw == .reversed))
    }
  }

  @Test("Arguments of words reach every interesting class often")
  func words() {
    var random = SplitMix64(seed: 14)
    let world = World(family: .words)
    var valid = 0
    var above = 0
    var below = 0
    var zero = 0
    var small = 0
    var mailed = 0
    var tagged = 0
    for _ in 0..<20_000 {
      let operation = Operation(bits: random.next()).normalised(in: world)
      let argument = operation.wordArgument
      if operation.kind == .encode {
        if argument & ~WordLayout.nestedMask == 0 { valid += 1 }
        if argument >> 56 != 0 { above += 1 }
        if argument & 0xfff != 0 { below += 1 }
      } else {
        if argument == 0 { zero += 1 }
        if argument < 4096 { small += 1 }
        if WordLayout.mailed.content(of: argument) != nil { mailed += 1 }
        if WordLayout.tagged.content(of: argument) != nil { tagged += 1 }
      }
    }
    // Of about 10,000 each: the shares that the table of modes promises, with a margin.
    #expect(valid > 4500 && above > 2000 && below > 2000)
    #expect(zero > 100 && small > 1000 && mailed > 500 && tagged > 500)
  }

  @Test("An operation is eight bytes, and each field comes back as it was set")
  func fields() {
    #expect(MemoryLayout<Operation>.size == 8 && MemoryLayout<Operation>.stride == 8)
    var random = SplitMix64(seed: 15)
    for kind in Operation.Kind.allCases where kind.group != .words {
      var operation = Operation(bits: random.next())
      operation.kind = kind
      operation.place = Place(window: 3, page: 200)
      operation.secondPlace = Place(window: 1, page: 7)
      operation.pages = 256
      if kind.group == .tree {
        operation.treeWord = 0xabcdef
        operation.reach = .far
        operation.flaw = .none
        #expect(operation.reach == .far && operation.treeWord == 0xabcdef)
        operation.flaw = .reversed
        #expect(operation.flaw == .reversed && operation.reach == .reversed)
        operation.flaw = .none
        #expect(operation.flaw == .none && operation.reach == .near)
      } else {
        for flaw in Operation.Flaw.allCases where flaw != .reversed {
          operation.flaw = flaw
          #expect(operation.flaw == flaw)
        }
        for mmu in 0..<4 {
          operation.mmu = mmu
          #expect(operation.mmu == mmu)
        }
      }
      #expect(operation.kind == kind && operation.pages == 256)
      #expect(operation.place == Place(window: 3, page: 200))
      #expect(operation.secondPlace == Place(window: 1, page: 7))
    }
  }

  @Test("The literal arguments give the operation back, or say which of them does not fit")
  func inverse() throws {
    var random = SplitMix64(seed: 16)
    for _ in 0..<10_000 {
      let families: [World.Family] = [.map, .direct, .vm]
      let world = World.random(family: families[random.index(3)], using: &random)
      let operation = Operation(bits: random.next()).normalised(in: world)
      guard operation.kind.takesRange else { continue }
      var again = try Operation(
        operation.kind, range: operation.range(in: world),
        nested: operation.nested(in: world), in: world)
      again.mmu = operation.mmu
      #expect(again == operation)
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

  @Test("A world becomes normal once, and its unused settings go to their default")
  func worlds() {
    var wild = World(family: .words, ipaBits: 3, nodeSize: .tiny, windowShift: 99, windows: 0)
    #expect(wild.normalised() == World(family: .words))
    wild.family = .map
    #expect(
      wild.normalised()
        == World(family: .map, ipaBits: 40, nodeSize: .tiny, windowShift: 6, windows: 1))
    #expect(wild.normalised().isNormalised && !wild.isNormalised)
    wild.mmus = 9
    wild.hasDirectMap = true
    for family in [World.Family.map, .tree, .words, .direct] {
      wild.family = family
      #expect(wild.normalised().mmus == World.defaultMMUs)
      #expect(wild.normalised().hasDirectMap == (family == .direct))
    }
    wild.family = .vm
    #expect(wild.normalised().mmus == 4 && wild.normalised().hasDirectMap)
    wild.mmus = 0
    wild.hasDirectMap = false
    #expect(wild.normalised().mmus == 1 && !wild.normalised().hasDirectMap)
    wild.family = .direct
    #expect(!wild.isNormalised && wild.normalised().hasDirectMap)
    #expect(World(family: .direct).isNormalised)
    for hasDirectMap in [false, true] {
      let world = World(family: .vm, ipaBits: 40, layout: .tagged, hasDirectMap: hasDirectMap)
      #expect(
        world.mapConfiguration
          == MapConfiguration(nearestWidthTo: 40, layout: .tagged, hasDirectMap: hasDirectMap))
    }
    // Nothing traps, even in a world that is not normal.
    for bits in [0, 1, 200, 255] as [UInt8] {
      for family in World.Family.allCases {
        let world = World(
          family: family, ipaBits: bits, windowShift: bits, windows: bits, mmus: bits)
        let operation = Operation(bits: .max).normalised(in: world)
        _ = (operation.range(in: world), operation.treeRange(in: world))
        _ = operation.text(in: world)
      }
    }
  }
  @Test(
    "Byte 0 is the kind that it names, and else one of the family", arguments: World.Family.allCases
  )
  func kinds(family: World.Family) {
    let values = family.kinds.map { UInt64($0.rawValue) }
    #expect(values == values.sorted())
    for byte in 0...255 as ClosedRange<UInt64> {
      let expected: UInt64
      if values.contains(byte) {
        expected = byte
      } else if family.kinds[0].group == .map {
        expected = values[Int(byte) % values.count]
      } else {
        expected = values[Int(byte) & (values.count - 1)]
      }
      #expect(family.kind(ofByte: byte) == expected)
    }
    for kind in Operation.Kind.allCases {
      #expect(family.contains(kind) == values.contains(UInt64(kind.rawValue)))
    }
    let groups: [World.Family: Operation.Kind.Group] = [.tree: .tree, .words: .words]
    #expect(family.kinds.allSatisfy { $0.group == groups[family, default: .map] })
    #expect(family.drivesMaps == (groups[family] == nil))
  }

  @Test("What an operation of a vm names and carries, it uses; all else is 0")
  func vm() {
    var random = SplitMix64(seed: 17)
    var mmus: [Int: Int] = [:]
    var limits: [Int?: Int] = [:]
    for _ in 0..<60_000 {
      let world = World.random(family: .vm, using: &random)
      let operation = Operation(bits: random.next()).normalised(in: world)
      #expect(operation.mmu < Int(world.mmus))
      if world.mmus == 4, operation.kind.namesMMU { mmus[operation.mmu, default: 0] += 1 }
      switch operation.kind {
      case .record:
        // But for the flaw and the MMU, a record is what it is in a map.
        let map = Operation(bits: operation.bits).normalised(
          in: World(
            family: .map, ipaBits: world.ipaBits, blocks: world.blocks,
            windowShift: world.windowShift, windows: world.windows))
        #expect(map.bits == operation.bits & ~0x3000)
      case .unmap, .query, .invalidate:
        #expect(operation.secondPlace == Place(window: 0, page: 0))
        #expect(operation.flaw != .misalignedNested && operation.flaw != .nestedOutside)
        if operation.kind != .invalidate { #expect(operation.mmu == 0) }
      case .limitNodes:
        limits[operation.furtherNodes, default: 0] += 1
        #expect(operation.bits & ~0x0700_30ff == 0)
      default: #expect(operation.bits & ~0x30ff == 0)
      }
    }
    #expect(mmus.count == 4 && mmus.values.allSatisfy { $0 > 2000 })
    #expect(limits.count == 8 && limits.values.allSatisfy { $0 > 400 })
  }

  @Test("Map operations in a direct world are those of a map world, and invalidations are free")
  func direct() {
    var random = SplitMix64(seed: 18)
    for _ in 0..<20_000 {
      let direct = World.random(family: .direct, using: &random)
      var map = direct
      map.family = .map
      map = map.normalised()
      var operation = Operation(bits: random.next())
      operation.kind = World.Family.map.kinds[random.index(6)]
      #expect(operation.normalised(in: direct) == operation.normalised(in: map))
      operation.kind = .invalidate
      var unmap = operation
      unmap.kind = .unmap
      let range = operation.normalised(in: direct).range(in: direct)
      #expect(range == unmap.normalised(in: map).range(in: map))
    }
  }

  @Test("The limit of nodes comes back as it was set, the nearest that there is")
  func limit() {
    let world = World(family: .vm)
    for further in 0...6 {
      let operation = Operation.limitNodes(toFurther: further, mmu: 1, in: world)
      #expect(operation.furtherNodes == further && operation.mmu == 1)
      #expect(operation.isNormalised(in: world))
    }
    #expect(Operation.limitNodes(toFurther: nil, mmu: 0, in: world).furtherNodes == nil)
    #expect(Operation.limitNodes(toFurther: 7, mmu: 0, in: world).furtherNodes == 6)
    #expect(Operation.limitNodes(toFurther: .min, mmu: 0, in: world).furtherNodes == 0)
  }
}
