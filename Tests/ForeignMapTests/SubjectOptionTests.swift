import Foundation
import TestSupport
import Testing

/// The command with `--subject`, as built beside the tests.
@Suite(
  "The command with a library",
  .enabled(if: TestLibrary.isThere, "there is no clang on PATH to build one"), .waitsForProcesses)
struct SubjectOptionTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// What `revfuzz` with `arguments` exits with and says, on both streams.
  private func run(_ arguments: String...) throws -> (code: Int32, said: String) {
    let run = try Run(arguments, in: scratch.url, merged: true)
    return (run.code, run.output)
  }

  private func scenario(_ text: String) throws -> String {
    let file = scratch.path("\(UUID().uuidString).scenario")
    try "revfuzz-scenario 3\n\(text)".write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  /// Two entries, of which an unmap of both reports one.
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

  @Test("replay passes a sound library, and tells the harm of one that is not")
  func replay() throws {
    let file = try scenario(Self.both)
    let sound = try run("replay", "--subject", TestLibrary.sortedArray(), file)
    #expect(sound.code == 0)
    #expect(sound.said.hasPrefix("pass "))
    let harmful = try run("replay", "--subject", Self.forgetful(), file)
    #expect(harmful.code == 1)
    #expect(harmful.said.contains("unsound, at step 6"))
    #expect(harmful.said.contains("nested [0x5000, 0x6fff] -> canonical [0x4000, 0x5fff]"))
  }

  @Test("explain draws what the library holds")
  func explain() throws {
    let file = try scenario(Self.both)
    var run = try self.run("explain", "--subject", Self.forgetful(), file)
    #expect(run.code == 1)
    run.said.replace(/[ ]+/, with: " ")
    #expect(run.said.contains("subject answers mmu 0 ranges [0x2000, 0x2fff]"))
    #expect(run.said.contains("survivor [0x5000]"))
    #expect(run.said.contains("on sorted-array: unsound"))
  }

  @Test("shrink leaves the operations that it takes, and writes no test of another map")
  func shrink() throws {
    let file = try scenario(Self.both)
    let out = scratch.path("out")
    let run = try self.run("shrink", "--subject", Self.forgetful(), "--out", out, file)
    #expect(run.code == 0)
    #expect(run.said.contains("6 operations became 3 "))
    let left = try FileManager.default.contentsOfDirectory(atPath: out)
    #expect(left == ["unmap-misses-a-mapping.scenario"])
  }

  @Test("sweep refuses the requests of the library")
  func sweep() throws {
    let file = try scenario(Self.both)
    let sound = try run("sweep", "--subject", TestLibrary.sortedArray(), file)
    #expect(sound.code == 0)
    // The array is made anew for the first entry after each time that it was emptied.
    #expect(sound.said.contains("requests refused") && !sound.said.contains("\n0 requests"))
    let loses = try TestLibrary.sortedArray([("  map->broken = 1;\n", "")])
    let harmful = try run("sweep", "--subject", loses, file)
    #expect(harmful.code == 1)
    #expect(harmful.said.contains("refuse request 1"))
  }

  @Test("a library or a scenario that will not do is one line and an exit code")
  func problems() throws {
    let library = try TestLibrary.sortedArray()
    let file = try scenario(Self.both)
    let missing = try run("replay", "--subject", "nowhere.so", file)
    #expect(missing.code == 66)
    #expect(missing.said.contains("cannot read nowhere.so"))
    let unfit = try TestLibrary.sortedArray([(".clear = clear,", "")])
    let incomplete = try run("replay", "--subject", unfit, file)
    #expect(incomplete.code == 65)
    #expect(incomplete.said.contains("no 'clear'"))
    let tree = try run("replay", "--subject", library, scenario("world tree\nclear"))
    #expect(tree.code == 65)
    #expect(tree.said.contains("its world is tree"))
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
