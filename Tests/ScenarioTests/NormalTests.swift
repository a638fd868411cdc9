import ReverseMapping
import TestSupport
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
      check(operation.normalised(in: world) == operation)
      check(family.contains(operation.kind))
      check(operation.window < world.windows && operation.secondWindow < world.windows)
      if operation.kind.group != .memory {
        check(UInt64(operation.page) < world.windowPages)
        check((1...world.windowPages).contains(operation.pages))
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
        let operation = Operation(bits: random.next()).normalised(in: world)
        kinds[operation.kind, default: 0] += 1
        flaws[operation.flaw, default: 0] += 1
      }
      let all = family.kinds
      #expect(Set(kinds.keys) == Set(all))
      // In tree worlds 1 byte in 256 gives a refuse. The other kinds are equally likely.
      let rare = family == .tree ? kinds.removeValue(forKey: .refuse) : nil
      #expect(family != .tree || rare! > count / 256 * 7 / 10)
      #expect(kinds.values.allSatisfy { $0 > count / all.count * 9 / 10 })
      let flawed = count - flaws[.none, default: 0]
      #expect(flawed < count / 8)
      switch family {
      case .map, .direct, .vm, .memory: #expect(flaws.count == 8 && flaws[.reversed] == nil)
      case .tree: #expect(flaws.count == 2 && flaws[.reversed] != nil)
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
        check(size & (size - 1) == 0 && size <= 32 << 12)
        check(range.start % size == 0, "naturally aligned")
        check(operation.nested(in: world) % size == 0, "naturally aligned")
        check(range.last < 1 << UInt64(world.ipaBits), "a block never leaves the space")
        ranges.append((range.start, range.last))
      }
      for a in ranges {
        for b in ranges where a.first <= b.first && b.first <= a.last {
          check(b.last <= a.last || (a.first == b.first && a.last <= b.last))
        }
      }
    }
  }

  @Test("Unmaps and queries cover any run of pages, in laminar worlds too")
  func unmapsOfAnySize() {
    let world = World(family: .map, blocks: .laminar)
    let unmap = Operation.unmap(Place(window: 0, page: 5), pages: 7, in: world)
    #expect(unmap.range(in: world) == IPARange(start: 0x5000, size: 0x7000))
  }

  @Test("Ranges may extend past the top window of a map, and so leave the IPA width")
  func spill() {
    let world = World(family: .map, ipaBits: 40)
    let unmap = Operation.unmap(Place(window: 1, page: 63), pages: 2, in: world)
    #expect(unmap.range(in: world) == IPARange(start: 0xff_ffff_f000, size: 0x2000))
    #expect(unmap.range(in: world).last >= 1 << 40)
  }

  @Test("Tree ranges have one key to all keys, and descend only with the flaw reversed")
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
    #expect(top.pages == 4, "the page count matches the range")
    var random = SplitMix64(seed: 13)
    for _ in 0..<20_000 {
      let operation = Operation(bits: random.next()).normalised(in: world)
      guard operation.kind.takesRange else { continue }
      let range = operation.treeRange(in: world)
      check((range.last < range.first) == (operation.flaw == .reversed))
    }
  }

  @Test("An operation is eight bytes, and each field reads back as it was set")
  func fields() {
    #expect(MemoryLayout<Operation>.size == 8 && MemoryLayout<Operation>.stride == 8)
    var random = SplitMix64(seed: 15)
    for kind in Operation.Kind.allCases where kind.group == .map || kind.group == .tree {
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

  @Test("Literal arguments give the operation back, or the error names the one that does not fit")
  func inverse() throws {
    var random = SplitMix64(seed: 16)
    for _ in 0..<10_000 {
      let families: [World.Family] = [.map, .direct, .vm, .memory]
      let world = World.random(family: families[random.index(4)], using: &random)
      let operation = Operation(bits: random.next()).normalised(in: world)
      guard operation.kind.takesRange else { continue }
      var again = try Operation(
        operation.kind, range: operation.range(in: world),
        nested: operation.nested(in: world), in: world)
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
    for byte in 0...255 as ClosedRange<UInt64> {
      let expected: UInt64
      if values.contains(byte) {
        expected = byte
      } else if family.kinds[0].group == .map {
        expected = values[Int(byte) % values.count]
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
