import ReverseMapping
import Testing

@testable import Scenario

@Suite("The byte form")
struct BytesTests {
  @Test("Any bytes decode to a normal scenario, which encodes and decodes to itself")
  func roundTrip() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<5000 {
      let bytes = randomBytes(upTo: 400, using: &random)
      let scenario = Scenario(decoding: bytes)
      #expect(scenario.isNormalised)
      #expect(scenario.operations.count == max(0, bytes.count - 8) / 8)
      let encoded = scenario.encoded()
      #expect(Scenario(decoding: encoded) == scenario)
      #expect(Scenario(decoding: encoded).encoded() == encoded)
    }
  }

  @Test("Generated scenarios survive the byte form", arguments: World.Family.allCases)
  func generated(family: World.Family) throws {
    for scenario in scenarios(family, count: 1000, seed: 2) {
      #expect(try Scenario(checking: scenario.encoded()) == scenario)
    }
  }

  @Test("Every prefix of an input decodes, to a prefix of its operations")
  func prefixes() {
    var random = SplitMix64(seed: 3)
    let bytes = Scenario.random(family: .map, operations: 9, using: &random).encoded()
    let whole = Scenario(decoding: bytes)
    for length in 0...bytes.count {
      let part = Scenario(decoding: bytes.prefix(length))
      if length >= 8 { #expect(part.world == whole.world) }
      #expect(part.operations == Array(whole.operations.prefix(max(0, length - 8) / 8)))
    }
  }

  @Test("The empty input is the world of a header of zeros")
  func empty() {
    let scenario = Scenario(decoding: [])
    #expect(
      scenario.world
        == World(
          family: .map, ipaBits: 40, layout: .mailed, nodeSize: .tiny, blocks: .laminar,
          windowShift: 3, windows: 1))
    #expect(scenario.operations.isEmpty)
    #expect(Scenario(decoding: [UInt8](repeating: 0, count: 8)) == scenario)
  }

  @Test("Operations beyond the limit are dropped")
  func huge() {
    let scenario = Scenario(decoding: [UInt8](repeating: 0xa5, count: 100_000))
    #expect(scenario.operations.count == Limits.operations)
    #expect(scenario.encoded().count == Limits.bytes)
  }

  @Test("A forced family overrides the header", arguments: World.Family.allCases)
  func forced(family: World.Family) {
    var random = SplitMix64(seed: 4)
    for _ in 0..<500 {
      let bytes = randomBytes(upTo: 200, using: &random)
      let scenario = Scenario(decoding: bytes, family: family)
      #expect(scenario.world.family == family)
      #expect(scenario.operations.allSatisfy { $0.kind.family == family })
      #expect(scenario.isNormalised)
    }
  }

  @Test("Decoding into a scenario replaces all of it")
  func reuse() {
    var random = SplitMix64(seed: 5)
    var reused = Scenario(world: World(family: .tree))
    for _ in 0..<500 {
      let bytes = randomBytes(upTo: 300, using: &random)
      bytes.withUnsafeBytes { reused.decode($0) }
      #expect(reused == Scenario(decoding: bytes))
    }
  }

  @Test("Encoding into a short buffer leaves out whole operations")
  func shortBuffer() {
    var random = SplitMix64(seed: 6)
    let scenario = Scenario.random(family: .map, operations: 5, using: &random)
    let full = scenario.encoded()
    #expect(full.count == 48)
    for room in 0...60 {
      var bytes = [UInt8](repeating: 0xee, count: room)
      let count = bytes.withUnsafeMutableBytes { scenario.encode(into: $0) }
      #expect(count == (room < 8 ? 0 : min(48, room / 8 * 8)))
      #expect(Array(bytes.prefix(count)) == Array(full.prefix(count)))
      #expect(bytes.dropFirst(count).allSatisfy { $0 == 0xee })
    }
  }

  @Test("The strict decoder refuses what the fuzzer forgives, and says why in one line")
  func strict() {
    func error(_ bytes: [UInt8]) -> ScenarioFileError? {
      do throws(ScenarioFileError) {
        _ = try Scenario(checking: bytes)
        return nil
      } catch {
        #expect(!error.description.isEmpty && !error.description.contains("\n"))
        return error
      }
    }
    let header: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
    #expect(error(header) == nil)
    #expect(error([]) == .tooShort(bytes: 0))
    #expect(error(Array(header.prefix(7))) == .tooShort(bytes: 7))
    #expect(error([2] + header.dropFirst()) == .unknownVersion(2))
    #expect(error(header + [0]) == .partialOperation(bytes: 9))
    let most = [UInt8](repeating: 0, count: Limits.operations * 8)
    #expect(error(header + most) == nil)
    #expect(error(header + most + header) == .tooManyOperations(Limits.operations + 1))
  }
}

@Suite("The byte form, to the byte")
struct GoldenBytesTests {
  @Test("A map scenario has the bytes that the format says")
  func map() throws {
    // version, map, 48 bits, tagged, production, pages, 64 pages, 4 windows
    let header: [UInt8] = [1, 0, 1, 1, 1, 1, 3, 3]
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
      "revfuzz-scenario 1\nworld map ipa-bits 48 layout tagged nodes production blocks pages "
      + "window 64 windows 4\n" + golden.map { $0.0 + "\n" }.joined()
    let bytes = header + golden.flatMap { $0.1 }
    #expect(Scenario(decoding: bytes).text == text)
    #expect(try Scenario(text: text).encoded() == bytes)
  }

  @Test("A tree scenario has the bytes that the format says")
  func tree() throws {
    // version, tree, defaults, tiny, defaults, 8 pages, 4 windows
    let header: [UInt8] = [1, 1, 1, 0, 0, 1, 0, 3]
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
    ]
    let text =
      "revfuzz-scenario 1\nworld tree nodes tiny window 8 windows 4\n"
      + golden.map { $0.0 + "\n" }.joined()
    let bytes = header + golden.flatMap { $0.1 }
    #expect(Scenario(decoding: bytes).text == text)
    #expect(try Scenario(text: text).encoded() == bytes)
  }

  @Test("A words scenario has the bytes that the format says")
  func words() throws {
    let header: [UInt8] = [1, 2, 1, 1, 1, 1, 3, 3]
    let golden: [(String, [UInt8])] = [
      ("encode 0x0", [14, 0, 0, 0, 0, 0, 0, 0]),
      ("encode 0xff000000001000", [14, 0, 1, 0, 0, 0, 0xf0, 0x0f]),
      ("encode 0x8000000000002000", [14, 0, 2, 0, 0, 0, 0, 0xf0]),
      ("decode 0xffe", [15, 0, 0xfe, 0x0f, 0, 0, 0, 0]),
      ("decode 0x8000000000001000", [15, 0, 1, 0, 0, 0, 0, 0x40]),
      ("decode 0x8000000000004001", [15, 0, 4, 0, 0, 0, 0, 0x50]),
      ("decode 0x81ffffffffffe001", [15, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbf]),
      ("decode 0x8000000000002003", [15, 0, 1, 0, 0, 0, 0, 0xd0]),
    ]
    let text =
      "revfuzz-scenario 1\nworld words layout tagged\n" + golden.map { $0.0 + "\n" }.joined()
    let bytes = header + golden.flatMap { $0.1 }
    #expect(Scenario(decoding: bytes).text == text)
    #expect(try Scenario(text: text).encoded() == bytes)
  }
}
