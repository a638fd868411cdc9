import Foundation
import TestSupport
import Testing

/// `revfuzz show --c`: the program fails with the map that has the bug, and not without the bug.
@Suite(
  "A failure of a library as a C program",
  .enabled(if: TestLibrary.isThere, "clang is not on PATH"), .waitsForProcesses)
struct ReproducerTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A bug in a plugin, a scenario that shows it, and what the program says about it.
  struct Bug: CustomTestStringConvertible {
    var testDescription: String
    var file = TestLibrary.supersetFile
    /// Replacements in the file, or the name of a patch in `Plugins/superset/bugs`.
    var changes: [(String, String)] = []
    var patch: String?
    var world = "world vm mmus 2"
    var operations: String
    var says: String
  }

  private func write(_ text: String, _ name: String) throws -> String {
    try text.write(toFile: scratch.path(name), atomically: true, encoding: .utf8)
    return scratch.path(name)
  }

  /// What `show --c` prints for a scenario on the map in `source`, and the file that has it.
  private func program(
    of source: String, world: String = "world vm mmus 1", _ operations: String
  ) throws -> (path: String, text: String) {
    let scenario = try write("revfuzz-scenario 4\n\(world)\n\(operations)\n", "a.scenario")
    let shown = try Run(
      "show", "--c", "--subject", TestLibrary.build(source), scenario, in: scratch.url)
    try #require(shown.code == 0, "\(shown.error)")
    return (try write(shown.output, "program.c"), shown.output)
  }

  /// Compiles `program` with the map in `source`, and runs it.
  private func run(_ program: String, with source: String) throws -> ChildProcess {
    let compiler = try #require(TestLibrary.compiler)
    func compile(_ flags: [String]) throws {
      let run = try ChildProcess(
        compiler, ["-I", TestLibrary.interfaceFolder] + flags, merged: true)
      try #require(run.code == 0, "\(run.output)")
    }
    let (map, object) = (try write(source, "map.c"), scratch.path("program.o"))
    try compile(
      ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-c", "-o", object, program])
    try compile(["-w", "-g", "-o", scratch.path("failure"), object, map])
    return try ChildProcess(scratch.path("failure"), [], in: scratch.url)
  }

  private static let bugs = [
    Bug(
      testDescription: "an answer misses a mapping",
      patch: "alias-taken-for-repeat",
      operations: """
        record 0x1000 -> 0x2000 size 0x2000 mmu 1
        record 0x1000 -> 0x6000 size 0x2000 mmu 1
        """,
      says: "the answer does not lead to nested 0x6000...0x6fff, which is mapped"),
    Bug(
      testDescription: "an unmap misses a mapping in a map that was created again",
      patch: "nested-zero-is-none",
      operations: """
        tear-down mmu 0
        create mmu 0
        record 0x1000 -> 0x0 size 0x1000 mmu 0
        unmap 0x1000 size 0x1000
        """,
      says: "the answer does not lead to nested 0x0...0xfff, which is mapped"),
    Bug(
      testDescription: "an unmap of all maps misses a mapping of the second",
      patch: "object-of-another-mmu",
      operations: """
        record 0x4000 -> 0x1000 size 0x2000 mmu 1
        unmap 0x4000 size 0x1000
        """,
      says: "the answer does not lead to nested 0x1000...0x1fff, which is mapped"),
    Bug(
      testDescription: "an unmap that comes while the host has no lock misses a mapping",
      patch: "removed-before-unmapped",
      operations: """
        record 0x4000 -> 0x1000 size 0x2000 mmu 1
        unmap 0x4000 size 0x1000
        """,
      says: "nested 0x1000...0x2fff is still mapped, and another unmap does not lead there"),
    Bug(
      testDescription: "a record that comes while the host has no lock is lost",
      patch: "removes-what-came",
      operations: """
        record 0x0 -> 0x1000 size 0x1000 mmu 0
        unmap 0x0 size 0x1000
        """,
      says: "canonical 0x1000, recorded at nested 0x1000 during unmap_nested, is lost"),
    Bug(
      testDescription: "only the entries show what is lost",
      changes: [
        (
          "  return map->count;\n}\n\nstatic const",
          "  return map->count - (map->count > 1);\n}\n\nstatic const"
        )
      ],
      operations: """
        record 0x1000 -> 0x2000 size 0x1000 mmu 0
        record 0x4000 -> 0x6000 size 0x2000 mmu 0
        """,
      says: "no entry leads from 0x4000...0x5fff to nested 0x6000, where it is mapped"),
    Bug(
      testDescription: "a request is refused",
      patch: "refused-forgotten",
      operations: """
        record 0x1000 -> 0x2000 size 0x1000 mmu 0
        refuse request 2
        record 0x4000 -> 0x5000 size 0x1000 mmu 0
        record 0x8000 -> 0x6000 size 0x1000 mmu 0
        """,
      says: "the answer does not lead to nested 0x6000...0x6fff, which is mapped"),
    Bug(
      testDescription: "the map's own check fails",
      changes: [
        ("return most == link->highest ?", "return most == link->highest && most != 0x1fff ?")
      ],
      operations: "record 0x1000 -> 0x6000 size 0x1000 mmu 0",
      says: "the map's own check says: the highest last byte is not that of the objects below"),
    Bug(
      testDescription: "a cleared map holds memory",
      changes: [
        (
          "  map->allocator->release(map->allocator->context, object, sizeof *object);\n", ""
        )
      ],
      operations: "record 0x1000 -> 0x6000 size 0x1000 mmu 0",
      says: "1 blocks are still allocated"),
    Bug(
      testDescription: "an exact map answers a record wrongly",
      file: TestLibrary.sortedArrayFile,
      changes: [("return REVERSE_MAP_UNCHANGED;", "return REVERSE_MAP_STORED;")],
      operations: """
        record 0x1000 -> 0x6000 size 0x1000 mmu 0
        record 0x1000 -> 0x6000 size 0x1000 mmu 0
        """,
      says: "returned 1, expected 2"),
    Bug(
      testDescription: "an exact map reports other ranges",
      file: TestLibrary.sortedArrayFile,
      changes: [
        (
          "entry->last - entry->first + 1;",
          "entry->last - entry->first + 1 + (index > from) * 4096;"
        )
      ],
      operations: """
        record 0x1000 -> 0x6000 size 0x1000 mmu 1
        record 0x2000 -> 0x9000 size 0x1000 mmu 1
        query 0x1000 size 0x2000
        """,
      says: "the ranges are wrong. There are 2:\n  0x6000 size 0x1000\n  0x9000 size 0x2000"),
    Bug(
      testDescription: "an exact map holds other entries",
      file: TestLibrary.sortedArrayFile,
      changes: [("if (last->last > new.last)", "if (last->last > new.last && new.first > 0)")],
      operations: """
        record 0x1000 -> 0x6000 size 0x2000 mmu 0
        record 0x0 -> 0x9000 size 0x2000 mmu 0
        """,
      says: "the answer does not lead to nested 0x6000...0x7fff, which is mapped"),
    Bug(
      testDescription: "an exact map counts full unmaps wrongly",
      file: TestLibrary.sortedArrayFile,
      changes: [
        ("  state->broken = map->broken;", "  state->broken = map->broken || map->full_unmaps > 1;")
      ],
      operations: """
        begin-full-unmap mmu 0
        begin-full-unmap mmu 0
        """,
      says: "broken is 1, expected 0; full unmaps in progress are 2, expected 2"),
    Bug(
      testDescription: "a map that has a direct map, in the other layout",
      patch: "partly-removed",
      world: "world vm mmus 1 direct on layout tagged ipa-bits 40",
      operations: """
        record 0x1000 -> 0x2000 size 0x2000 mmu 0
        invalidate 0x2000 size 0x1000 mmu 0
        """,
      says: "the answer does not lead to nested 0x3000...0x3fff, which is mapped"),
  ]

  @Test("the program says what is wrong", arguments: bugs)
  func program(bug: Bug) throws {
    let source =
      try bug.patch.map { try TestLibrary.supersetSource(with: $0) }
      ?? TestLibrary.source(bug.file, bug.changes)
    let program = try program(of: source, world: bug.world, bug.operations)
    let failing = try run(program.path, with: source)
    #expect(failing.code == 1)
    #expect(failing.output.contains(bug.says), "\(failing.output)\(program.text)")
    let passing = try run(program.path, with: Project.text(bug.file))
    #expect(passing.code == 0)
    #expect(passing.output.hasPrefix("no failure"))
  }

  @Test("the program plays the host of a map that calls it", arguments: [false, true])
  func host(isExact: Bool) throws {
    let (call, remove) = (TestLibrary.callsHost, TestLibrary.removesEntry)
    let right = try TestLibrary.hostedSource(call + remove, isExact: isExact)
    // A mapping dies whole, so the exact map is wrong and not unsound.
    let wrong = try TestLibrary.hostedSource(
      (isExact
        ? call.replacing("entry.last - entry.first + 1", with: "4096")
        : "if (entry.last - entry.first < 4096) { \(call) }") + remove, isExact: isExact)
    let program = try program(
      of: wrong, world: "world vm mmus 2",
      """
      record 0x4000 -> 0x7000 size 0x2000 mmu 1
      record 0x6000 -> 0x1000 size 0x1000 mmu 1
      unmap 0x5000 size 0x2000
      """)
    let failing = try run(program.path, with: wrong)
    #expect(failing.code == 1)
    #expect(
      failing.output.contains(
        isExact
          ? "the ranges are wrong. There are 2:\n  0x7000 size 0x1000\n  0x1000 size 0x1000"
          : "the answer does not lead to nested 0x7000...0x8fff, which is mapped"),
      "\(failing.output)\(program.text)")
    let passing = try run(program.path, with: right)
    #expect(passing.output == "no failure\n" && passing.code == 0)
  }

  @Test(
    "a call that changes nothing and ends the process is made at the end",
    arguments: [
      ("static const char *check(const void *handle) {\n", "check"),
      ("struct reverse_map_entry *entries, size_t capacity) {\n", "entries"),
    ])
  func crashAtTheEnd(head: String, function: String) throws {
    let source = try TestLibrary.source(
      TestLibrary.supersetFile,
      [(head, head + "  if (((const struct map *)handle)->count > 1) __builtin_trap();\n")])
    let program = try program(
      of: source,
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      record 0x3000 -> 0x4000 size 0x1000 mmu 0
      """)
    #expect(try run(program.path, with: source).code == -1, "\(function): \(program.text)")
    #expect(
      try run(program.path, with: Project.text(TestLibrary.supersetFile)).output == "no failure\n")
  }

  @Test("a call that ends the process ends the program")
  func crash() throws {
    let source = try TestLibrary.supersetSource(with: "walk-reads-freed")
    let program = try program(
      of: source,
      """
      record 0x1000 -> 0x2000 size 0x1000 mmu 0
      unmap 0x1000 size 0x1000
      """)
    #expect(program.text.contains("/* This call ends the process, or does not return. */"))
    #expect(try run(program.path, with: source).code == -1)
    #expect(
      try run(program.path, with: Project.text(TestLibrary.supersetFile)).output == "no failure\n")
  }

  @Test("a scenario that passes has no program, and options that do not fit are rejected")
  func usage() throws {
    let scenario = try write(
      "revfuzz-scenario 4\nworld vm mmus 1\nclear mmu 0\n", "a.scenario")
    let library = try TestLibrary.superset()
    let passing = try Run("show", "--c", "--subject", library, scenario, in: scratch.url)
    #expect(passing.code == 65)
    #expect(
      passing.error == "revfuzz: \(scenario): it passes; there is no failure to reproduce\n")
    #expect(try Run("show", "--c", scenario, in: scratch.url).code == 64)
    #expect(try Run("show", "--subject", library, scenario, in: scratch.url).code == 64)
    #expect(
      try Run("show", "--c", "--swift", "--subject", library, scenario, in: scratch.url).code == 64)
  }
}
