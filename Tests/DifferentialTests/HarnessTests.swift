import Differential
import Harnesses
import Presentation
import Oracle
import ReverseMapping
import Scenario
import Testing

/// A deliberate fault of a map.
enum Lie: String, CaseIterable {
  case wrongResult, missingRange, extraRange, wrongOrder, losesFarEntry
  case extraEntry, wrongWord, shiftedBase, wrongBounds, forgetsFullUnmap, swallowsNeighbour
  case acceptsBadArguments, wrongError, brokenStructure, outOfStep, leaks
}

/// A subject with a known fault: the oracle, with one lie in its answers.
struct LyingMap: ReverseMapProtocol {
  var map: CellDictionary
  var lie: Lie?

  init(_ configuration: MapConfiguration, lie: Lie?) {
    map = CellDictionary(configuration)
    self.lie = lie
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    if lie == .acceptsBadArguments && canonical.size == 0 { return .stored }
    if lie == .wrongError && canonical.size == 0 { throw .wraps }
    var canonical = canonical
    if lie == .swallowsNeighbour { canonical.size += 4096 }
    let result = try map.record(canonical, nested: nested)
    return lie == .wrongResult && result == .unchanged ? .polluted : result
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let result = try map.unmap(canonical, appendingTo: &nested)
    if lie == .missingRange && nested.count > 1 { nested.removeLast() }
    if lie == .wrongOrder { nested.reverse() }
    return result
  }

  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let result = try map.query(canonical, appendingTo: &nested)
    if lie == .extraRange, let first = nested.first { nested.append(first) }
    return result
  }

  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try map.invalidate(nested)
  }

  mutating func clear() { map.clear() }

  mutating func beginFullUnmap() {
    map.beginFullUnmap()
    if lie == .forgetsFullUnmap { try? map.endFullUnmap() }
  }

  mutating func endFullUnmap() throws(ReverseMapError) { try map.endFullUnmap() }

  var isBroken: Bool { map.isBroken }
  var fullUnmapsInProgress: Int { map.fullUnmapsInProgress }

  func forEachEntry(_ body: (Entry) -> Void) {
    var count = 0
    map.forEachEntry { entry in
      count += 1
      var entry = entry
      switch lie {
      case .losesFarEntry where count == 3: return
      case .wrongWord: entry.word ^= 1 << 20
      case .shiftedBase where entry.first > 0:
        entry.content = entry.content.nested.map { .known(nested: $0 ^ 4096) } ?? .unknown
      case .wrongBounds: entry.last &-= 4096
      default: break
      }
      body(entry)
      if lie == .extraEntry && count == 2 { body(entry) }
    }
  }

  func checkInvariants() -> String? {
    let pages = map.entries.reduce(0) { $0 + ($1.last - $1.first + 1) / 4096 }
    guard lie == .brokenStructure, pages > 4 else { return nil }
    return "the structure is said to be broken"
  }

  func checkLockstep() -> String? {
    lie == .outOfStep ? "a direct entry is said to have no counterpart" : nil
  }

  func checkEmpty() -> String? { lie == .leaks ? "one node is said to be live" : nil }
}

@Suite("Specification 5: the harness detects every kind of difference")
struct HarnessTests {
  /// Covers every rule and exposes every lie.
  static let script = """
    revfuzz-scenario 4
    world map ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4
    record 0x0 -> 0x8000 size 0x0
    record 0x1000 -> 0x8000 size 0x2000
    record 0x3000 -> 0x20000 size 0x1000
    record 0x6000 -> 0x4000 size 0x3000
    record 0x1000 -> 0x8000 size 0x2000
    query 0x2000 size 0x1000
    unmap 0x2000 size 0x2000
    record 0x6000 -> 0x5000 size 0x1000
    begin-full-unmap
    record 0x7000 -> 0x1000 size 0x1000
    end-full-unmap
    unmap 0x0 size 0x10000
    """

  static func run(_ scenario: Scenario, lie: Lie?) -> Divergence? {
    var harness = Harness(maps: { LyingMap($0, lie: lie) })
    return harness.run(scenario)
  }

  @Test("a correct map passes")
  func correct() throws {
    #expect(Self.run(try Scenario(text: Self.script), lie: nil) == nil)
  }

  @Test("each lie is a divergence", arguments: Lie.allCases)
  func lies(_ lie: Lie) throws {
    let scenario = try Scenario(text: Self.script)
    let divergence = try #require(Self.run(scenario, lie: lie))
    let check: Divergence.Check =
      switch lie {
      case .wrongResult, .missingRange, .extraRange, .wrongOrder: .answer
      case .acceptsBadArguments, .wrongError, .swallowsNeighbour: .answer
      case .brokenStructure: .structure
      case .outOfStep: .lockstep
      case .leaks: .leak
      default: .state
      }
    #expect(divergence.check == check)
    // A divergence replays: its scenario ends with the failing step.
    let again = try #require(Self.run(divergence.scenario, lie: lie))
    #expect(again.step == divergence.step)
    #expect(again.report(of: "x") == divergence.report(of: "x"))
  }

  @Test("the report shows the step, both answers and both states")
  func report() throws {
    let scenario = try Scenario(text: Self.script)
    let divergence = try #require(Self.run(scenario, lie: .missingRange))
    #expect(divergence.step == 6)
    let report = divergence.report(of: "a test")
    for line in [
      "revfuzz: DIVERGENCE in a test: answer, at step 7",
      "  unmap 0x2000 size 0x2000    # step 7: first difference",
      "expected   ranges [0x8000, 0x9fff] [0x20000, 0x20fff]",
      "actual     ranges [0x8000, 0x9fff]",
      "    [0x6000, 0x8fff] -> 0x4000 (word 0x8000000000004000)",
    ] {
      #expect(
        report.split(separator: "\n").contains(Substring(line)), "missing: \(line)\n\(report)")
    }
  }

  @Test("the text in a report is a scenario that replays")
  func reportReplays() throws {
    let divergence = try #require(Self.run(try Scenario(text: Self.script), lie: .wrongOrder))
    let text = divergence.report(of: "x").split(separator: "\n").filter { $0.hasPrefix("  ") }
      .prefix { !$0.hasPrefix("    [") && !$0.hasPrefix("- ") }
      .map { $0.dropFirst(2) }.prefix(divergence.step + 3).joined(separator: "\n")
    #expect(try Scenario(text: text) == divergence.scenario)
  }

  @Test("entries that only one side holds are marked")
  func marks() throws {
    let divergence = try #require(
      Self.run(try Scenario(text: Self.script), lie: .losesFarEntry))
    #expect(divergence.check == .state)
    #expect(
      divergence.report(of: "x").contains(
        "  - [0x6000, 0x8fff] -> 0x4000 (word 0x8000000000004000)\n"))
    let doubled = try #require(Self.run(try Scenario(text: Self.script), lie: .extraEntry))
    #expect(doubled.actual.contains("starts before the previous entry ends"))
  }
}

@Suite("The harnesses that targets, tests and the command share")
struct ScenarioHarnessTests {
  @Test("random scenarios of every family agree", arguments: World.Family.allCases)
  func agree(_ family: World.Family) {
    var random = SplitMix64(seed: 20_261_122)
    for _ in 0..<400 {
      let scenario = Scenario.random(family: family, operations: 64, using: &random)
      if let divergence = scenario.runAndFollowUp() {
        Issue.record("\(divergence.report(of: "a random scenario"))")
        return
      }
    }
  }
}
