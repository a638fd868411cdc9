import ReverseMapping
import Scenario
import Testing

@Suite("Expanding settings that a text leaves out")
struct ReadingTests {
  private static func readings(_ world: String) throws -> [World] {
    try Scenario.everyReading(of: "revfuzz-scenario 3\nworld \(world)\n").map(\.world)
  }

  @Test("a setting that the world leaves out is expanded to each of its choices")
  func open() throws {
    let worlds = try Self.readings("map window 8")
    #expect(worlds.count == 4 && Set(worlds).count == 4)
    for layout in WordLayout.allCases {
      for nodeSize in World.NodeSize.allCases {
        #expect(worlds.contains { $0.layout == layout && $0.nodeSize == nodeSize })
      }
    }
    #expect(worlds.allSatisfy { $0.windowShift == 3 })
  }

  @Test("a setting that is given, or that the family does not have, is not expanded")
  func given() throws {
    let tagged = try Self.readings("vm layout tagged")
    #expect(tagged.map(\.layout) == [.tagged, .tagged])
    #expect(Set(tagged.map(\.nodeSize)) == [.tiny, .production])
    #expect(try Self.readings("map layout mailed nodes production").count == 1)
    #expect(try Self.readings("tree").count == 2)
    #expect(try Self.readings("tree nodes tiny").count == 1)
  }

  @Test("the expansion of an open text contains its scenario", arguments: World.Family.allCases)
  func openText(_ family: World.Family) throws {
    var random = SplitMix64(seed: 3)
    for _ in 0..<20 {
      let scenario = Scenario.random(family: family, operations: 5, using: &random)
      let readings = try Scenario.everyReading(of: scenario.openText)
      #expect(readings.contains(scenario))
      let isOpen =
        scenario.world.layout == .mailed && family != .tree
        || scenario.world.nodeSize == .production
      #expect((readings.count > 1) == isOpen)
    }
  }

  @Test("an error in the text is thrown")
  func error() {
    #expect(throws: ScenarioTextError.self) { try Scenario.everyReading(of: "revfuzz-scenario 9") }
  }
}
