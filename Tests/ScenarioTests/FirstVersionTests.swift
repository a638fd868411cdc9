import ReverseMapping
import Testing

@testable import Scenario

@Suite("Version 1 is read as it was")
struct FirstVersionTests {
  /// Bytes as the first version wrote and read them, normal or not, and what they meant then.
  static let golden: [(bytes: [UInt8], world: String, lines: [String])] = [
    (
      [1, 0, 1, 1, 1, 1, 3, 3] + [0, 0x06, 5, 2, 63, 0, 0, 0] + [5, 0, 0, 0, 0, 0, 0, 0]
        // Kinds that came with version 2: byte 0 modulo 6.
        + [16, 0, 1, 0, 0, 0, 0, 0] + [17, 0xff, 1, 0, 0, 0, 0, 0] + [20, 0x30, 1, 0, 0, 6, 0, 0],
      "map ipa-bits 48 layout tagged nodes production blocks pages window 64 windows 4",
      [
        "record 0x800000005000 -> 0xfffffffff000 size 0x3000", "end-full-unmap",
        "begin-full-unmap", "end-full-unmap", "query 0x200000000001000 size 0x1000",
      ]
    ),
    (
      // Family modulo 3, and bits of the header that mean something since version 2.
      [1, 3, 0, 0, 0, 0xfe, 1, 0xfd] + [0, 0x31, 5, 1, 2, 0, 0, 0],
      "map ipa-bits 40 layout mailed nodes tiny blocks laminar window 16 windows 2",
      ["record 0xffffff4000 -> 0x2000 size 0x2000"]
    ),
    (
      [1, 4, 1, 0, 0, 1, 0, 3] + [6, 0x00, 0, 5, 0, 1, 0, 0] + [8, 0x84, 0, 0, 7, 1, 2, 3]
        // No tree operation: the low three bits of byte 0.
        + [16, 0, 1, 0, 0, 9, 0, 0] + [20, 0, 3, 0, 0, 0, 0, 0] + [15, 0, 0, 0, 0, 0, 0, 0],
      "tree nodes tiny window 8 windows 4",
      [
        "store 0x0...0x5 word 0x1", "replace 0x0...0xffffffffffffffff word 0x30201",
        "store 0x1...0x1 word 0x9", "find 0x3", "clear",
      ]
    ),
    (
      [1, 5, 2, 1, 0, 0, 0, 0] + [14, 0, 2, 0, 0, 0, 0, 0xf0]
        // No word operation: the low bit of byte 0.
        + [16, 0, 1, 0, 0, 0, 0, 0] + [17, 0, 0xfe, 0x0f, 0, 0, 0, 0],
      "words layout tagged", ["encode 0x8000000000002000", "encode 0x1000", "decode 0xffe"]
    ),
  ]

  @Test("Bytes mean what they meant", arguments: golden.indices)
  func bytes(index: Int) throws {
    let golden = Self.golden[index]
    let expected = try Scenario(
      text: "revfuzz-scenario 1\nworld \(golden.world)\n"
        + golden.lines.joined(separator: "\n"))
    for scenario in [try Scenario(checking: golden.bytes), Scenario(decoding: golden.bytes)] {
      #expect(scenario == expected)
      let lines = ["revfuzz-scenario 3", "world \(golden.world)"] + golden.lines
      #expect(scenario.text == lines.map { $0 + "\n" }.joined())
      #expect(try Scenario(checking: scenario.encoded()) == scenario)
      #expect(scenario.encoded()[0] == 3)
      #expect(golden.bytes.withUnsafeBytes(Scenario.family(in:)) == scenario.world.family)
    }
  }

  @Test("In a vm that a target forces on it, its header has nothing to say of MMUs")
  func forced() {
    let header: [UInt8] = [1, 0, 0, 0, 0, 0xff, 0, 0xff]
    let world = Scenario(decoding: header, family: .vm).world
    #expect(world.mmus == World.defaultMMUs && !world.hasDirectMap)
    #expect(Scenario(decoding: header, family: .direct).world.hasDirectMap)
    for version in [2, 3] as [UInt8] {
      let later = Scenario(decoding: [version] + header.dropFirst(), family: .vm).world
      #expect(later.mmus == 4 && later.hasDirectMap)
    }
  }

  @Test("A version that nobody knows is read as version 3")
  func unknown() {
    for version in [0, 3, 4, 255] as [UInt8] {
      // A refusal of everything from now on, and a reclaim.
      let scenario = Scenario(
        decoding: [version, 5, 0, 0, 0, 0b10, 0, 0b1100] + [20, 0, 3, 0, 0, 0, 0, 0]
          + [23, 0, 0, 0, 0, 0, 0, 0])
      #expect(scenario.world.family == .memory)
      #expect(scenario.world.mmus == 4 && scenario.world.hasDirectMap)
      #expect(scenario.operations.map(\.refusalPlan)[0] == .from(1))
      #expect(scenario.operations.map(\.kind) == [.refuse, .reclaim])
    }
  }

  @Test(
    "Every scenario of the corpus is read strictly, and survives version 3",
    arguments: ["FuzzReverseMap", "FuzzRangeTree", "FuzzWords"])
  func corpus(target: String) throws {
    let files = try corpusFiles(of: target)
    #expect(!files.isEmpty)
    for (name, bytes) in files {
      let scenario = try Scenario(checking: bytes)
      let encoded = scenario.encoded()
      #expect(encoded[0] == 3)
      #expect(try Scenario(checking: encoded) == scenario, "\(name)")
      // The operations of its families are the same bytes in all versions, but for a tree's byte
      // 20.
      #expect(encoded.dropFirst(8) == bytes.dropFirst(8), "\(name)")
    }
  }
}
