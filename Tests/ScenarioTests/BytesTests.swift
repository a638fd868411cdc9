import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("The byte form")
struct BytesTests {
  @Test("Any bytes decode to a normal scenario, which encodes and decodes to itself")
  func roundTrip() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<5000 {
      let bytes = randomBytes(upTo: 800, using: &random)
      let scenario = Scenario(decoding: bytes)
      check(scenario.isNormalised)
      check(scenario.operations.count == max(0, bytes.count - 8) / 24)
      let encoded = scenario.encoded()
      check(Scenario(decoding: encoded) == scenario)
      check(Scenario(decoding: encoded).encoded() == encoded)
    }
  }

  @Test("Generated scenarios encode and decode to themselves", arguments: World.Family.allCases)
  func generated(family: World.Family) throws {
    for scenario in scenarios(family, count: 1000, seed: 2) {
      try check(Scenario(checking: scenario.encoded()) == scenario)
    }
  }

  @Test(
    "Every corpus file decodes strictly to a normal scenario, and encodes to itself",
    arguments: [
      "FuzzReverseMap", "FuzzRangeTree", "FuzzDirectMap", "FuzzShadow", "FuzzAllocationFailure",
    ])
  func corpus(target: String) throws {
    let files = try corpusFiles(of: target)
    #expect(!files.isEmpty)
    for (name, bytes) in files {
      let scenario = try Scenario(checking: bytes)
      #expect(scenario.encoded() == bytes, "\(name)")
    }
  }

  @Test("Every prefix of an input decodes to a prefix of its operations")
  func prefixes() {
    var random = SplitMix64(seed: 3)
    let bytes = Scenario.random(family: .map, operations: 9, using: &random).encoded()
    let whole = Scenario(decoding: bytes)
    for length in 0...bytes.count {
      let part = Scenario(decoding: bytes.prefix(length))
      if length >= 8 { #expect(part.world == whole.world) }
      #expect(part.operations == Array(whole.operations.prefix(max(0, length - 8) / 24)))
    }
  }

  @Test("The empty input decodes like a header of zeros")
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
    #expect(scenario.encoded().count == Limits.bytes && Limits.bytes == 6152)
  }

  @Test("A forced family overrides the header", arguments: World.Family.allCases)
  func forced(family: World.Family) {
    var random = SplitMix64(seed: 4)
    for _ in 0..<500 {
      let bytes = randomBytes(upTo: 200, using: &random)
      let scenario = Scenario(decoding: bytes, family: family)
      check(scenario.world.family == family)
      check(scenario.operations.allSatisfy { family.contains($0.kind) })
      check(scenario.isNormalised)
    }
  }

  @Test("Decoding into an existing scenario replaces all of it")
  func reuse() {
    var random = SplitMix64(seed: 5)
    var reused = Scenario(world: World(family: .tree))
    for _ in 0..<500 {
      let bytes = randomBytes(upTo: 300, using: &random)
      bytes.withUnsafeBytes { reused.decode($0) }
      check(reused == Scenario(decoding: bytes))
    }
  }

  @Test("Encoding into a short buffer writes only whole operations")
  func shortBuffer() {
    var random = SplitMix64(seed: 6)
    let scenario = Scenario.random(family: .map, operations: 5, using: &random)
    let full = scenario.encoded()
    #expect(full.count == 8 + 5 * 24)
    for room in 0...140 {
      var bytes = [UInt8](repeating: 0xee, count: room)
      let count = bytes.withUnsafeMutableBytes { scenario.encode(into: $0) }
      #expect(count == (room < 8 ? 0 : 8 + min(5, (room - 8) / 24) * 24))
      #expect(Array(bytes.prefix(count)) == Array(full.prefix(count)))
      #expect(bytes.dropFirst(count).allSatisfy { $0 == 0xee })
    }
  }

  @Test("The strict decoder rejects input that the fuzzer tolerates, with a one-line error")
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
    let header: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0]
    #expect(error(header) == nil)
    #expect(error([]) == .tooShort(bytes: 0))
    #expect(error(Array(header.prefix(7))) == .tooShort(bytes: 7))
    for version in [0, 1, 2, 3, 5, 255] as [UInt8] {
      #expect(error([version] + header.dropFirst()) == .unknownVersion(version))
    }
    #expect(
      ScenarioFileError.unknownVersion(2).description
        == "not a scenario that this program reads: its first byte, the version, is 2 and not 4")
    #expect(
      ScenarioFileError.unknownVersion(3).description.hasSuffix(
        "is 3 and not 4; 'revfuzz corpus convert' converts it"))
    #expect(error(header + [0]) == .partialOperation(bytes: 9))
    for bytes in [8, 16, 23] {
      let part = [UInt8](repeating: 0, count: bytes)
      #expect(error(header + part) == .partialOperation(bytes: 8 + bytes))
    }
    let most = [UInt8](repeating: 0, count: Limits.operations * 24)
    #expect(error(header + most) == nil)
    #expect(error(header + most + operationBytes([0])) == .tooManyOperations(Limits.operations + 1))
  }
}
