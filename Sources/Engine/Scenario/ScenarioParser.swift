import ReverseMapping

/// Parses the text form line by line and word by word. Any bytes give a scenario or an error,
/// never a trap.
struct ScenarioParser {
  var words: Tokenizer
  /// The settings that the world line gives. All others have their default.
  private(set) var settingsGiven: [String] = []
  /// The number after `revfuzz-scenario`, if it is that of an older version.
  private(set) var oldVersion: Tokenizer.Word?

  init(bytes: [UInt8]) { words = Tokenizer(bytes: bytes) }

  mutating func parse() throws(ScenarioTextError) -> Scenario {
    try parseVersion()
    guard words.nextLine() else {
      throw words.error("missing world line; expected one like 'world map ipa-bits 48'")
    }
    let world = try parseWorld()
    var operations: [Operation] = []
    var ranges = 0
    while words.nextLine() {
      let word = try words.next("an operation")
      guard operations.count < Limits.operations else {
        throw words.error(
          at: word, "too many operations; a scenario has at most \(Limits.operations)")
      }
      let operation = try parseOperation(word, in: world)
      operations.append(operation)
      ranges += operation.count - 1
      guard ranges <= Limits.ranges - Limits.operations else {
        throw words.error(
          at: word,
          "too many ranges; fills may add at most \(Limits.ranges - Limits.operations) together")
      }
      try words.endOfLine()
    }
    return Scenario(world: world, operations: operations)
  }

  private mutating func parseVersion() throws(ScenarioTextError) {
    guard words.nextLine() else {
      throw words.error(
        "missing header; a scenario starts with the line 'revfuzz-scenario "
          + "\(Scenario.textVersion)'")
    }
    _ = try words.expect("revfuzz-scenario")
    let (version, word) = try words.number("a version")
    guard Scenario.textVersions.contains(version) else {
      throw words.error(
        at: word,
        "unknown version \(words.quoted(word)); this program reads versions "
          + "\(Scenario.textVersions.lowerBound) and \(Scenario.textVersion)")
    }
    if version != Scenario.textVersion { oldVersion = word }
    try words.endOfLine()
  }

  /// Parses the text and returns one scenario for each combination of layout and node size that
  /// its world leaves out.
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
    var world = World(family: try parseChoice(of: "a world family", World.Family.allCases))
    let settings = Self.settings(of: world.family)
    while let word = words.next() {
      let name = words.text(word)
      guard settings.contains(name) else {
        throw words.error(
          at: word,
          "unknown setting \(words.quoted(word)) in a \(world.family) world; its settings are "
            + settings.joined(separator: ", "))
      }
      guard !settingsGiven.contains(name) else {
        throw words.error(
          at: word, "duplicate setting \(words.quoted(word)); give each setting at most once")
      }
      settingsGiven.append(name)
      try parseSetting(name, of: &world)
    }
    if world.isWhole, settingsGiven.contains("window") {
      throw words.error("'window' is the size of windows, and with 'windows none' there are none")
    }
    return world
  }

  private mutating func parseSetting(
    _ name: String, of world: inout World
  ) throws(ScenarioTextError) {
    switch name {
    case "ipa-bits":
      let choices = World.ipaBitsChoices.map(UInt64.init)
      world.ipaBits = UInt8(truncatingIfNeeded: try parseNumber(for: name, choices))
    case "layout": world.layout = try parseValue(for: name, WordLayout.allCases)
    case "nodes": world.nodeSize = try parseValue(for: name, World.NodeSize.allCases)
    case "blocks": world.blocks = try parseValue(for: name, World.Blocks.allCases)
    case "window":
      let choices = World.windowShiftChoices.map { 1 << UInt64($0) as UInt64 }
      let pages = try parseNumber(for: name, choices)
      world.windowShift = UInt8(truncatingIfNeeded: pages.trailingZeroBitCount)
    case "direct":
      world.hasDirectMap = try parseValue(for: name, Switch.allCases) == .on
    case "mmus":
      let choices = (1...World.mmuCount).map(UInt64.init)
      world.mmus = UInt8(truncatingIfNeeded: try parseNumber(for: name, choices))
    default: world.windows = try parseValue(for: name, Windows.allCases).rawValue
    }
  }

  /// The values of `windows`.
  private enum Windows: UInt8, CaseIterable, CustomStringConvertible {
    case none, one, two, three, four

    var description: String { self == .none ? "none" : "\(rawValue)" }
  }

  /// The values of a setting that is a `Bool`.
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

  /// The value of the setting `name`, one of `choices`.
  private mutating func parseValue<Choice>(
    for name: String, _ choices: [Choice]
  ) throws(ScenarioTextError) -> Choice {
    try parseChoice(of: "a value of '\(name)'", choices)
  }

  /// The next word, which must be the name of one of `choices`. `what` describes it in errors.
  mutating func parseChoice<Choice>(
    of what: String, _ choices: [Choice], named name: (Choice) -> String = { "\($0)" }
  ) throws(ScenarioTextError) -> Choice {
    let names = choices.map(name).joined(separator: ", ")
    let word = try words.next("\(what): \(names)")
    let text = words.text(word)
    for choice in choices where name(choice) == text { return choice }
    throw words.error(at: word, "\(words.quoted(word)) is not \(what); the choices are \(names)")
  }

  /// The value of the setting `name`, one of `choices`.
  private mutating func parseNumber(
    for name: String, _ choices: [UInt64]
  ) throws(ScenarioTextError) -> UInt64 {
    let names = choices.map(String.init).joined(separator: ", ")
    let (number, word) = try words.number("a value of '\(name)': \(names)")
    guard choices.contains(number) else {
      throw words.error(
        at: word, "\(number) is not a value of '\(name)'; the choices are \(names)")
    }
    return number
  }
}
