import Oracle
import ReverseMapping
import Scenario
import Testing

@testable import Differential
import Exploration

@Suite("Specification 4, 5.12 and 5.13: a broken memory rule is detected and named")
struct MemoryAuditTests {
  static let world = "world memory nodes tiny blocks pages window 8 windows 1 direct off mmus 1"

  /// Runs the operations on a correct virtual machine whose memory has `flaw`.
  func run(_ flaw: StubMemory.Flaw?, _ lines: String...) throws -> Divergence? {
    let scenario = try Scenario(
      text: "revfuzz-scenario 4\n\(Self.world)\n" + lines.joined(separator: "\n") + "\n")
    var harness = Harness(virtualMachines: {
      BuggyVM($0, mmus: $1, nil, memory: StubMemory(flaw))
    })
    return harness.run(scenario)
  }

  /// For each flaw the operations that expose it, the check, and words of the report.
  static let cases: [(StubMemory.Flaw, [String], Divergence.Check, String)] = [
    (
      .sleepsInAtomic, ["enter atomic", "record 0x0 -> 0x1000 size 0x1000 mmu 0"], .context,
      "record did something that may sleep"
    ),
    (
      .reserveOfNothing, ["refuse from 1", "record 0x0 -> 0x1000 size 0x1000 mmu 0"], .memory,
      "full reserve (2 of 2 nodes)"
    ),
    (
      .asksForTooMuch, ["record 0x0 -> 0x1000 size 0x1000 mmu 0"], .memory,
      "requested 3 nodes; the limit is 2"
    ),
    (
      .asksForNothing,
      [
        "record 0x0 -> 0x1000 size 0x1000 mmu 0", "record 0x0 -> 0x1000 size 0x1000 mmu 0",
      ], .memory, "requested 1 nodes; the limit is 0"
    ),
    (
      .leavesTraces,
      [
        "record 0x0 -> 0x1000 size 0x1000 mmu 0", "refuse from 1",
        "record 0x2000 -> 0x3000 size 0x1000 mmu 0",
      ], .memory, "changed the structure"
    ),
    (.fullWithoutNodes, ["top-up mmu 0"], .memory, "holds 0 of 2 nodes"),
  ]

  @Test(
    "each flaw is found by its own check, at the last of its operations", arguments: cases.indices)
  func flaws(_ index: Int) throws {
    let (flaw, lines, check, words) = Self.cases[index]
    let text = lines.joined(separator: "\n")
    let divergence = try #require(try run(flaw, text))
    #expect(divergence.check == check)
    #expect(divergence.step == lines.count - 1)
    #expect(divergence.actual.contains(words), "\(divergence.actual)")
    // The operations before the last one expose nothing, and no other flaw is mistaken for this
    // one.
    #expect(try run(flaw, lines.dropLast().joined(separator: "\n")) == nil)
    let others = StubMemory.Flaw.allCases.filter { $0 != flaw && $0 != .fullWithoutNodes }
    for other in others {
      #expect(try run(other, text)?.check != check || Self.shares(other, flaw))
    }
  }

  /// Whether the operations for `flaw` expose `other` as well.
  static func shares(_ other: StubMemory.Flaw, _ flaw: StubMemory.Flaw) -> Bool {
    let ofRefusals: [StubMemory.Flaw] = [.reserveOfNothing, .leavesTraces]
    let ofStores: [StubMemory.Flaw] = [.asksForTooMuch]
    return ofRefusals.contains(other) && ofRefusals.contains(flaw) || ofStores.contains(other)
  }

  @Test("a virtual machine without a flaw passes all cases")
  func noFlaw() throws {
    for (flaw, lines, _, _) in Self.cases where flaw != .fullWithoutNodes {
      #expect(try run(nil, lines.joined(separator: "\n")) == nil)
    }
  }

  @Test("a top-up and a reclaim in atomic context are rejected like other errors of the caller")
  func refusedInAtomic() throws {
    let rejections = try run(nil, "enter atomic", "top-up mmu 0", "reclaim", "enter may-sleep")
    #expect(rejections == nil)
  }
}

@Suite("A sweep refuses every request, alone and with all later ones")
struct SweepTests {
  func scenario(_ lines: String) throws -> Scenario {
    try Scenario(text: "revfuzz-scenario 4\n\(lines)\n")
  }

  /// The fault plans with which a sweep of `scenario` runs, if the scenario makes `requests`
  /// requests.
  func plans(_ scenario: Scenario, requests: Int) -> [FaultPlan] {
    var plans: [FaultPlan] = []
    var sweep = Sweep()
    var divergence: Divergence?
    _ = sweep.sweep(scenario, divergence: &divergence) { run in
      let plan = run.operations[0].faultPlan
      plans.append(plan)
      #expect(run.operations.dropFirst().allSatisfy { $0.kind != .refuse })
      #expect(run.isNormalised)
      var counts = MemoryCounts()
      switch plan {
      case .request(let k): counts.refused = k <= requests ? 1 : 0
      case .from(let k): counts.refused = max(0, requests - k + 1)
      default: Issue.record("\(plan)")
      }
      return (nil, counts)
    }
    return plans
  }

  @Test("requests are refused one by one, until a run has no request left to refuse")
  func order() throws {
    let swept = try scenario(
      "world memory mmus 1\nrefuse every 2\nrecord 0x0 -> 0x0 size 0x1000 mmu 0")
    #expect(
      plans(swept, requests: 2) == [
        .request(1), .from(1), .request(2), .from(2), .request(3), .from(3),
      ])
    #expect(plans(swept, requests: 0) == [.request(1), .from(1)])
  }

  @Test("a scenario of maps without contexts is swept in both contexts, one of trees only once")
  func variants() throws {
    let record = "record 0x0 -> 0x0 size 0x1000"
    for world in ["world map", "world direct"] {
      let variants = Sweep().variants(of: try scenario("\(world)\n\(record)"))
      #expect(variants.map { $0.operations[0].context } == [.maySleep, .atomic])
      for variant in variants {
        #expect(variant.world.family == .memory && variant.world.mmus == 1)
        #expect(variant.world.hasDirectMap == (world == "world direct"))
        // An enter, the record, an enter, an unmap for each of four windows, a reclaim.
        #expect(
          variant.operations.map(\.kind) == [
            .enter, .record, .enter, .unmap, .unmap, .unmap, .unmap, .reclaim,
          ])
        #expect(variant.operations[3].pages == variant.world.windowPages)
      }
    }
    #expect(Sweep().variants(of: try scenario("world tree\ninsert 0x0...0x0 word 0x1")).count == 1)
  }

  @Test("a scenario without room for the plan loses its last operations")
  func room() {
    let long = Scenario(
      world: World(family: .vm),
      operations: Array(repeating: Operation(.clear), count: Limits.operations))
    for variant in Sweep().variants(of: long) {
      #expect(variant.operations.count == Limits.operations - 1)
    }
  }

  @Test("a divergence ends the sweep")
  func divergence() throws {
    let swept = try scenario("world memory mmus 1\nrecord 0x0 -> 0x0 size 0x1000 mmu 0")
    let found = Divergence(
      signature: FailureSignature(check: .leak, operation: nil, symptom: "leaks-nodes"), step: 0,
      scenario: swept, expected: "", actual: "", expectedState: [],
      actualState: [])
    var sweep = Sweep()
    var divergence: Divergence?
    var runs = 0
    _ = sweep.sweep(swept, divergence: &divergence) { _ in
      var counts = MemoryCounts()
      counts.refused = 1
      runs += 1
      return (runs < 4 ? nil : found, counts)
    }
    #expect(divergence === found && sweep.tally.runs == 4)
  }

  @Test("in a real virtual machine, refusing the only leaf breaks the map each time")
  func realVM() throws {
    let swept = try scenario(
      """
      world memory nodes tiny direct off mmus 1
      record 0x0 -> 0x0 size 0x1000 mmu 0
      """)
    var harness = ShadowHarness()
    var sweep = Sweep()
    var divergence: Divergence?
    _ = sweep.sweep(swept, divergence: &divergence) {
      let divergence = harness.runAndFollowUp($0)
      return (divergence, harness.memory)
    }
    #expect(divergence == nil)
    var expected = Sweep.Tally()
    expected.scenarios = 1
    expected.runs = 4
    expected.refusals = 2
    expected.breaks = 2
    #expect(sweep.tally == expected && expected.absorbed == 0)
  }
}
