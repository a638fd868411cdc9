import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Operations on memory")
struct MemoryOperationTests {
  @Test("A memory scenario has exactly the documented bytes")
  func golden() throws {
    let rows: [GoldenRow] = [
      .init(
        "record 0x1000 -> 0xfffffffff000 size 0x3000 mmu 2", [0, 2, 2], 1, 0xf_ffff_ffff,
        old: [0, 0x24, 1, 2, 63]),
      .init("unmap 0x0 size 0x4000", [1, 0, 3], old: [1, 0, 0, 3]),
      .init("clear mmu 1", [3, 1], old: [3, 0x10]),
      .init("invalidate 0x1800 size 0x1000 mmu 1", [16, 0x05], 1, old: [16, 0x10, 1, 0, 0, 1]),
      .init("tear-down mmu 2", [19, 2], old: [19, 0x20]),
      .init("refuse none", [20], old: [20]),
      .init("refuse request 1", [20, 0, 1], old: [20, 0, 1]),
      .init("refuse every 3", [20, 0, 2, 2], old: [20, 0, 2, 2]),
      .init("refuse from 257", [20, 0, 3, 0, 1], old: [20, 0, 3, 0, 1]),
      .init("refuse next 65536", [20, 0, 4, 0xff, 0xff], old: [20, 0, 4, 0xff, 0xff]),
      .init("refuse budget 0x0", [20, 0, 5], old: [20, 0, 5]),
      .init("refuse budget 0x140", [20, 0, 5, 5], old: [20, 0, 5, 5]),
      .init("refuse budget 0x3fffc0", [20, 0, 5, 0xff, 0xff], old: [20, 0, 5, 0xff, 0xff]),
      .init(
        "refuse chance 12/65536 seed 7", [20, 0, 6, 11, 0, 0, 7], old: [20, 0, 6, 11, 0, 0, 7]),
      .init(
        "refuse chance 65536/65536 seed 255", [20, 0, 6, 0xff, 0xff, 0, 0xff],
        old: [20, 0, 6, 0xff, 0xff, 0, 0xff]),
      .init("enter may-sleep", [21], old: [21]),
      .init("enter atomic", [21, 0, 1], old: [21, 0, 1]),
      .init("top-up mmu 0", [22], old: [22]),
      .init("top-up mmu 2", [22, 2], old: [22, 0x20]),
      .init("reclaim", [23], old: [23]),
    ]
    // memory, 48 bits, mailed, tiny, pages and direct map, 64 pages, 4 windows and 3 MMUs
    try checkGolden(
      [5, 1, 0, 0, 0b11, 3, 0b1011],
      "memory ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 direct on "
        + "mmus 3", rows)
  }

  @Test("Bytes that no memory or tree operation encodes to decode as documented")
  func normal() throws {
    // Memory or tree, and the world; the version comes first.
    let memory: [UInt8] = [5, 1, 0, 0, 0b11, 3, 0b1011]
    let tree: [UInt8] = [1, 1, 0, 0, 1, 0, 0b0111]
    let old: [(header: [UInt8], bytes: [UInt8], line: String)] = [
      // Byte 0 modulo 14, as an index into the kinds.
      (memory, [6, 0, 1, 0, 0, 0, 0, 0], "invalidate 0x1000 size 0x1000 mmu 0"),
      (memory, [10, 0, 1, 0, 0, 0, 0, 0], "refuse request 1"),
      (memory, [13, 0xff, 1, 2, 3, 4, 5, 6], "reclaim"),
      (memory, [14, 0, 1, 0, 2, 0, 0, 0], "record 0x1000 -> 0x2000 size 0x1000 mmu 0"),
      (memory, [25, 0, 0xff, 0, 0, 0, 0, 0], "enter atomic"),
      (memory, [24, 0, 0, 0, 0, 0, 0, 0], "refuse none"),
      // 255 = 18 * 14 + 3.
      (memory, [255, 0, 0, 0, 0, 0, 0, 0], "clear mmu 0"),
      // Plans modulo 7: 249 = 35 * 7 + 4, 252 = 36 * 7.
      (memory, [20, 0xff, 249, 7, 0, 6, 9, 9], "refuse next 8"),
      (memory, [20, 0xff, 252, 7, 1, 6, 9, 9], "refuse none"),
      (memory, [20, 0xff, 13, 7, 1, 6, 9, 9], "refuse chance 264/65536 seed 9"),
      (memory, [21, 0xff, 0xfe, 7, 1, 6, 9, 9], "enter may-sleep"),
      // MMU 3 in a world of three, and MMU 1.
      (memory, [22, 0xff, 1, 7, 1, 6, 9, 9], "top-up mmu 0"),
      (memory, [22, 0xdf, 1, 7, 1, 6, 9, 9], "top-up mmu 1"),
      // In a tree world 20 is refuse, and other bytes count by their low three bits.
      (tree, [20, 0xff, 5, 2, 0, 6, 9, 9], "refuse budget 0x80"),
      (tree, [28, 0, 3, 1, 0, 0, 0, 0], "find 0x3"),
      (tree, [21, 0, 3, 0, 0, 1, 0, 0], "insert 0x3...0x3 word 0x1"),
      (tree, [22, 0, 3, 0, 0, 1, 0, 0], "list 0x3...0x3"),
      (tree, [23, 0, 3, 0, 0, 1, 0, 0], "clear"),
      (tree, [24, 0, 3, 0, 0, 1, 0, 0], "store 0x3...0x3 word 0x1"),
      (tree, [25, 0, 3, 0, 0, 1, 0, 0], "erase 0x3...0x3"),
    ]
    for row in old {
      let scenario = try Scenario(converting: [3] + row.header + row.bytes)
      #expect(scenario.operations.map { $0.text(in: scenario.world) } == [row.line])
    }
    let rows: [(header: [UInt8], bytes: [UInt8], line: String)] = [
      (memory, operationBytes([6], 1), "invalidate 0x1000 size 0x1000 mmu 0"),
      (memory, operationBytes([10, 0, 1], 7, 8), "refuse request 1"),
      (memory, operationBytes([13, 0xff, 1, 2, 3, 4, 5, 6], 7, 8), "reclaim"),
      (memory, operationBytes([14], 1, 2), "record 0x1000 -> 0x2000 size 0x1000 mmu 0"),
      // 25 = 14 + 11 and 38 = 2 * 14 + 10. 24 is a fill.
      (memory, operationBytes([25, 0, 0xff]), "enter atomic"),
      (memory, operationBytes([38]), "refuse none"),
      (
        memory, operationBytes([24], 1, 2),
        "fill 0x1000 -> 0x2000 size 0x1000 count 1 step 0x1000 mmu 0"
      ),
      (memory, operationBytes([255]), "clear mmu 0"),
      (memory, operationBytes([20, 0xff, 249, 7, 0, 6, 9, 9]), "refuse next 8"),
      (memory, operationBytes([20, 0xff, 252, 7, 1, 6, 9, 9]), "refuse none"),
      (memory, operationBytes([20, 0xff, 13, 7, 1, 6, 9, 9]), "refuse chance 264/65536 seed 9"),
      (memory, operationBytes([21, 0xff, 0xfe, 7, 1, 6, 9, 9]), "enter may-sleep"),
      (memory, operationBytes([22, 0xff, 1, 7, 1, 6, 9, 9]), "top-up mmu 0"),
      (memory, operationBytes([22, 0xfd, 1, 7, 1, 6, 9, 9]), "top-up mmu 1"),
      (tree, operationBytes([20, 0xff, 5, 2, 0, 6, 9, 9]), "refuse budget 0x80"),
      (tree, operationBytes([28], 3, 4), "find 0x3"),
      (tree, operationBytes([21, 0, 1], 3, 3), "insert 0x3...0x3 word 0x1"),
      (tree, operationBytes([22, 0, 1], 3, 3), "list 0x3...0x3"),
      (tree, operationBytes([23, 0, 1], 3, 3), "clear"),
      (
        tree, operationBytes([25, 0xff], 3, 0xff00_0001),
        "fill 0x3...0x3 word 0x1 count 1 step 0x1"
      ),
    ]
    for row in rows {
      let scenario = Scenario(decoding: [4] + row.header + row.bytes)
      #expect(scenario.operations.map { $0.text(in: scenario.world) } == [row.line])
    }
  }

  @Test("Setting a fault plan stores the nearest possible one")
  func plans() {
    let rows: [(set: FaultPlan, get: FaultPlan)] = [
      (.none, .none), (.request(1), .request(1)), (.every(65536), .every(65536)),
      (.from(0), .from(1)), (.next(.min), .next(1)), (.request(.max), .request(65536)),
      (.budget(bytes: 0), .budget(bytes: 0)), (.budget(bytes: .min), .budget(bytes: 0)),
      (.budget(bytes: 31), .budget(bytes: 0)), (.budget(bytes: 33), .budget(bytes: 64)),
      (.budget(bytes: 64), .budget(bytes: 64)), (.budget(bytes: .max), .budget(bytes: 4_194_240)),
      (.chance(parts: 3 << 16, seed: 255), .chance(parts: 3 << 16, seed: 255)),
      (.chance(parts: 0, seed: 256), .chance(parts: 1 << 16, seed: 0)),
      (.chance(parts: 3 << 15 - 1, seed: 1), .chance(parts: 1 << 16, seed: 1)),
      (.chance(parts: 3 << 15 + 1, seed: 1), .chance(parts: 2 << 16, seed: 1)),
      (.chance(parts: .max, seed: 0x1ff), .chance(parts: .max, seed: 255)),
    ]
    for family in [World.Family.vm, .memory, .tree] {
      let world = World(family: family)
      for row in rows {
        let operation = Operation.refuse(row.set, in: world)
        #expect(operation.kind == .refuse && operation.isNormalised(in: world))
        #expect(operation.faultPlan == row.get)
        // Setting overwrites any earlier plan.
        var other = Operation.refuse(.chance(parts: 77 << 16, seed: 77), in: world)
        other.faultPlan = row.set
        #expect(other == operation)
        #expect(operation.flaw == .none && operation.mmu == 0)
      }
    }
  }

  @Test("Fault plans of random bits survive a round trip, and a refuse never has a flaw")
  func anyPlan() {
    var random = SplitMix64(seed: 72)
    let world = World(family: .memory)
    var forms: [Operation.FaultPlanKind: Int] = [:]
    for _ in 0..<20_000 {
      var operation = Operation.anyBits(in: world, using: &random)
      operation.kind = .refuse
      operation = operation.normalised(in: world)
      forms[operation.faultPlanKind, default: 0] += 1
      check(Operation.refuse(operation.faultPlan, in: world) == operation)
      var flawed = operation
      flawed.flaw = .empty
      check(flawed == operation && operation.flaw == .none)
    }
    #expect(forms.count == 7 && forms.values.allSatisfy { $0 > 2000 })
  }

  @Test("enter, top-up and reclaim keep their arguments")
  func others() {
    let world = World(family: .memory, mmus: 4)
    for context in Context.allCases {
      let enter = Operation.enter(context, in: world)
      #expect(enter.kind == .enter && enter.context == context && enter.isNormalised(in: world))
      #expect(!Operation.Kind.enter.namesMMU && !Operation.Kind.enter.takesRange)
    }
    for mmu in 0..<4 {
      let topUp = Operation(.topUp, mmu: mmu)
      #expect(topUp.mmu == mmu && topUp.isNormalised(in: world))
    }
    #expect(Operation.Kind.topUp.namesMMU && !Operation.Kind.topUp.takesRange)
    #expect(Operation(.reclaim).isNormalised(in: world))
    #expect(!Operation.Kind.reclaim.namesMMU && !Operation.Kind.refuse.namesMMU)
    #expect(Context.allCases.map(\.word) == ["may-sleep", "atomic"])
  }
}
