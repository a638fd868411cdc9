import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("The text form")
struct TextTests {
  @Test("Writing and parsing are exact inverses", arguments: World.Family.allCases)
  func roundTrip(family: World.Family) throws {
    var flaws: Set<Operation.Flaw> = []
    for scenario in scenarios(family, count: 4000, seed: 20) {
      let text = scenario.text
      let parsed = try Scenario(text: text)
      check(parsed == scenario)
      check(parsed.text == text)
      for operation in scenario.operations { flaws.insert(operation.flaw) }
    }
    let count = family.drivesMaps ? 8 : family == .tree ? 2 : 1
    #expect(flaws.count == count, "every flaw occurred")
  }

  @Test("Different normal operations have different text")
  func injective() {
    var random = SplitMix64(seed: 21)
    for (family, isWhole) in World.Family.allCases.flatMap({ [($0, false), ($0, true)] }) {
      var world = World.random(family: family, using: &random)
      world.windows = isWhole ? 0 : 2
      world = world.normalised()
      var texts: [String: Operation] = [:]
      for _ in 0..<20_000 {
        let operation = Operation.anyBits(in: world, using: &random).normalised(in: world)
        let text = operation.text(in: world)
        check(texts[text] == nil || texts[text] == operation)
        texts[text] = operation
      }
    }
  }

  @Test("Comments, blank lines, CRLF, tabs, decimals and any order of settings are accepted")
  func tolerance() throws {
    let start =
      "# why\r\n\r\nrevfuzz-scenario 3 # version\r\n\tworld map windows 2   ipa-bits 40\r\n"
    let scenario = try Scenario(text: start + "  record 4096 -> 0x2000 size 0x1000#yes\r\n\n")
    #expect(scenario.world == World(family: .map, ipaBits: 40, windows: 2))
    #expect(
      scenario.operations == [
        .record(1, nested: 2, in: scenario.world)
      ])
  }

  @Test("The text shows the literal arguments that the subject receives")
  func literal() {
    let world = World(family: .map, ipaBits: 48)
    let low: UInt64 = 1
    let top: UInt64 = 0xf_ffff_ffff
    let text = { (operation: Operation) in operation.text(in: world) }
    #expect(
      text(.record(low, nested: top, pages: 2, in: world))
        == "record 0x1000 -> 0xfffffffff000 size 0x2000")
    #expect(
      text(.record(low, nested: top, pages: 2, flaw: .nestedOutside, in: world))
        == "record 0x1000 -> 0x200fffffffff000 size 0x2000")
    #expect(text(.unmap(top, flaw: .empty, in: world)) == "unmap 0xfffffffff000 size 0x0")
    #expect(
      text(.query(top, pages: 3, flaw: .misalignedCanonical, in: world))
        == "query 0xfffffffff800 size 0x3000")
    let direct = World(family: .direct)
    #expect(
      Operation.invalidate(top, pages: 2, flaw: .misalignedSize, in: direct).text(in: direct)
        == "invalidate 0xfffffffff000 size 0x2800")
    let vm = World(family: .vm, mmus: 3)
    let lines: [(Operation, String)] = [
      (
        .record(low, nested: top, mmu: 2, in: vm),
        "record 0x1000 -> 0xfffffffff000 size 0x1000 mmu 2"
      ),
      (.invalidate(low, mmu: 1, in: vm), "invalidate 0x1000 size 0x1000 mmu 1"),
      (.unmap(low, in: vm), "unmap 0x1000 size 0x1000"),
      (Operation(.handOver, mmu: 2), "hand-over mmu 2"),
      (.refuse(.next(3), in: vm), "refuse next 3"),
    ]
    for (operation, line) in lines { #expect(operation.text(in: vm) == line) }
  }

  @Test("Direct, vm and memory worlds write all of their settings, and each may be left out")
  func worlds() throws {
    let ofMaps = "ipa-bits 48 layout mailed nodes production blocks pages window 64 windows 4"
    #expect(World(family: .direct).text == "world direct " + ofMaps)
    #expect(World(family: .vm).text == "world vm \(ofMaps) direct off mmus 2")
    #expect(World(family: .memory).text == "world memory \(ofMaps) direct off mmus 2")
    let header = "revfuzz-scenario 3\nworld "
    #expect(try Scenario(text: header + "direct").world == World(family: .direct))
    #expect(try Scenario(text: header + "vm").world == World(family: .vm))
    #expect(
      try Scenario(text: header + "vm mmus 4 direct on").world
        == World(family: .vm, hasDirectMap: true, mmus: 4))
    #expect(
      try Scenario(text: header + "memory mmus 1 nodes tiny").world
        == World(family: .memory, nodeSize: .tiny, mmus: 1))
  }

  @Test(
    "Every seed file parses, and is written back line for line",
    arguments: [
      "FuzzReverseMap", "FuzzRangeTree", "FuzzDirectMap", "FuzzShadow", "FuzzAllocationFailure",
    ])
  func seeds(target: String) throws {
    let files = try seedFiles(of: target)
    let family: World.Family
    let fewest: Int
    switch target {
    case "FuzzReverseMap": (family, fewest) = (.map, 15)
    case "FuzzRangeTree": (family, fewest) = (.tree, 8)
    case "FuzzDirectMap": (family, fewest) = (.direct, 8)
    case "FuzzShadow": (family, fewest) = (.vm, 15)
    default: (family, fewest) = (.memory, 14)
    }
    #expect(files.count >= fewest)
    var worlds: Set<String> = []
    for (name, text) in files {
      let scenario = try Scenario(text: text)
      #expect(scenario.world.family == family)
      #expect(text.hasPrefix("# "), "a seed begins with a comment on its purpose")
      let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(["revfuzz-scenario 3", "revfuzz-scenario 4"].contains(lines.first))
      let written = scenario.text.split(separator: "\n")
      #expect(lines.dropFirst() == written.dropFirst(), "\(name)")
      #expect(Scenario(decoding: scenario.encoded(), family: family) == scenario)
      if family == .map { #expect((10...40).contains(scenario.operations.count)) }
      worlds.insert("\(scenario.world.layout) \(scenario.world.nodeSize)")
    }
    if family == .map { #expect(worlds.count == 4, "each layout with each node size") }
  }
}
