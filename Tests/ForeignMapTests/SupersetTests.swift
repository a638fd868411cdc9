import Differential
import Exploration
import ForeignMap
import Foundation
import Harnesses
import Presentation
import ReverseMapping
import Scenario
import TestSupport
import Testing

/// Maps whose entries may overlap and repeat (Specification 11).
@Suite(
  "A library that tracks a superset",
  .enabled(if: TestLibrary.isThere, "clang is not on PATH"), .waitsForProcesses)
struct SupersetTests {
  /// The first scenario that fails, of random ones of all families that a library can run.
  private static func firstFailure(
    of harness: inout ForeignHarness, scenarios: Int
  ) -> (scenario: Scenario, divergence: Divergence)? {
    var random = SplitMix64(seed: 11)
    for index in 0..<scenarios {
      let families: [World.Family] = [.map, .vm, .direct, .memory]
      let scenario = Scenario.random(family: families[index % 4], operations: 40, using: &random)
      if let divergence = harness.run(scenario) { return (scenario, divergence) }
    }
    return nil
  }

  private static func trace(
    _ operations: String, _ changes: [(String, String)] = []
  ) throws -> Trace {
    var harness = ForeignHarness(try ForeignLibrary(path: TestLibrary.superset(changes)))
    return harness.trace(
      try Scenario(text: "revfuzz-scenario 4\nworld vm mmus 1\n\(operations)"))
  }

  @Test("the two interval trees are sound in random scenarios, with refused requests too")
  func sound() throws {
    var harness = ForeignHarness(try ForeignLibrary(path: TestLibrary.superset()))
    let found = Self.firstFailure(of: &harness, scenarios: 500)
    #expect(found == nil, "\(found?.divergence.report(of: "superset") ?? "")")
    #expect(harness.precision?.killed ?? 0 > 0)
  }

  /// The names of the planted bugs of this map that leave its trees and its memory intact, so that
  /// this process survives them.
  private static let bugs = Project.files(in: "Plugins/superset/bugs", ending: ".patch").filter {
    guard let patch = try? Project.text($0) else { return false }
    return patch.contains("Found as: unsound") || patch.contains("Specification 3.3.d")
  }.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent }

  @Test("planted bugs are found, and shrunk to at most five operations", arguments: bugs)
  func planted(bug: String) throws {
    var harness = ForeignHarness(
      try ForeignLibrary(path: TestLibrary.build(TestLibrary.supersetSource(with: bug))))
    let found = try #require(Self.firstFailure(of: &harness, scenarios: 2000))
    let check = found.divergence.check
    let patch = try Project.text("Plugins/superset/bugs/\(bug).patch")
    #expect(check == .unsound || check == .interface)
    #expect(check != .unsound || patch.contains("Found as: unsound"))
    #expect(check == .unsound || !patch.contains("Found as: unsound."))
    var shrinker = Shrinker(found.scenario, failingAt: found.divergence.step)
    while let candidate = shrinker.next() {
      let divergence = harness.run(candidate)
      shrinker.note(divergence?.check == check ? .fails(at: divergence?.step) : .passes)
    }
    #expect(shrinker.best.operations.count <= 5, "\(shrinker.best.text)")
  }

  @Test("a query that changes something is reported as what the reported scenario shows")
  func queryThatRemoves() throws {
    var harness = ForeignHarness(
      try ForeignLibrary(
        path: TestLibrary.build(TestLibrary.supersetSource(with: "query-removes"))))
    // Only probes query the pages, and one of them loses the mapping for the next.
    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world vm mmus 1
        record 0x1000 -> 0x2000 size 0x4000 mmu 0
        """)
    let divergence = harness.run(scenario)
    #expect(divergence?.unsoundness?.rule == .coverage)
    let again = divergence.flatMap { harness.run($0.scenario) }
    #expect(again?.signature == divergence?.signature && again?.step == divergence?.step)
  }

  @Test("entries that overlap or repeat are accepted, and drawn in as many rows as they take")
  func drawn() throws {
    let trace = try Self.trace(
      """
      record 0x1000 -> 0x2000 size 0x2000 mmu 0
      record 0x2000 -> 0x8000 size 0x2000 mmu 0
      record 0x1000 -> 0x6000 size 0x1000 mmu 0
      """)
    #expect(trace.divergence == nil)
    let lines = Explanation(of: trace, width: 100).lines(of: 2..<3).map(\.text)
    // Two begin at 0x1000, in the order of their records; the third overlaps only the longer one.
    #expect(
      lines.filter { $0.hasPrefix("  subject") } == [
        "  subject    [0x2000-------].......",
        "  subject    [0x6000][0x8000------]",
      ], "\(lines.joined(separator: "\n"))")
  }

  @Test("entries must be in ascending order of their first bytes")
  func order() throws {
    let trace = try Self.trace(
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x4000 -> 0x5000 size 0x1000 mmu 0
      """,
      [
        (
          "  return map->count;\n}\n\nstatic const char *check",
          "  if (map->count == 2) entries[1].first = 0;\n  return map->count;\n}\n\n"
            + "static const char *check"
        )
      ])
    #expect(trace.divergence?.check == .interface)
    #expect(
      trace.divergence?.actual
        == "in mmu 0, superset: entries lists [0x0, 0x4fff] after an entry that begins at 0x1000")
  }

  @Test("an entry's nested base must be that of a range of pages")
  func nestedBase() throws {
    let trace = try Self.trace(
      "record 0x1000 -> 0x2000 size 0x1000 mmu 0",
      [(".nested = in[NESTED].first}", ".nested = in[NESTED].first + 1}")])
    #expect(trace.divergence?.check == .interface)
    #expect(
      trace.divergence?.actual
        == "in mmu 0, superset: entries lists [0x1000, 0x1fff] -> 0x2001, which is not a range of "
        + "nested pages inside the IPA width")
  }

  @Test("without the flag, entries that overlap are reported with its name")
  func withoutFlag() throws {
    let trace = try Self.trace(
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x1000 -> 0x5000 size 0x1000 mmu 0
      """, [("REVERSE_MAP_SUPERSET | ", "")])
    #expect(trace.divergence?.check == .interface)
    #expect(
      trace.divergence?.actual.hasSuffix(
        "ends at 0x1fff; entries may overlap only with the flag REVERSE_MAP_SUPERSET") == true)
  }

  private static let refused = """
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    refuse next 1
    record 0x1000 -> 0x5000 size 0x1000 mmu 0
    unmap 0x1000 size 0x1000
    """

  @Test("a failed record makes no mapping, kills none and breaks nothing")
  func failed() throws {
    let trace = try Self.trace(Self.refused)
    #expect(trace.divergence == nil)
    #expect(trace.steps[2].actual == "failed")
    #expect(trace.steps[3].actual == "mmu 0 ranges [0x2000, 0x2fff]")
  }

  @Test("a record may fail only with the flag, and only if memory was refused")
  func mayFail() throws {
    let record = "in mmu 0, superset: record of [0x1000, 0x1fff] -> "
    let without = try Self.trace(Self.refused, [(" | REVERSE_MAP_MAY_FAIL", "")])
    #expect(without.divergence?.check == .interface)
    #expect(
      without.divergence?.actual
        == record + "0x5000 returned 5, FAILED, without the flag REVERSE_MAP_MAY_FAIL")
    let unasked = try Self.trace(
      Self.refused,
      [("  if (object == NULL) return", "  if (object == NULL || map->count == 0) return")])
    #expect(
      unasked.divergence?.actual
        == record + "0x2000 returned 5, FAILED, although no request for memory was refused")
  }

  @Test("11.8: an unmap asks the maps of a machine that are in no full unmap, all at once")
  func machine() throws {
    var harness = ForeignHarness(
      try ForeignLibrary(
        path: TestLibrary.superset([
          // A third call, or one for other maps, gives answers that are not valid. The second one
          // comes in the first unmap_nested, and unmaps all.
          ("struct machine {\n", "struct machine {\n  size_t calls;\n"),
          (
            "  struct machine *machine = handle;\n",
            """
              struct machine *machine = handle;
              for (size_t index = 0; index < count; index++)
                if (count != 2 || machine->calls > 1) answers[index].result = 99;
              machine->calls++;

            """
          ),
        ])))
    let trace = harness.trace(
      try Scenario(
        text: """
          revfuzz-scenario 4
          world vm mmus 3
          record 0x1000 -> 0x2000 size 0x1000 mmu 0
          record 0x1000 -> 0x5000 size 0x1000 mmu 2
          begin-full-unmap mmu 1
          unmap 0x1000 size 0x1000
          """))
    #expect(trace.divergence == nil)
    #expect(
      trace.steps.last?.actual
        == "mmu 0 ranges [0x2000, 0x2fff], mmu 1 everything, mmu 2 ranges [0x5000, 0x5fff]")
  }

  @Test("3.3.d: an entry is removed after its range is unmapped, and what comes meanwhile stays")
  func host() throws {
    let (call, remove) = (TestLibrary.callsHost, TestLibrary.removesEntry)
    var right = ForeignHarness(try ForeignLibrary(path: TestLibrary.hosted(call + remove)))
    let found = Self.firstFailure(of: &right, scenarios: 500)
    #expect(found == nil, "\(found?.divergence.report(of: "hosted") ?? "")")

    let scenario = try Scenario(
      text: """
        revfuzz-scenario 4
        world vm mmus 1
        record 0x4000 -> 0x7000 size 0x1000 mmu 0
        unmap 0x4000 size 0x1000
        """)
    var early = ForeignHarness(try ForeignLibrary(path: TestLibrary.hosted(remove + call)))
    #expect(
      early.run(scenario)?.actual
        == "in mmu 0, sorted-array: unmap of [0x4000, 0x4fff] removed the entry of nested "
        + "[0x7000, 0x7fff] before unmap_nested had unmapped it: another unmap that came meanwhile "
        + "did not lead to it (see struct reverse_map_host)")
    var greedy = ForeignHarness(
      try ForeignLibrary(path: TestLibrary.hosted(call + "replace(map, 0, map->count, NULL);")))
    #expect(
      greedy.run(scenario)?.actual
        == "in mmu 0, sorted-array: unmap of [0x4000, 0x4fff] lost the record of [0x3000, 0x3fff] "
        + "-> 0x7000, which came while unmap_nested ran")
    var bad = ForeignHarness(
      try ForeignLibrary(
        path: TestLibrary.hosted(
          call.replacing("entry.nested,", with: "entry.nested + 1,") + remove)))
    #expect(
      bad.run(scenario)?.actual
        == "in mmu 0, sorted-array: unmap of [0x4000, 0x4fff] unmapped 0x1000 nested bytes at "
        + "0x7001, which is not a valid range (misaligned)")
    var query = ForeignHarness(
      try ForeignLibrary(
        path: TestLibrary.superset([
          (
            "  const struct object *object =\n      intersecting(&map->machine->canonical, start,",
            "  map->host->unmap_nested(map->host->context, start, size);\n"
              + "  const struct object *object =\n"
              + "      intersecting(&map->machine->canonical, start,"
          )
        ])))
    #expect(
      query.run(try Scenario(text: "revfuzz-scenario 4\nworld vm\nquery 0x0 size 0x1000"))?.actual
        == "in mmu 0, superset calls unmap_nested outside of an unmap of that map")
  }

  @Test("the functions of a machine come together, and there must be a machine")
  func noMachine() throws {
    let path = try TestLibrary.superset([("    .destroy_machine = destroy_machine,\n", "")])
    #expect(
      throws: ForeignLibraryError.unfit(
        path,
        "'create_machine', 'destroy_machine' and 'unmap_machine' must be provided together")
    ) { try ForeignLibrary(path: path) }
    let trace = try Self.trace(
      "unmap 0x1000 size 0x1000",
      [
        ("return calloc(1, sizeof(struct machine));", "return NULL;"),
        ("  clear(handle);\n  free(handle);", "  free(handle);"), ("    .check = check,\n", ""),
        ("    .entries = entries,\n", ""),
      ])
    #expect(trace.divergence?.check == .interface)
    #expect(trace.divergence?.actual == "in mmu 0, superset: create_machine returned NULL")
  }

  @Test("it can only be sound")
  func exact() throws {
    let path = try TestLibrary.superset()
    #expect(throws: ForeignLibraryError.self) {
      try ForeignOptions(agreement: "exact").load(path)
    }
    let both = try TestLibrary.superset([
      (".flags = REVERSE_MAP_SUPERSET", ".flags = REVERSE_MAP_EXACT | REVERSE_MAP_SUPERSET")
    ])
    #expect(
      throws: ForeignLibraryError.unfit(
        both, "a map that tracks a superset can only be sound, not exact")
    ) { try ForeignLibrary(path: both) }
  }
}
