import Foundation
import TestSupport
import Testing

/// The `revfuzz` command, as built with the tests, with `--subject`.
@Suite(
  "The command with a library",
  .enabled(if: TestLibrary.isThere, "clang is not on PATH"), .waitsForProcesses)
struct SubjectOptionTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Runs `revfuzz` with `arguments`. Returns its exit code, and its output on both streams.
  private func run(_ arguments: String...) throws -> (code: Int32, output: String) {
    let run = try Run(arguments, in: scratch.url, merged: true)
    return (run.code, run.output)
  }

  private func scenario(_ text: String) throws -> String {
    let file = scratch.path("\(UUID().uuidString).scenario")
    try "revfuzz-scenario 4\n\(text)".write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  /// A library whose unmap reports only the first entry of a range but removes all of them.
  private static func forgetful() throws -> String {
    try TestLibrary.sortedArray([("*count = to - from;", "*count = to > from;")])
  }

  private static let both = """
    world map
    record 0x1000 -> 0x2000 size 0x1000
    record 0x4000 -> 0x5000 size 0x2000
    clear
    record 0x1000 -> 0x2000 size 0x1000
    record 0x4000 -> 0x5000 size 0x2000
    unmap 0x1000 size 0x5000
    """

  @Test("replay passes a sound library and reports the surviving mapping of an unsound one")
  func replay() throws {
    let file = try scenario(Self.both)
    let sound = try run("replay", "--subject", TestLibrary.sortedArray(), file)
    #expect(sound.code == 0)
    #expect(sound.output.hasPrefix("pass "))
    let unsound = try run("replay", "--subject", Self.forgetful(), file)
    #expect(unsound.code == 1)
    #expect(unsound.output.contains("unsound, at step 6"))
    #expect(unsound.output.contains("nested [0x5000, 0x6fff] -> canonical [0x4000, 0x5fff]"))
  }

  /// A map that forgets and reports what touches the unmapped range too.
  private static func greedy() throws -> String {
    try TestLibrary.sortedArray([
      (".flags = REVERSE_MAP_EXACT", ".flags = 0"),
      (
        "intersecting(map, start, start + size - 1, &to)",
        "intersecting(map, start - (start > 0), start + size, &to)"
      ),
      (
        "intersecting(handle, start, start + size - 1, &to)",
        "intersecting(handle, start - (start > 0), start + size, &to)"
      ),
    ])
  }

  @Test("needless kills beyond the bound, in all files together, fail a replay that passes")
  func mostNeedless() throws {
    // One of the two mappings killed here is out of the range; the two of the other file are not.
    let touching = try scenario(
      """
      world map
      record 0x1000 -> 0x2000 size 0x1000
      record 0x2000 -> 0x5000 size 0x1000
      unmap 0x2000 size 0x1000
      """)
    let inside = try scenario(
      """
      world map
      record 0x1000 -> 0x2000 size 0x1000
      record 0x2000 -> 0x5000 size 0x1000
      unmap 0x1000 size 0x2000
      """)
    let library = try Self.greedy()
    let run = try self.run(
      "replay", "--subject", library, "--most-needless", "25", touching, inside)
    #expect(run.code == 0)
    #expect(run.output.hasSuffix("25 % of the kills were needless (1 of 4); the bound is 25 %\n"))
    let exceeded = try self.run(
      "replay", "--quiet", "--subject", library, "--most-needless", "24.9", touching, inside)
    #expect(exceeded.code == 1)
    #expect(
      exceeded.output
        == "2 files, 0 diverged\n25 % of the kills were needless (1 of 4); the bound is 24.9 %\n")
    let alone = try self.run("replay", "--subject", library, "--most-needless", "49", touching)
    #expect(alone.code == 1)
    for bad in ["101", "-1", "nan", "some"] {
      let run = try self.run("replay", "--most-needless=\(bad)", touching)
      #expect(run.code == 64 && run.output.contains("from 0 to 100"), "\(bad)")
    }
  }

  @Test("where a saved failure of a library passes, its state between maps is named as the reason")
  func hintOfState() throws {
    let file = scratch.path("crash-1a2b")
    try FileManager.default.moveItem(atPath: try scenario(Self.both), toPath: file)
    let library = try TestLibrary.sortedArray()
    let hint = "may keep state between maps; see docs/YourOwnMap.md"
    let replay = try run("replay", "--subject", library, file)
    #expect(replay.code == 0 && replay.output.contains(hint))
    let shrink = try run("shrink", "--subject", library, "--out", scratch.path("out"), file)
    #expect(shrink.code == 65 && shrink.output.contains(hint))
    let triage = try run(
      "triage", "--subject", library, "--findings", scratch.path("findings"), file)
    #expect(triage.code == 0 && triage.output.contains(hint))
    #expect(try !run("replay", "--subject", library, scenario(Self.both)).output.contains(hint))
    #expect(try !run("replay", file).output.contains(hint))
    let page = try Project.text("docs/YourOwnMap.md")
    #expect(page.contains("\n## A failure that does not come back\n"))
  }

  @Test("explain draws the entries of the library")
  func explain() throws {
    let file = try scenario(Self.both)
    var run = try self.run("explain", "--subject", Self.forgetful(), file)
    #expect(run.code == 1)
    run.output.replace(/[ ]+/, with: " ")
    #expect(run.output.contains("subject answers mmu 0 ranges [0x2000, 0x2fff]"))
    #expect(run.output.contains("survivor [0x5000]"))
    #expect(run.output.contains("on sorted-array: unsound"))
  }

  @Test("shrink keeps only the operations needed, and writes a C program for a library")
  func shrink() throws {
    let file = try scenario(Self.both)
    let out = scratch.path("out")
    let run = try self.run("shrink", "--subject", Self.forgetful(), "--out", out, file)
    #expect(run.code == 0)
    #expect(run.output.contains("6 operations became 3 "))
    let left = try FileManager.default.contentsOfDirectory(atPath: out)
    #expect(left.sorted() == ["unmap-misses-a-mapping.c", "unmap-misses-a-mapping.scenario"])
  }

  @Test("sweep refuses the requests of the library")
  func sweep() throws {
    let file = try scenario(Self.both)
    let sound = try run("sweep", "--subject", TestLibrary.sortedArray(), file)
    #expect(sound.code == 0)
    // The array is allocated again for the first entry after each time it is emptied.
    #expect(sound.output.contains("requests refused") && !sound.output.contains("\n0 requests"))
    let loses = try TestLibrary.sortedArray([("  map->broken = 1;\n", "")])
    let unsound = try run("sweep", "--subject", loses, file)
    #expect(unsound.code == 1)
    #expect(unsound.output.contains("refuse request 1"))
  }

  @Test("bench times a sound library that lists no entries, and judges its answers")
  func bench() throws {
    let plain = [(".flags = REVERSE_MAP_EXACT", ".flags = 0"), (".entries = entries,", "")]
    func bench(_ changes: [(String, String)]) throws -> (code: Int32, output: String) {
      try run(
        "bench", "--subject", TestLibrary.sortedArray(plain + changes), "--records", "1000",
        "--rounds", "1", "--workload", "dense")
    }
    let sound = try bench([])
    #expect(sound.code == 0)
    #expect(sound.output.contains("sorted-array is sound: none of "))
    // Two ranges for one page need more room than an exact map ever does.
    let two = try bench([
      (
        "*count = to - from;",
        "*count = to - from;\n"
          + "if (to > from && capacity > *count) ranges[*count] = ranges[0], ++*count;"
      )
    ])
    #expect(two.code == 0 && two.output.contains("% more pages than needed"))
    #expect(!two.output.contains(" 0.0 % more pages"))
    let unsound = try bench([("*count = to - from;", "*count = to > from;")])
    #expect(unsound.code == 1 && unsound.output.contains("is unsound: it misses the mapping ["))
    let emptied = try bench([
      ("int result = query(handle", "int result = REVERSE_MAP_EVERYTHING; query(handle")
    ])
    #expect(emptied.code == 65 && emptied.output.contains("cannot be timed"))
  }

  @Test("an unusable library or scenario gives a message and an exit code")
  func problems() throws {
    let library = try TestLibrary.sortedArray()
    let file = try scenario(Self.both)
    let missing = try run("replay", "--subject", "nowhere.so", file)
    #expect(missing.code == 66)
    #expect(missing.output.contains("cannot read nowhere.so"))
    let unfit = try TestLibrary.sortedArray([(".clear = clear,", "")])
    let incomplete = try run("replay", "--subject", unfit, file)
    #expect(incomplete.code == 65)
    #expect(incomplete.output.contains("no 'clear'"))
    let tree = try run("replay", "--subject", library, scenario("world tree\nclear"))
    #expect(tree.code == 65)
    #expect(tree.output.contains("its world is tree"))
    for arguments in [
      ["--agreement", "roughly"], ["--blocks", "some"], ["--add-test", "a-name"],
    ] {
      let run = try self.run(
        "shrink", "--subject", library, arguments[0], arguments[1], file)
      #expect(run.code == 64, "\(arguments)")
    }
    #expect(try run("replay", "--agreement", "sound", file).code == 64)
  }
}
