import ReverseMapping
import Testing

@testable import Scenario

@Suite("The text form")
struct TextTests {
  @Test("Text and scenario are exact inverses", arguments: World.Family.allCases)
  func roundTrip(family: World.Family) throws {
    var flaws: Set<Operation.Flaw> = []
    for scenario in scenarios(family, count: 4000, seed: 20) {
      let text = scenario.text
      let parsed = try Scenario(text: text)
      #expect(parsed == scenario)
      #expect(parsed.text == text)
      for operation in scenario.operations { flaws.insert(operation.flaw) }
    }
    let count = family == .map ? 8 : family == .tree ? 2 : 1
    #expect(flaws.count == count, "every flaw was among them")
  }

  @Test("Different normal operations have different text")
  func injective() {
    var random = SplitMix64(seed: 21)
    for family in World.Family.allCases {
      let world = World.random(family: family, using: &random)
      var texts: [String: Operation] = [:]
      for _ in 0..<20_000 {
        let operation = Operation(bits: random.next()).normalised(in: world)
        let text = operation.text(in: world)
        #expect(texts[text] == nil || texts[text] == operation)
        texts[text] = operation
      }
    }
  }

  @Test("Comments, blank lines, CRLF, tabs, decimal numbers and any order of settings are fine")
  func tolerance() throws {
    let start =
      "# why\r\n\r\nrevfuzz-scenario 1 # version\r\n\tworld map windows 2   ipa-bits 40\r\n"
    let scenario = try Scenario(text: start + "  record 4096 -> 0x2000 size 0x1000#yes\r\n\n")
    #expect(scenario.world == World(family: .map, ipaBits: 40, windows: 2))
    #expect(
      scenario.operations == [
        .record(
          Place(window: 0, page: 1), nested: Place(window: 0, page: 2), in: scenario.world)
      ])
  }

  @Test("The literal arguments are those that the subject gets")
  func literal() {
    let world = World(family: .map, ipaBits: 48)
    let low = Place(window: 0, page: 1)
    let top = Place(window: 1, page: 63)
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
  }

  @Test(
    "Every seed file is in the text form and survives it",
    arguments: [
      "FuzzReverseMap", "FuzzRangeTree", "FuzzWords",
    ])
  func seeds(target: String) throws {
    let files = try seedFiles(of: target)
    #expect(files.count >= (target == "FuzzReverseMap" ? 15 : target == "FuzzWords" ? 3 : 8))
    let family: World.Family =
      target == "FuzzReverseMap" ? .map : target == "FuzzWords" ? .words : .tree
    var worlds: Set<String> = []
    for (name, text) in files {
      let scenario = try Scenario(text: text)
      #expect(scenario.world.family == family)
      #expect(text.hasPrefix("# "), "a seed says what it stands for")
      let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(lines.map { $0 + "\n" }.joined() == scenario.text, "\(name)")
      #expect(Scenario(decoding: scenario.encoded(), family: family) == scenario)
      if family == .map { #expect((10...40).contains(scenario.operations.count)) }
      worlds.insert("\(scenario.world.layout) \(scenario.world.nodeSize)")
    }
    if family == .map { #expect(worlds.count == 4, "each layout with each node size") }
  }
}
