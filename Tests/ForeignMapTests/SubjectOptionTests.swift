import Foundation
import Testing

/// The command with `--subject`, as built beside the tests.
@Suite(
  "The command with a library",
  .enabled(if: TestLibrary.isThere, "there is no clang on PATH to build one"))
struct SubjectOptionTests {
  private static let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("revfuzz-subject-\(UUID().uuidString)")

  /// What `revfuzz` with `arguments` exits with and says, on both streams.
  private static func run(_ arguments: String...) throws -> (code: Int32, said: String) {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let process = Process()
    process.executableURL = tests.appendingPathComponent("revfuzz")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let said = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let code = process.terminationReason == .exit ? process.terminationStatus : -1
    return (code, String(decoding: said, as: UTF8.self))
  }

  private static func file(_ text: String) throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("\(UUID().uuidString).scenario")
    try "revfuzz-scenario 3\n\(text)".write(to: file, atomically: true, encoding: .utf8)
    return file.path
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
    let file = try Self.file(Self.both)
    let sound = try Self.run("replay", "--subject", TestLibrary.sortedArray(), file)
    #expect(sound.code == 0)
    #expect(sound.said.hasPrefix("pass "))
    let harmful = try Self.run("replay", "--subject", Self.forgetful(), file)
    #expect(harmful.code == 1)
    #expect(harmful.said.contains("unsound, at step 6"))
    #expect(harmful.said.contains("nested [0x5000, 0x6fff] -> canonical [0x4000, 0x5fff]"))
  }

  @Test("explain draws what the library holds")
  func explain() throws {
    let file = try Self.file(Self.both)
    var run = try Self.run("explain", "--subject", Self.forgetful(), file)
    #expect(run.code == 1)
    run.said.replace(/[ ]+/, with: " ")
    #expect(run.said.contains("subject answers mmu 0 ranges [0x2000, 0x2fff]"))
    #expect(run.said.contains("lives [0x5000]"))
    #expect(run.said.contains("on sorted-array: unsound"))
  }

  @Test("shrink leaves the operations that it takes, and writes no test of another map")
  func shrink() throws {
    let file = try Self.file(Self.both)
    let out = Self.folder.appendingPathComponent(UUID().uuidString).path
    let run = try Self.run("shrink", "--subject", Self.forgetful(), "--out", out, file)
    #expect(run.code == 0)
    #expect(run.said.contains("6 operations became 3 "))
    let left = try FileManager.default.contentsOfDirectory(atPath: out)
    #expect(left == ["unmap-misses-a-mapping.scenario"])
  }

  @Test("sweep refuses the requests of the library")
  func sweep() throws {
    let file = try Self.file(Self.both)
    let sound = try Self.run("sweep", "--subject", TestLibrary.sortedArray(), file)
    #expect(sound.code == 0)
    // The array is made anew for the first entry after each time that it was emptied.
    #expect(sound.said.contains("requests refused") && !sound.said.contains("\n0 requests"))
    let loses = try TestLibrary.sortedArray([("  map->broken = 1;\n", "")])
    let harmful = try Self.run("sweep", "--subject", loses, file)
    #expect(harmful.code == 1)
    #expect(harmful.said.contains("refuse request 1"))
  }

  @Test("a library or a scenario that will not do is one line and an exit code")
  func problems() throws {
    let library = try TestLibrary.sortedArray()
    let file = try Self.file(Self.both)
    let missing = try Self.run("replay", "--subject", "nowhere.so", file)
    #expect(missing.code == 66)
    #expect(missing.said.contains("nowhere.so: cannot be read"))
    let unfit = try TestLibrary.sortedArray([(".clear = clear,", "")])
    let incomplete = try Self.run("replay", "--subject", unfit, file)
    #expect(incomplete.code == 65)
    #expect(incomplete.said.contains("no 'clear'"))
    let tree = try Self.run("replay", "--subject", library, Self.file("world tree\nclear"))
    #expect(tree.code == 65)
    #expect(tree.said.contains("its world is tree"))
    for arguments in [
      ["--agreement", "roughly"], ["--blocks", "some"], ["--add-test", "a-name"],
    ] {
      let run = try Self.run(
        "shrink", "--subject", library, arguments[0], arguments[1], file)
      #expect(run.code == 64, "\(arguments)")
    }
    #expect(try Self.run("replay", "--agreement", "sound", file).code == 64)
  }
}
