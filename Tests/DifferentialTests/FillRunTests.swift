import Differential
import Harnesses
import Exploration
import Presentation
import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

/// Runs of fills, and what is said of them. `FillTests` has the fills themselves.
@Suite("A fill in a run")
struct FillRunTests {
  private static func scenario(_ text: String) throws -> Scenario {
    try Scenario(text: "revfuzz-scenario 4\n" + text)
  }

  /// The third record of the fill repeats the first operation, so it must answer `unchanged`.
  private static let worlds = [
    """
    world map
    record 0x3000 -> 0x12000 size 0x1000
    fill 0x1000 -> 0x10000 size 0x1000 count 5 step 0x1000
    clear
    """,
    """
    world map windows none blocks laminar layout tagged nodes tiny
    record 0x100000000 -> 0x500000000 size 0x40000000
    fill 0x80000000 -> 0x480000000 size 0x40000000 count 5 step 0x40000000
    clear
    """,
  ]

  private static func run(_ scenario: Scenario, _ lie: Lie) -> Divergence? {
    var harness = Harness(maps: { LyingMap($0, lie: lie) })
    return harness.run(scenario)
  }

  @Test(
    "it does the same as its records one by one, in both kinds of worlds",
    arguments: World.Family.allCases)
  func runs(_ family: World.Family) {
    var random = SplitMix64(seed: 20_261_128)
    var fills = 0
    for round in 0..<40 {
      var scenario = Scenario.random(
        family: family, operations: 12, isWhole: round % 2 == 0, using: &random)
      for index in [2, 6, 9] {
        scenario.operations[index] = .randomFill(
          in: scenario.world, mmu: random.index(Int(scenario.world.mmus)), using: &random)
      }
      for index in scenario.operations.indices where scenario.operations[index].kind.isFill {
        scenario.operations[index].count = min(scenario.operations[index].count, 20)
        fills += scenario.operations[index].count
      }
      scenario.normalise()
      let (trace, single) = (scenario.trace(), scenario.withoutFills.trace())
      check(trace.divergence == nil && single.divergence == nil)
      check(trace.steps.last?.subject == single.steps.last?.subject, "\(scenario.text)")
      check(trace.steps.last?.model == single.steps.last?.model, "\(scenario.text)")
    }
    #expect(fills > 600)
  }

  @Test(
    "the report says which record differs, none after it is done, and the signature is a record's",
    arguments: worlds)
  func report(text: String) throws {
    let scenario = try Self.scenario(text)
    let divergence = try #require(Self.run(scenario, .wrongResult))
    #expect(divergence.step == 1 && divergence.check == .answer)
    #expect(divergence.expected == "unchanged at record 3 of 5")
    #expect(divergence.actual == "polluted at record 3 of 5")
    #expect(divergence.expectedState.count == 3 + 1, "three entries and the status")
    let report = divergence.report(of: "x").split(separator: "\n")
    #expect(report.contains("expected   unchanged at record 3 of 5"))
    let line = report.first { $0.hasPrefix("  fill 0x") }
    #expect(line?.hasSuffix("# step 2: first difference") == true)
    #expect(divergence.signature.name == "record-answers-polluted-for-unchanged")
    let single = try #require(Self.run(scenario.withoutFills, .wrongResult))
    #expect(single.step == 3 && single.expected == "unchanged")
    #expect(divergence.signature == single.signature)
    // The report replays.
    #expect(Self.run(divergence.scenario, .wrongResult)?.signature == single.signature)
  }

  @Test("a wrong state after a fill has the signature of a record too", arguments: worlds)
  func state(text: String) throws {
    let scenario = try Self.scenario(text)
    let divergence = try #require(Self.run(scenario, .losesFarEntry))
    #expect(divergence.check == .state && divergence.step == 1)
    #expect(divergence.expected == "stored at record 5 of 5, and the same state as the oracle")
    let single = try #require(Self.run(scenario.withoutFills, .losesFarEntry))
    #expect(single.signature.name == "record-loses-entries")
    #expect(divergence.signature == single.signature)
  }

  @Test("it is shrunk to the record that fails", arguments: worlds)
  func shrinks(text: String) throws {
    let scenario = try Self.scenario(text)
    let signature = try #require(Self.run(scenario, .wrongResult)).signature
    let shrinker = ShrinkerTests.shrink(scenario) {
      Self.run($0, .wrongResult)?.signature == signature
    }
    #expect(shrinker.isMinimal)
    #expect(
      shrinker.best
        == (try Self.scenario(
          """
          world map blocks laminar window 8 windows 1
          record 0x0 -> 0x0 size 0x1000
          record 0x0 -> 0x0 size 0x1000
          """)))
  }

  @Test("if several of its records are needed, it is shrunk to as few")
  func shrinksCount() throws {
    // The third entry is lost.
    let scenario = try Self.scenario(
      """
      world map windows none
      fill 0x80000000 -> 0x480000000 size 0x200000 count 300 step 0x40000000
      """)
    let signature = try #require(Self.run(scenario, .losesFarEntry)).signature
    let shrinker = ShrinkerTests.shrink(scenario) {
      Self.run($0, .losesFarEntry)?.signature == signature
    }
    #expect(
      shrinker.best
        == (try Self.scenario(
          """
          world map blocks laminar window 8 windows 1
          fill 0x0 -> 0x0 size 0x1000 count 3 step 0x1000
          """)))
  }

  // MARK: - Drawn

  /// The lines of an explanation after its legend.
  private static func drawn(_ trace: Trace) -> String {
    Explanation(of: trace, width: 100).lines(of: 0..<Int.max).map(\.text)
      .drop { !$0.isEmpty }.dropFirst().joined(separator: "\n")
  }

  @Test("it is drawn from its first to its last byte, in both spaces, with its last answer")
  func drawing() throws {
    let scenario = try Self.scenario(
      """
      world direct
      fill 0x1000 -> 0x20000 size 0x1000 count 3 step 0x2000
      """)
    #expect(
      Self.drawn(scenario.trace()) == """
        step 1  fill 0x1000 -> 0x20000 size 0x1000 count 3 step 0x2000    stored at record 3 of 3
          canonical  0x1000   0x2000 0x3000   0x4000 0x5000   0x6000
          op         [=======================================]
          oracle     [0x20000].......[0x22000].......[0x24000]
          subject    [0x20000].......[0x22000].......[0x24000]
          nested     0x20000 0x21000 0x22000 0x23000 0x24000 0x25000
          op         [======================================]
          oracle     [0x1000]........[0x3000]........[0x5000]
          subject    [0x1000]........[0x3000]........[0x5000]

        no divergence in 1 operation
        """)
    let tree = try Self.scenario("world tree\nfill 0x0...0x0 word 0x10 count 3 step 2")
    #expect(
      Self.drawn(tree.trace()) == """
        step 1  fill 0x0...0x0 word 0x10 count 3 step 0x2    done at store 3 of 3
          keys       0x0   0x1 0x2   0x3 0x4   0x5
          op         [========================]
          oracle     [0x10]....[0x10]....[0x10]
          subject    [0x10]....[0x10]....[0x10]

        no divergence in 1 operation
        """)
  }

  @Test("the record that differs is named in a drawing")
  func drawingOfDifference() throws {
    var harness = Harness(maps: { LyingMap($0, lie: .wrongResult) })
    let drawn = Self.drawn(harness.trace(try Self.scenario(Self.worlds[0])))
    #expect(
      drawn.hasSuffix(
        """

        step 2  fill 0x1000 -> 0x10000 size 0x1000 count 5 step 0x1000
          oracle     answers unchanged at record 3 of 5
          subject    answers polluted at record 3 of 5
          canonical  0x1000   0x2000   0x3000   0x4000 0x6000
          op         [================================]
          oracle     [0x10000][0x11000][0x12000].......
          subject    [0x10000][0x11000][0x12000].......
                     first difference (answer)

        """), "\(drawn)")
  }

  // MARK: - As a Swift test

  @Test("as a Swift test it is its records, and steps without memory are counted in records")
  func swiftTest() throws {
    func text(_ records: String) -> String {
      """
      world vm mmus 1
      refuse from 1
      \(records)
      clear mmu 0
      record 0x9000 -> 0x9000 size 0x1000 mmu 0
      """
    }
    let scenario = try Self.scenario(
      text("fill 0x1000 -> 0x20000 size 0x1000 count 2 step 0x3000 mmu 0"))
    // The first record of an empty map needs a node (Specification 4.4). A broken map ignores the
    // second one.
    #expect(scenario.refusedSteps() == [1, 4])
    let test = scenario.swiftTest(named: "a", refusedSteps: scenario.refusedSteps())
    let single = try Self.scenario(
      text(
        "record 0x1000 -> 0x20000 size 0x1000 mmu 0\nrecord 0x4000 -> 0x23000 size 0x1000 mmu 0"))
    #expect(test == single.swiftTest(named: "a", refusedSteps: single.refusedSteps()))
    #expect(
      test.contains(
        """
          #expect(
            try machine.record(IPARange(start: 0x1000, size: 0x1000), nested: 0x20000, mmu: 0) == .broke)
          #expect(
            try machine.record(IPARange(start: 0x4000, size: 0x1000), nested: 0x23000, mmu: 0) \
        == .ignored)
        """), "\(test)")
    let broken = test.split(separator: "\n").filter { $0.contains("== .broke") }
    #expect(broken.count == 2)
  }
}
