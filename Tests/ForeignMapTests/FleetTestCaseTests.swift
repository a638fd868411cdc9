import Foundation
import Scenario
import TestSupport
import Testing

/// Test cases as ClusterFuzz names them, and ClusterFuzzLite, which keeps libFuzzer's names.
@Suite("A test case of a fleet", .waitsForProcesses)
struct FleetTestCaseTests {
  private let scratch = try! Scratch()

  private static let names = [
    "clusterfuzz-testcase-minimized-FuzzShadow-5642", "clusterfuzz-testcase-FuzzShadow-5642",
    "crash-0c967d1b7a4b2e0d1c6f4f2c1e9a3b5d7f806142", "oom-FuzzShadow",
  ]

  /// Fails with the canary at the first unmap, and at the second with a library that overwrites a
  /// record where it overlaps another.
  private static let failing = """
    revfuzz-scenario 4
    world vm mmus 1
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x3000 -> 0x8000 size 0x1000 mmu 0
    unmap 0x0 size 0x8000
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x1000 -> 0x5000 size 0x1000 mmu 0
    unmap 0x1000 size 0x5000

    """

  private func write(_ names: [String], in folder: String) throws {
    let folder = scratch.url.appendingPathComponent(folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in names {
      try Data(Scenario(text: Self.failing).encoded()).write(
        to: folder.appendingPathComponent(name))
    }
  }

  private func run(_ words: [String]) throws -> Run { try Run(words, in: scratch.url) }

  @Test("replay, shrink and triage take the file, and folders of such files")
  func ours() throws {
    try write(Self.names, in: "from the fleet")
    let map = ["--canary", "forget"]
    let replayed = try run(["replay", "from the fleet"] + map)
    #expect(replayed.code == 1)
    #expect(replayed.output.hasSuffix("4 files, 4 diverged\n"), "\(replayed.output)")
    for (number, name) in Self.names.enumerated() {
      let file = "from the fleet/\(name)"
      let shrunk = try run(["shrink", file, "--out", "out \(number)"] + map)
      #expect(shrunk.code == 0, "\(shrunk.error)")
      let written = try FileManager.default.contentsOfDirectory(
        atPath: scratch.path("out \(number)"))
      #expect(Set(written.map { $0.split(separator: ".").last }) == ["scenario", "swift"])
      let sorted = try run(["triage", file, "--findings", "findings \(number)"] + map)
      #expect(sorted.code == 1)
      #expect(sorted.output.contains("\(file): NEW, see findings \(number)/"), "\(sorted.output)")
    }
    // Equal bytes are one finding, whatever the names.
    let all = try run(["triage", "from the fleet", "--findings", "findings"] + map)
    #expect(all.code == 1)
    #expect(all.output.hasSuffix("1 new, 3 known, 0 not reproduced\n"), "\(all.output)")
  }

  @Test(
    "a test case of FuzzForeign replays with the library, and says so without it",
    .enabled(if: TestLibrary.isThere, "clang is not on PATH"))
  func library() throws {
    let names = Self.names.prefix(2).map { $0.replacing("FuzzShadow", with: "FuzzForeign") }
    try write(names, in: "inputs")
    let map = try TestLibrary.sortedArray([("new.nested = REVERSE_MAP_UNKNOWN;", "(void)0;")])
    let replayed = try run(["replay", "inputs", "--subject", map])
    #expect(replayed.code == 1)
    #expect(replayed.output.hasSuffix("2 files, 2 diverged\n"), "\(replayed.output)")
    let file = "inputs/\(names[0])"
    #expect(try run(["shrink", file, "--subject", map]).code == 0)
    let sorted = try run(["triage", "inputs", "--findings", "findings", "--subject", map])
    #expect(sorted.code == 1)
    #expect(sorted.output.hasSuffix("1 new, 1 known, 0 not reproduced\n"), "\(sorted.output)")
    let alone = try run(["replay", file])
    #expect(alone.code == 0 && alone.error.contains("add --subject LIBRARY"), "\(alone.error)")
    // A library without the fault passes; a failure of the fleet may come from its state.
    let sound = try run(["replay", file, "--subject", TestLibrary.sortedArray()])
    #expect(sound.code == 0)
    #expect(sound.error.contains("the library may keep state between maps"), "\(sound.error)")
  }
}
