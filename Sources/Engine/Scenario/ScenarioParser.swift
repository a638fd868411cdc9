import ReverseMapping

/// Text to scenario, by a line at a time and a word at a time. Any bytes give a scenario or an
/// error, never a trap.
struct ScenarioParser {
  var words: WordScanner
  /// The settings that the world was given; the others have their defaults.
  private(set) var settingsGiven: [String] = []

  init(bytes: [UInt8]) { words = WordScanner(bytes: bytes) }

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

  // MARK: - Operations

  private mutating func parseOperation(
    _ word: WordScanner.Word, in world: World
  ) throws(ScenarioTextError) -> Operation {
    let name = words.text(word)
    let kinds = world.family.kinds
    guard let kind = kinds.first(where: { $0.word == name }) else {
      throw words.error(
        at: word,
        "unknown operation \(words.quoted(word)); a \(world.family) world has "
          + kinds.map(\.word).joined(separator: ", "))
    }
    var operation = try parseArguments(of: kind, in: world)
    if world.family.isMachine, kind.namesMMU { operation.mmu = try parseMMU(in: world) }
    return operation
  }

  private mutating func parseArguments(
    of kind: Operation.Kind, in world: World
  ) throws(ScenarioTextError) -> Operation {
    switch kind {
    case .record, .unmap, .query, .invalidate: return try parseRange(kind, in: world)
    case .store, .erase, .replace, .remove, .insert, .list:
      return try parseKeys(kind, in: world)
    case .clear, .beginFullUnmap, .endFullUnmap, .clearTree, .create, .handOver, .tearDown, .topUp,
      .reclaim:
      return Operation(kind)
    case .refuse: return .refuse(try parsePlan(), in: world)
    case .enter:
      return .enter(try parseChoice(of: "a context", Context.allCases, named: \.word), in: world)
    case .find:
      let (key, word) = try words.number("a key")
      return try located([.first: word]) { () throws(ArgumentMisfit) in
        try Operation(find: key, in: world)
      }
    }
  }

  private mutating func parseMMU(in world: World) throws(ScenarioTextError) -> Int {
    _ = try words.expect("mmu")
    let (number, word) = try words.number("the number of an MMU")
    guard number < UInt64(world.mmus) else {
      throw words.error(
        at: word,
        "there is no MMU \(number); "
          + (world.mmus == 1 ? "the only one is 0" : "they are 0 to \(world.mmus - 1)"))
    }
    return Int(truncatingIfNeeded: number)
  }

  private mutating func parseRange(
    _ kind: Operation.Kind, in world: World
  ) throws(ScenarioTextError) -> Operation {
    var at: [ArgumentMisfit.Argument: WordScanner.Word] = [:]
    var nested: UInt64 = 0
    let start: UInt64
    let size: UInt64
    (start, at[.start]) = try words.number(
      kind == .invalidate ? "a nested address" : "a canonical address")
    if kind == .record {
      _ = try words.expect("->")
      (nested, at[.nested]) = try words.number("a nested address")
    }
    _ = try words.expect("size")
    (size, at[.size]) = try words.number("a size")
    return try located(at) { () throws(ArgumentMisfit) in
      try Operation(kind, range: IPARange(start: start, size: size), nested: nested, in: world)
    }
  }

  private mutating func parseKeys(
    _ kind: Operation.Kind, in world: World
  ) throws(ScenarioTextError) -> Operation {
    var at: [ArgumentMisfit.Argument: WordScanner.Word] = [:]
    let range = try words.next("a range of keys")
    guard let (left, right) = words.split(range, at: "...") else {
      throw words.error(
        at: range, "\(words.quoted(range)) is no range of keys; expected one like 0x0...0x5")
    }
    let first = try words.number(left)
    let last = try words.number(right)
    (at[.first], at[.last]) = (left, right)
    var value: UInt64 = 0
    if kind.takesWord {
      _ = try words.expect("word")
      (value, at[.word]) = try words.number("a word")
    }
    return try located(at) { () throws(ArgumentMisfit) in
      try Operation(kind, first: first, last: last, word: value, in: world)
    }
  }

  /// What `body` returns; a misfit that it throws becomes an error at the word of its argument.
  private func located(
    _ at: [ArgumentMisfit.Argument: WordScanner.Word],
    _ body: () throws(ArgumentMisfit) -> Operation
  ) throws(ScenarioTextError) -> Operation {
    do throws(ArgumentMisfit) {
      return try body()
    } catch {
      guard let word = at[error.argument] else { throw words.error(error.message) }
      throw words.error(at: word, error.message)
    }
  }
}
