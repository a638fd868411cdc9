import Differential
import Exploration
import ForeignMap
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

  /// Bugs that real maps of this kind could have, and the check that finds each.
  private static let bugs: [(String, [(String, String)], Divergence.Check)] = [
    (
      "a record takes another base for a repetition",
      [(" && in[NESTED].first == nested)", ")")], .unsound
    ),
    (
      "nested address 0 is taken for nothing",
      [
        (
          "    if (*count == capacity)",
          "    if (nested->first == 0) continue;\n    if (*count == capacity)"
        )
      ], .unsound
    ),
    (
      "a join leaves the highest last byte as it was",
      [
        ("right, side);\n    update(left, side);", "right, side);"),
        ("    .check = check,\n", ""),
      ], .unsound
    ),
    (
      "a removal leaves the highest last byte as it was",
      [
        (
          "  *child = without(*child, object, side);\n  update(tree, side);",
          "  *child = without(*child, object, side);"
        )
      ], .structure
    ),
    (
      "a refused object is forgotten",
      [("return REVERSE_MAP_FAILED", "return REVERSE_MAP_STORED")], .unsound
    ),
    (
      "a record that fails has dropped what it overlaps",
      [
        (
          "  if (object == NULL) return REVERSE_MAP_FAILED;",
          """
            if (object == NULL) {
              object = intersecting(map, start, last, CANONICAL);
              if (object != NULL) drop(map, object);
              return REVERSE_MAP_FAILED;
            }
          """
        )
      ], .unsound
    ),
    (
      "a record drops the objects whose nested addresses it takes over",
      [
        (
          "  object->in[CANONICAL] = (struct link)",
          """
            struct object *next, *old = intersecting(map, nested, nested + size - 1, NESTED);
            for (; old != NULL; old = next) {
              next = old->next;
              if (old->in[NESTED].first >= nested && old->in[NESTED].last < nested + size)
                drop(map, old);
            }
            object->in[CANONICAL] = (struct link)
          """
        )
      ], .unsound
    ),
    (
      "an invalidation removes what is only partly inside its range",
      [("object->in[NESTED].first >= start && object->in[NESTED].last <= last", "1")], .unsound
    ),
    (
      "an unmap reports no more bytes than it was asked for",
      [
        (
          "    ranges[*count].size = nested->last - nested->first + 1;",
          "    ranges[*count].size = nested->last - nested->first + 1;\n"
            + "    if (ranges[*count].size > size) ranges[*count].size = size;"
        )
      ], .unsound
    ),
    (
      "an invalidation looks in the tree of canonical ranges",
      [
        ("intersecting(map, start, last, NESTED)", "intersecting(map, start, last, CANONICAL)"),
        (
          "object->in[NESTED].first >= start && object->in[NESTED].last <= last",
          "object->in[CANONICAL].first >= start && object->in[CANONICAL].last <= last"
        ),
      ], .unsound
    ),
    (
      "a query removes the first object that it reports",
      [
        (
          "  return REVERSE_MAP_RANGES;\n}\n\nstatic int unmap",
          """
            struct object *reported = intersecting(map, start, start + size - 1, CANONICAL);
            if (reported != NULL) drop((struct map *)map, reported);
            return REVERSE_MAP_RANGES;
          }

          static int unmap
          """
        ),
        (
          "  int result = query(map,",
          "  int result = REVERSE_MAP_EVERYTHING; (void)query; if (0) query(map,"
        ),
      ], .unsound
    ),
    (
      "an object is removed from one tree only",
      [
        (
          "  map->count--;\n  map->allocator->release(map->allocator->context, object, "
            + "sizeof *object);\n}\n\nstatic void *create",
          "  map->count--;\n}\n\nstatic void *create"
        ),
        (
          "for (enum side side = CANONICAL; side < SIDES; side++)\n    take_out",
          "for (enum side side = CANONICAL; side < NESTED; side++)\n    take_out"
        ),
      ],
      .structure
    ),
  ]

  @Test("planted bugs are found, and shrunk to at most five operations", arguments: bugs.indices)
  func planted(index: Int) throws {
    let (name, changes, check) = Self.bugs[index]
    var harness = ForeignHarness(try ForeignLibrary(path: TestLibrary.superset(changes)))
    let found = try #require(Self.firstFailure(of: &harness, scenarios: 2000), "\(name)")
    #expect(found.divergence.check == check, "\(name): \(found.divergence.actual)")
    var shrinker = Shrinker(found.scenario, failingAt: found.divergence.step)
    while let candidate = shrinker.next() {
      let divergence = harness.run(candidate)
      shrinker.note(divergence?.check == check ? .fails(at: divergence?.step) : .passes)
    }
    #expect(shrinker.best.operations.count <= 5, "\(name):\n\(shrinker.best.text)")
  }

  @Test("a walk that goes on from an object which it has freed reads poison, and traps")
  func freedInWalk() async throws {
    let path = try TestLibrary.superset([
      (
        "    next = object->next;\n    drop(map, object);\n  }\n  return result;",
        "    drop(map, object);\n    next = object->next;\n  }\n  return result;"
      )
    ])
    let failure = try await LibraryFailureTests.failure(
      of: path,
      """
      revfuzz-scenario 4
      world vm mmus 1
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      unmap 0x1000 size 0x1000
      """)
    #expect(failure.symptom == .traps)
    #expect(failure.detail == "during unmap of [0x1000, 0x1fff] in superset")
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
