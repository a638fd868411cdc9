import ReverseMapping

/// Text to scenario, by a line at a time and a word at a time. Any bytes give a scenario or an
/// error, never a trap.
struct ScenarioParser {
  var words: Tokenizer
  /// The settings that the world was given; the others have their defaults.
  private(set) var settingsGiven: [String] = []

  init(bytes: [UInt8]) { words = Tokenizer(bytes: bytes) }

  mutating func parse() throws(ScenarioTextError) -> Scenario {
    try parseVersion()
    guard words.nextLine() else {
      throw words.error("missing world; expected a line like 'world map ipa-bits 48'")
    }
    let world = try parseWorld()
    var operations: [Operation] = []
    while words.nextLine() {
      let word = try words.next("an operation")
      guard operations.count < Limits.operations else {
        throw words.error(
          at: word, "too many operations; a scenario has at most \(Limits.operations)")
      }
      operations.append(try parseOperation(word, in: world))
      try words.endOfLine()
    }
    return Scenario(world: world, operations: operations)
  }

  private mutating func parseVersion() throws(ScenarioTextError) {
    guard words.nextLine() else {
      throw words.error("an empty text; expected 'revfuzz-scenario \(Scenario.textVersion)'")
    }
    _ = try words.expect("revfuzz-scenario")
    let (version, word) = try words.number("a version")
    guard version == Scenario.textVersion else {
      throw words.error(
        at: word,
        "unknown version \(words.quoted(word)); this program reads version "
          + "\(Scenario.textVersion)")
    }
    try words.endOfLine()
  }

  /// Every scenario that the text stands for if the layout and the nodes that its world does not give
  /// are taken as each of their choices.
  mutating func parseEveryReading() throws(ScenarioTextError) -> [Scenario] {
    let scenario = try parse()
    let open = Self.settings(of: scenario.world.family).filter { !settingsGiven.contains($0) }
    let layouts = open.contains("layout") ? WordLayout.allCases : [scenario.world.layout]
    let sizes = open.contains("nodes") ? World.NodeSize.allCases : [scenario.world.nodeSize]
    var readings: [Scenario] = []
    for layout in layouts {
      for size in sizes {
        var world = scenario.world
        world.layout = layout
        world.nodeSize = size
        readings.append(Scenario(world: world, operations: scenario.operations))
      }
    }
    return readings
  }

  // MARK: - World

  private mutating func parseWorld() throws(ScenarioTextError) -> World {
    _ = try words.expect("world")
    var world = World(family: try parseChoice(of: "a family", World.Family.allCases))
    let settings = Self.settings(of: world.family)
    while let word = words.next() {
      let name = words.text(word)
      guard settings.contains(name) else {
        throw words.error(
          at: word,
          "unknown setting \(words.quoted(word)); a \(world.family) world has "
            + settings.joined(separator: ", "))
      }
      guard !settingsGiven.contains(name) else {
        throw words.error(at: word, "the setting \(words.quoted(word)) is there twice")
      }
      settingsGiven.append(name)
      try parseSetting(name, of: &world)
    }
    return world
  }

  private mutating func parseSetting(
    _ name: String, of world: inout World
  ) throws(ScenarioTextError) {
    switch name {
    case "ipa-bits":
      let choices = World.ipaBitsChoices.map(UInt64.init)
      world.ipaBits = UInt8(truncatingIfNeeded: try parseNumber(of: "IPA bits", choices))
    case "layout": world.layout = try parseChoice(of: "a layout", WordLayout.allCases)
    case "nodes": world.nodeSize = try parseChoice(of: "a node size", World.NodeSize.allCases)
    case "blocks": world.blocks = try parseChoice(of: "a kind of blocks", World.Blocks.allCases)
    case "window":
      let choices = World.windowShiftChoices.map { 1 << UInt64($0) as UInt64 }
      let pages = try parseNumber(of: "pages of a window", choices)
      world.windowShift = UInt8(truncatingIfNeeded: pages.trailingZeroBitCount)
    case "direct":
      world.hasDirectMap =
        try parseChoice(of: "a setting of the direct map", Switch.allCases) == .on
    case "mmus":
      let choices = (1...World.mmuCount).map(UInt64.init)
      world.mmus = UInt8(truncatingIfNeeded: try parseNumber(of: "MMUs", choices))
    default:
      let choices = (1...World.windowCount).map(UInt64.init)
      world.windows = UInt8(truncatingIfNeeded: try parseNumber(of: "windows", choices))
    }
  }

  /// The words of a setting that is a `Bool`.
  private enum Switch: CaseIterable {
    case on
    case off
  }

  private static func settings(of family: World.Family) -> [String] {
    let ofMaps = ["ipa-bits", "layout", "nodes", "blocks", "window", "windows"]
    switch family {
    case .map, .direct: return ofMaps
    case .vm, .memory: return ofMaps + ["direct", "mmus"]
    case .tree: return ["nodes", "window", "windows"]
    }
  }

  /// One of `choices`, by the name that `name` gives it.
  mutating func parseChoice<Choice>(
    of what: String, _ choices: [Choice], named name: (Choice) -> String = { "\($0)" }
  ) throws(ScenarioTextError) -> Choice {
    let word = try words.next(what)
    let text = words.text(word)
    for choice in choices where name(choice) == text { return choice }
    let names = choices.map(name).joined(separator: ", ")
    throw words.error(at: word, "\(words.quoted(word)) is not \(what); the choices are \(names)")
  }

  private mutating func parseNumber(
    of what: String, _ choices: [UInt64]
  ) throws(ScenarioTextError) -> UInt64 {
    let (number, word) = try words.number("a number of \(what)")
    guard choices.contains(number) else {
      let names = choices.map(String.init).joined(separator: ", ")
      throw words.error(at: word, "\(number) is no number of \(what); the choices are \(names)")
    }
    return number
  }
}
