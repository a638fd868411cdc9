import ReverseMapping
import Testing

@testable import Scenario

@Suite("Exact bytes of the byte form")
struct GoldenBytesTests {
  @Test("A map scenario has exactly the documented bytes")
  func map() throws {
    // version, map, 48 bits, tagged, production, pages, 64 pages, 4 windows and 2 MMUs
    let header: [UInt8] = [3, 0, 1, 1, 1, 1, 3, 0b0111]
    let golden: [(String, [UInt8])] = [
      ("record 0x1000 -> 0x2000 size 0x1000", [0, 0x00, 1, 0, 2, 0, 0, 0]),
      // Canonical in the middle window (2), nested in the top one (1), 3 pages.
      ("record 0x800000005000 -> 0xfffffffff000 size 0x3000", [0, 0x06, 5, 2, 63, 0, 0, 0]),
      // In the fourth window, which starts 32 pages below 16 TiB; its last page.
      ("unmap 0x10000001f000 size 0x40000", [1, 0x03, 63, 63, 0, 0, 0, 0]),
      ("query 0x0 size 0x1000", [2, 0, 0, 0, 0, 0, 0, 0]),
      ("clear", [3, 0, 0, 0, 0, 0, 0, 0]),
      ("begin-full-unmap", [4, 0, 0, 0, 0, 0, 0, 0]),
      ("end-full-unmap", [5, 0, 0, 0, 0, 0, 0, 0]),
      // Flaws 1 to 7.
      ("record 0x1800 -> 0x2000 size 0x1000", [0, 0, 1, 0, 2, 1, 0, 0]),
      ("record 0x1000 -> 0x2800 size 0x1000", [0, 0, 1, 0, 2, 2, 0, 0]),
      ("unmap 0x1000 size 0x2800", [1, 0, 1, 1, 0, 3, 0, 0]),
      ("query 0x1000 size 0x0", [2, 0, 1, 0, 0, 4, 0, 0]),
      ("unmap 0x3000 size 0xfffffffffffff000", [1, 0, 3, 0, 0, 5, 0, 0]),
      ("query 0x200000000001000 size 0x1000", [2, 0, 1, 0, 0, 6, 0, 0]),
      ("record 0x0 -> 0x200000000001000 size 0x1000", [0, 0, 0, 0, 1, 7, 0, 0]),
    ]
    let text =
      "revfuzz-scenario 3\nworld map ipa-bits 48 layout tagged nodes production blocks pages "
      + "window 64 windows 4\n" + golden.map { $0.0 + "\n" }.joined()
    let bytes = header + golden.flatMap { $0.1 }
    #expect(Scenario(decoding: bytes).text == text)
    #expect(try Scenario(text: text).encoded() == bytes)
  }

  @Test("A tree scenario has exactly the documented bytes")
  func tree() throws {
    // version, tree, defaults, tiny, defaults, 8 pages, 4 windows and 2 MMUs
    let header: [UInt8] = [3, 1, 1, 0, 0, 1, 0, 0b0111]
    let golden: [(String, [UInt8])] = [
      ("store 0x0...0x5 word 0x1", [6, 0, 0, 5, 0, 1, 0, 0]),
      ("erase 0xfffffffffffffffe...0xffffffffffffffff", [7, 0x01, 6, 1, 0, 0, 0, 0]),
      // Far: first window 0 page 0, last window 1 page 7.
      ("replace 0x0...0xffffffffffffffff word 0x30201", [8, 0x84, 0, 0, 7, 1, 2, 3]),
      // Reversed: first in the middle window, last in the fourth.
      ("remove 0x8000000000000002...0xfffffffd", [9, 0xfe, 2, 0, 1, 0, 0, 0]),
      ("find 0x100000003", [10, 0x03, 7, 0, 0, 0, 0, 0]),
      ("insert 0x1...0x2 word 0xffe", [11, 0, 1, 1, 0, 0xfe, 0x0f, 0]),
      ("list 0x3...0x3", [12, 0, 3, 0, 0, 0, 0, 0]),
      ("clear", [13, 0, 0, 0, 0, 0, 0, 0]),
      ("refuse every 2", [20, 0, 2, 1, 0, 0, 0, 0]),
    ]
    let text =
      "revfuzz-scenario 3\nworld tree nodes tiny window 8 windows 4\n"
      + golden.map { $0.0 + "\n" }.joined()
    let bytes = header + golden.flatMap { $0.1 }
    #expect(Scenario(decoding: bytes).text == text)
    #expect(try Scenario(text: text).encoded() == bytes)
  }

  @Test("A direct scenario has exactly the documented bytes")
  func direct() throws {
    // version, direct, 56 bits, mailed, tiny, laminar and direct map, 32 pages, 2 windows, 2 MMUs
    let header: [UInt8] = [3, 3, 3, 0, 0, 0b10, 2, 0b0101]
    let golden: [(String, [UInt8])] = [
      ("record 0x4000 -> 0xffffffffff0000 size 0x2000", [0, 0x04, 4, 1, 16, 0, 0, 0]),
      // Not aligned, though the world is laminar; in the top window.
      ("invalidate 0xffffffffff1000 size 0x3000", [16, 0x01, 17, 2, 0, 0, 0, 0]),
      ("invalidate 0x1800 size 0x1000", [16, 0, 1, 0, 0, 1, 0, 0]),
      ("invalidate 0x1000 size 0x2800", [16, 0, 1, 1, 0, 3, 0, 0]),
      ("invalidate 0x1000 size 0x0", [16, 0, 1, 0, 0, 4, 0, 0]),
      ("invalidate 0x1000 size 0xfffffffffffff000", [16, 0, 1, 0, 0, 5, 0, 0]),
      ("invalidate 0x200000000001000 size 0x1000", [16, 0, 1, 0, 0, 6, 0, 0]),
      ("unmap 0x0 size 0x20000", [1, 0, 0, 31, 0, 0, 0, 0]),
      ("end-full-unmap", [5, 0, 0, 0, 0, 0, 0, 0]),
    ]
    let text =
      "revfuzz-scenario 3\nworld direct ipa-bits 56 layout mailed nodes tiny blocks laminar "
      + "window 32 windows 2\n" + golden.map { $0.0 + "\n" }.joined()
    let bytes = header + golden.flatMap { $0.1 }
    #expect(Scenario(decoding: bytes).text == text)
    #expect(try Scenario(text: text).encoded() == bytes)
  }

  @Test("A vm scenario has exactly the documented bytes")
  func vm() throws {
    // version, vm, 48 bits, mailed, tiny, pages and direct map, 64 pages, 4 windows and 3 MMUs
    let header: [UInt8] = [3, 4, 1, 0, 0, 0b11, 3, 0b1011]
    let golden: [(String, [UInt8])] = [
      ("record 0x1000 -> 0xfffffffff000 size 0x3000 mmu 2", [0, 0x24, 1, 2, 63, 0, 0, 0]),
      ("unmap 0x0 size 0x4000", [1, 0, 0, 3, 0, 0, 0, 0]),
      ("query 0x0 size 0x0", [2, 0, 0, 0, 0, 4, 0, 0]),
      ("clear mmu 1", [3, 0x10, 0, 0, 0, 0, 0, 0]),
      ("begin-full-unmap mmu 0", [4, 0, 0, 0, 0, 0, 0, 0]),
      ("end-full-unmap mmu 2", [5, 0x20, 0, 0, 0, 0, 0, 0]),
      ("invalidate 0x800000001000 size 0x2000 mmu 1", [16, 0x12, 1, 1, 0, 0, 0, 0]),
      ("create mmu 2", [17, 0x20, 0, 0, 0, 0, 0, 0]),
      ("hand-over mmu 1", [18, 0x10, 0, 0, 0, 0, 0, 0]),
      ("tear-down mmu 2", [19, 0x20, 0, 0, 0, 0, 0, 0]),
      ("refuse none", [20, 0, 0, 0, 0, 0, 0, 0]),
      ("refuse budget 0x140", [20, 0, 5, 5, 0, 0, 0, 0]),
    ]
    let text =
      "revfuzz-scenario 3\nworld vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 "
      + "windows 4 direct on mmus 3\n" + golden.map { $0.0 + "\n" }.joined()
    let bytes = header + golden.flatMap { $0.1 }
    #expect(Scenario(decoding: bytes).text == text)
    #expect(try Scenario(text: text).encoded() == bytes)
  }

  @Test("Bytes that no direct or vm operation encodes to decode as documented")
  func normal() {
    let direct: [UInt8] = [3, 3, 1, 0, 0, 1, 3, 3]
    let vm: [UInt8] = [3, 4, 1, 0, 0, 1, 3, 0b1011]
    let rows: [(header: [UInt8], bytes: [UInt8], line: String)] = [
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
    ]
    for row in rows {
      let scenario = Scenario(decoding: row.header + row.bytes)
      #expect(scenario.operations.map { $0.text(in: scenario.world) } == [row.line])
    }
  }
}
