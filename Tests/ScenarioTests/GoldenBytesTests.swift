import ReverseMapping
import Testing

@testable import Scenario

/// A line of text, and its operation in both versions of the byte form. The bytes are written from
/// the tables at the top of `Operation.swift` and of `ScenarioBytes+Old.swift`.
struct GoldenRow {
  var line: String
  /// The bytes of version 4.
  var bytes: [UInt8]
  /// The bytes of version 3, if it has the operation.
  var old: [UInt8]?

  /// - Parameters:
  ///   - head: the first bytes of version 4. The others of the first word are 0.
  ///   - old: the first bytes of version 3. The others are 0.
  init(
    _ line: String, _ head: [UInt8], _ page: UInt64 = 0, _ second: UInt64 = 0, old: [UInt8]? = nil
  ) {
    self.line = line
    bytes = operationBytes(head, page, second)
    self.old = old.map { $0 + [UInt8](repeating: 0, count: 8 - $0.count) }
  }
}

/// Checks that `rows` after `header`, which has no version, are the text with the world line
/// `world`, in both directions for version 4 and by conversion for version 3.
func checkGolden(_ header: [UInt8], _ world: String, _ rows: [GoldenRow]) throws {
  func text(_ rows: [GoldenRow]) -> String {
    "revfuzz-scenario 4\nworld \(world)\n" + rows.map { $0.line + "\n" }.joined()
  }
  let bytes = [4] + header + rows.flatMap(\.bytes)
  #expect(Scenario(decoding: bytes).text == text(rows))
  #expect(try Scenario(checking: bytes).encoded() == bytes)
  #expect(try Scenario(text: text(rows)).encoded() == bytes)
  let both = rows.filter { $0.old != nil }
  if both.isEmpty { return }
  let old = [3] + header + both.flatMap { $0.old ?? [] }
  #expect(try Scenario(converting: old).text == text(both))
}

@Suite("Exact bytes of the byte form")
struct GoldenBytesTests {
  @Test("A map scenario has exactly the documented bytes")
  func map() throws {
    let rows: [GoldenRow] = [
      .init("record 0x1000 -> 0x2000 size 0x1000", [0], 1, 2, old: [0, 0x00, 1, 0, 2]),
      // Canonical in the middle window (2), nested in the top one (1), 3 pages.
      .init(
        "record 0x800000005000 -> 0xfffffffff000 size 0x3000", [0, 0, 2], 0x8_0000_0005,
        0xf_ffff_ffff, old: [0, 0x06, 5, 2, 63]),
      // In the fourth window, which starts 32 pages below 16 TiB; its last page.
      .init(
        "unmap 0x10000001f000 size 0x40000", [1, 0, 63], 0x1_0000_001f, old: [1, 0x03, 63, 63]),
      .init("query 0x0 size 0x1000", [2], old: [2]),
      .init("clear", [3], old: [3]),
      .init("begin-full-unmap", [4], old: [4]),
      .init("end-full-unmap", [5], old: [5]),
      // Flaws 1 to 7, in bits 2 to 7 of byte 1.
      .init("record 0x1800 -> 0x2000 size 0x1000", [0, 0x04], 1, 2, old: [0, 0, 1, 0, 2, 1]),
      .init("record 0x1000 -> 0x2800 size 0x1000", [0, 0x08], 1, 2, old: [0, 0, 1, 0, 2, 2]),
      .init("unmap 0x1000 size 0x2800", [1, 0x0c, 1], 1, old: [1, 0, 1, 1, 0, 3]),
      .init("query 0x1000 size 0x0", [2, 0x10], 1, old: [2, 0, 1, 0, 0, 4]),
      .init("unmap 0x3000 size 0xfffffffffffff000", [1, 0x14], 3, old: [1, 0, 3, 0, 0, 5]),
      .init("query 0x200000000001000 size 0x1000", [2, 0x18], 1, old: [2, 0, 1, 0, 0, 6]),
      .init(
        "record 0x0 -> 0x200000000001000 size 0x1000", [0, 0x1c], 0, 1, old: [0, 0, 0, 0, 1, 7]),
      // Two pages: 1 << 16. Nine ranges: 8 << 34, bit 5 of byte 4. A gap of one: 1 << 43, bit 3 of
      // byte 5.
      .init(
        "fill 0x1000 -> 0x2000 size 0x2000 count 9 step 0x3000", [24, 0, 1, 0, 0x20, 0x08], 1, 2),
    ]
    // map, 48 bits, tagged, production, pages, 64 pages, 4 windows and 2 MMUs
    try checkGolden(
      [0, 1, 1, 1, 1, 3, 0b0111],
      "map ipa-bits 48 layout tagged nodes production blocks pages window 64 windows 4", rows)
  }

  @Test("A tree scenario has exactly the documented bytes")
  func tree() throws {
    let rows: [GoldenRow] = [
      .init("store 0x0...0x5 word 0x1", [6, 0, 1], 0, 5, old: [6, 0, 0, 5, 0, 1]),
      .init(
        "erase 0xfffffffffffffffe...0xffffffffffffffff", [7], .max - 1, .max, old: [7, 0x01, 6, 1]),
      // Far: first window 0 page 0, last window 1 page 7.
      .init(
        "replace 0x0...0xffffffffffffffff word 0x30201", [8, 0, 1, 2, 3], 0, .max,
        old: [8, 0x84, 0, 0, 7, 1, 2, 3]),
      // Reversed: first in the middle window, last in the fourth.
      .init(
        "remove 0x8000000000000002...0xfffffffd", [9], 0x8000_0000_0000_0002, 0xffff_fffd,
        old: [9, 0xfe, 2, 0, 1]),
      .init("find 0x100000003", [10], 0x1_0000_0003, old: [10, 0x03, 7]),
      .init(
        "insert 0x1...0x2 word 0xffe", [11, 0, 0xfe, 0x0f], 1, 2,
        old: [11, 0, 1, 1, 0, 0xfe, 0x0f]),
      .init("list 0x3...0x3", [12], 3, 3, old: [12, 0, 3]),
      .init("clear", [13], old: [13]),
      .init("refuse every 2", [20, 0, 2, 1], old: [20, 0, 2, 1]),
      // Two keys, two ranges, a gap of one.
      .init("fill 0x0...0x1 word 0x30201 count 2 step 0x3", [25, 0, 1, 0, 4, 8], 0, 0x30201),
    ]
    // tree, defaults, tiny, defaults, 8 pages, 4 windows and 2 MMUs
    try checkGolden([1, 1, 0, 0, 1, 0, 0b0111], "tree nodes tiny window 8 windows 4", rows)
  }

  @Test("A direct scenario has exactly the documented bytes")
  func direct() throws {
    let rows: [GoldenRow] = [
      .init(
        "record 0x4000 -> 0xffffffffff0000 size 0x2000", [0, 0, 1], 4, 0xfff_ffff_fff0,
        old: [0, 0x04, 4, 1, 16]),
      // Not aligned, though the world is laminar; in the top window.
      .init(
        "invalidate 0xffffffffff1000 size 0x3000", [16, 0, 2], 0xfff_ffff_fff1,
        old: [16, 0x01, 17, 2]),
      .init("invalidate 0x1800 size 0x1000", [16, 0x04], 1, old: [16, 0, 1, 0, 0, 1]),
      .init("invalidate 0x1000 size 0x2800", [16, 0x0c, 1], 1, old: [16, 0, 1, 1, 0, 3]),
      .init("invalidate 0x1000 size 0x0", [16, 0x10], 1, old: [16, 0, 1, 0, 0, 4]),
      .init("invalidate 0x1000 size 0xfffffffffffff000", [16, 0x14], 1, old: [16, 0, 1, 0, 0, 5]),
      .init("invalidate 0x200000000001000 size 0x1000", [16, 0x18], 1, old: [16, 0, 1, 0, 0, 6]),
      .init("unmap 0x0 size 0x20000", [1, 0, 31], old: [1, 0, 0, 31]),
      .init("end-full-unmap", [5], old: [5]),
    ]
    // direct, 56 bits, mailed, tiny, laminar and direct map, 32 pages, 2 windows, 2 MMUs
    try checkGolden(
      [3, 3, 0, 0, 0b10, 2, 0b0101],
      "direct ipa-bits 56 layout mailed nodes tiny blocks laminar window 32 windows 2", rows)
  }

  @Test("A vm scenario has exactly the documented bytes")
  func vm() throws {
    let rows: [GoldenRow] = [
      .init(
        "record 0x1000 -> 0xfffffffff000 size 0x3000 mmu 2", [0, 2, 2], 1, 0xf_ffff_ffff,
        old: [0, 0x24, 1, 2, 63]),
      .init("unmap 0x0 size 0x4000", [1, 0, 3], old: [1, 0, 0, 3]),
      .init("query 0x0 size 0x0", [2, 0x10], old: [2, 0, 0, 0, 0, 4]),
      .init("clear mmu 1", [3, 1], old: [3, 0x10]),
      .init("begin-full-unmap mmu 0", [4], old: [4]),
      .init("end-full-unmap mmu 2", [5, 2], old: [5, 0x20]),
      .init(
        "invalidate 0x800000001000 size 0x2000 mmu 1", [16, 1, 1], 0x8_0000_0001,
        old: [16, 0x12, 1, 1]),
      // Flaw 1 and MMU 2.
      .init("invalidate 0x1800 size 0x1000 mmu 2", [16, 0x06], 1, old: [16, 0x20, 1, 0, 0, 1]),
      .init("create mmu 2", [17, 2], old: [17, 0x20]),
      .init("hand-over mmu 1", [18, 1], old: [18, 0x10]),
      .init("tear-down mmu 2", [19, 2], old: [19, 0x20]),
      .init("refuse none", [20], old: [20]),
      .init("refuse budget 0x140", [20, 0, 5, 5], old: [20, 0, 5, 5]),
      .init(
        "fill 0x0 -> 0x0 size 0x1000 count 64 step 0x1000 mmu 1", [24, 1, 0, 0, 0xfc, 0]),
    ]
    // vm, 48 bits, mailed, tiny, pages and direct map, 64 pages, 4 windows and 3 MMUs
    try checkGolden(
      [4, 1, 0, 0, 0b11, 3, 0b1011],
      "vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 direct on mmus 3",
      rows)
  }

  @Test("A scenario of a whole world has exactly the documented bytes")
  func whole() throws {
    let rows: [GoldenRow] = [
      // 1 GiB at 2^39 bytes: 2^18 pages at page 2^27.
      .init(
        "record 0x8000000000 -> 0x40000000 size 0x40000000", [0, 0, 0xff, 0xff, 3], 1 << 27, 1 << 18
      ),
      // The whole space: 2^36 pages.
      .init("unmap 0x0 size 0x1000000000000", [1, 0, 0xff, 0xff, 0xff, 0xff, 0xf]),
      .init("query 0xfffffffff000 size 0x2000", [2, 0, 1], 0xf_ffff_ffff),
      // 512 blocks of 1 GiB: 511 << 34 is bits 2 to 7 of byte 4 and bits 0 to 2 of byte 5.
      .init(
        "fill 0x0 -> 0x40000000 size 0x40000000 count 512 step 0x40000000",
        [24, 0, 0xff, 0xff, 0xff, 0x07], 0, 1 << 18),
      // The widest gap: 2^21 - 1 pages, bits 3 to 7 of byte 5 and bytes 6 and 7.
      .init(
        "fill 0x0 -> 0x40000000 size 0x1000 count 2 step 0x200000000",
        [24, 0, 0, 0, 0x04, 0xf8, 0xff, 0xff], 0, 1 << 18),
    ]
    // map, 48 bits, mailed, production, pages, 64 pages, no windows and 2 MMUs
    try checkGolden(
      [0, 1, 0, 1, 1, 3, 0b1_0100],
      "map ipa-bits 48 layout mailed nodes production blocks pages windows none", rows)
    let keys: [GoldenRow] = [
      .init("store 0x0...0xffffffffffffffff word 0x1", [6, 0, 1], 0, .max),
      .init(
        "list 0x123456789abcdef0...0x123456789abcdef0", [12], 0x1234_5678_9abc_def0,
        0x1234_5678_9abc_def0),
      .init("find 0xffffffffffffffff", [10], .max),
    ]
    try checkGolden([1, 1, 0, 1, 1, 3, 0b1_0100], "tree nodes production windows none", keys)
  }

  @Test("Bytes that no direct or vm operation encodes to decode as documented")
  func normal() throws {
    // The version, direct or vm, and the world.
    let direct: [UInt8] = [3, 1, 0, 0, 1, 3, 3]
    let vm: [UInt8] = [4, 1, 0, 0, 1, 3, 0b1011]
    let old: [(header: [UInt8], bytes: [UInt8], line: String)] = [
      // Byte 0 modulo 7 and 11, as an index into the kinds.
      (direct, [6, 0, 1, 0, 0, 0, 0, 0], "invalidate 0x1000 size 0x1000"),
      (direct, [17, 0, 1, 0, 0, 0, 0, 0], "clear"),
      (direct, [16, 0xfc, 1, 0, 9, 2, 9, 9], "invalidate 0x1000 size 0x1000"),
      (direct, [255, 0, 1, 0, 0, 0, 0, 0], "clear"),
      (vm, [6, 0, 1, 0, 0, 0, 0, 0], "invalidate 0x1000 size 0x1000 mmu 0"),
      (vm, [10, 0, 1, 9, 0, 0, 0, 0], "refuse request 10"),
      (vm, [11, 0, 1, 0, 2, 0, 0, 0], "record 0x1000 -> 0x2000 size 0x1000 mmu 0"),
      (vm, [21, 0, 1, 0, 0, 0, 0, 0], "refuse request 1"),
      // MMU 3 in a world of three.
      (vm, [19, 0xff, 1, 2, 3, 4, 5, 6], "tear-down mmu 0"),
      (vm, [1, 0xfc, 1, 0, 9, 0, 0, 0], "unmap 0x1000 size 0x1000"),
      // Count 0x3ff + 1; only a chance has a seed.
      (vm, [20, 0xff, 1, 0xff, 3, 4, 5, 6], "refuse request 1024"),
      // The wire values of fills selected by remainder: 24 = 3 * 7 + 3, 24 = 2 * 11 + 2, and
      // 25 = 2 * 11 + 3.
      (direct, [24, 0, 1, 0, 0, 0, 0, 0], "clear"),
      (vm, [24, 0, 1, 0, 0, 0, 0, 0], "query 0x1000 size 0x1000"),
      (vm, [25, 0x10, 1, 0, 0, 0, 0, 0], "clear mmu 1"),
    ]
    for row in old {
      let scenario = try Scenario(converting: [3] + row.header + row.bytes)
      #expect(scenario.operations.map { $0.text(in: scenario.world) } == [row.line])
    }
    let rows: [(header: [UInt8], bytes: [UInt8], line: String)] = [
      (direct, operationBytes([6], 1), "invalidate 0x1000 size 0x1000"),
      (direct, operationBytes([17], 1, 2), "clear"),
      // Flaw 63 is none, and an invalidation has neither flaw 2 nor a second page.
      (direct, operationBytes([16, 0xfc], 1, 9), "invalidate 0x1000 size 0x1000"),
      (direct, operationBytes([16, 0x08], 1, 9), "invalidate 0x1000 size 0x1000"),
      (direct, operationBytes([255], 1), "clear"),
      (vm, operationBytes([6], 1), "invalidate 0x1000 size 0x1000 mmu 0"),
      (vm, operationBytes([10, 0, 1, 9], 1), "refuse request 10"),
      (vm, operationBytes([11], 1, 2), "record 0x1000 -> 0x2000 size 0x1000 mmu 0"),
      (vm, operationBytes([21, 0, 1]), "refuse request 1"),
      (vm, operationBytes([19, 0xff, 1, 2, 3, 4, 5, 6], 7, 8), "tear-down mmu 0"),
      (vm, operationBytes([1, 0xff], 1, 9), "unmap 0x1000 size 0x1000"),
      (vm, operationBytes([20, 0xff, 1, 0xff, 3, 4, 5, 6], 7, 8), "refuse request 1024"),
      // Sizes are taken modulo a window of 64 pages: 65 pages are one.
      (vm, operationBytes([1, 0, 64, 1], 1), "unmap 0x1000 size 0x1000"),
      // From page 60 on, four ranges start in the window. A single range has no gap.
      (
        direct, operationBytes([24, 0xff, 0, 0, 0xfc, 0x07], 60, 1),
        "fill 0x3c000 -> 0x1000 size 0x1000 count 4 step 0x1000"
      ),
      (
        direct, operationBytes([24, 0, 0, 0, 0x04, 0x08], 1, 62),
        "fill 0x1000 -> 0x3e000 size 0x1000 count 1 step 0x1000"
      ),
    ]
    for row in rows {
      let scenario = Scenario(decoding: [4] + row.header + row.bytes)
      #expect(scenario.operations.map { $0.text(in: scenario.world) } == [row.line])
    }
  }
}
