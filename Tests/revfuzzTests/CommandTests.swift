import Benchmark
import TestSupport
import Foundation
import Testing

@testable import revfuzz

@Suite(
  "The command: one clear line and a documented exit code for every input", .waitsForProcesses)
struct CommandTests {
  private let scratch = try! Scratch()
  private var folder: URL { scratch.url }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
  }

  private static let scenario = """
    # A comment, which the byte form does not keep.
    revfuzz-scenario 4
    world map ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4
    record 0x1000 -> 0x2000 size 0x1000
    unmap 0x0 size 0x4000

    """

  @Test("text converts to bytes and back to the same text, and both forms replay")
  func roundTrip() throws {
    try write("a.scenario", Array(Self.scenario.utf8))
    #expect(try Run("assemble", "a.scenario", "--output", "a.bytes", in: folder).code == 0)
    let bytes = try Data(contentsOf: folder.appendingPathComponent("a.bytes"))
    #expect(bytes.count == 8 + 2 * 24)
    let shown = try Run("show", "a.bytes", in: folder)
    #expect(shown.output == Self.scenario.split(separator: "\n", maxSplits: 1)[1])
    let replayed = try Run("replay", "a.scenario", "a.bytes", in: folder)
    #expect(replayed.code == 0)
    #expect(
      replayed.output
        == "pass a.scenario (2 operations)\npass a.bytes (2 operations)\n2 files, 0 diverged\n")
  }

  @Test("show --swift names the test after the file, or as --name says")
  func swiftTest() throws {
    try write("two-pages.min.scenario", Array(Self.scenario.utf8))
    let shown = try Run("show", "--swift", "two-pages.min.scenario", in: folder)
    #expect(shown.code == 0 && shown.error == "")
    #expect(shown.output.contains("@Test(\"two pages\")\nfunc twoPages() throws {\n"))
    #expect(shown.output.contains("== .ranges([IPARange(start: 0x2000, size: 0x1000)]))\n"))
    let named = try Run(
      "show", "two-pages.min.scenario", "--swift", "--name", "a-b", in: folder)
    #expect(
      named.output
        == shown.output.replacing("two pages", with: "a b").replacing("twoPages", with: "aB"))
    let nameless = try Run("show", "two-pages.min.scenario", "--name", "a-b", in: folder)
    #expect(nameless.code == 64)
  }

  @Test("a file that is not a scenario is reported in one line, with code 65")
  func notAScenario() throws {
    try write("short", [1, 0, 0])
    try write("future", [9] + [UInt8](repeating: 0, count: 15))
    try write("older", [2] + [UInt8](repeating: 0, count: 15))
    try write("partial", [4] + [UInt8](repeating: 0, count: 10))
    try write("empty", [])
    try write("typo", Array((Self.scenario + "unmpa 0x0 size 0x1000\n").utf8))
    try write("noise", [0xff, 0xfe, 0x00, 0x7f])
    for (name, words) in [
      ("short", "3 bytes"), ("future", "the version, is 9 and not 4"),
      ("older", "the version, is 2 and not 4"), ("partial", "middle"),
      ("empty", "0 bytes"), ("typo", "typo:6:1: unknown operation"), ("noise", "noise:1:1"),
    ] {
      for command in ["replay", "show", "explain"] {
        let run = try Run(command, name, in: folder)
        #expect(run.code == 65, "\(command) \(name)")
        #expect(
          run.error.hasPrefix("revfuzz: \(name)") && run.error.contains(words), "\(run.error)")
        #expect(run.error.filter { $0 == "\n" }.count == 1)
        #expect(run.output.isEmpty)
      }
    }
    #expect(try Run("assemble", "future", in: folder).code == 65)
  }

  @Test("a file that cannot be read exits with 66, a file that cannot be written with 73")
  func unreadable() throws {
    try write("a.scenario", Array(Self.scenario.utf8))
    let missing = try Run("replay", "missing", in: folder)
    #expect(missing.code == 66)
    #expect(missing.error.hasPrefix("revfuzz: cannot read missing: "))
    let empty = folder.appendingPathComponent("nothing")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    #expect(try Run("replay", "nothing", in: folder).code == 66)
    #expect(try Run("show", "nothing", in: folder).code == 66)
    #expect(try Run("explain", "missing", in: folder).code == 66)
    let unwritable = try Run("assemble", "a.scenario", "-o", "no/such/folder", in: folder)
    #expect(unwritable.code == 73)
  }

  @Test("one bad file among good ones is reported, and the others still run")
  func mixed() throws {
    try write("a.scenario", Array(Self.scenario.utf8))
    try write("short", [1])
    let run = try Run("replay", "short", "a.scenario", "missing", in: folder)
    #expect(run.code == 65)
    #expect(run.output.contains("pass a.scenario"))
    #expect(run.error.contains("short") && run.error.contains("missing"))
  }

  @Test("wrong usage exits with 64")
  func usage() throws {
    #expect(try Run("nonsense", in: folder).code == 64)
    #expect(try Run("replay", in: folder).code == 64)
    #expect(try Run("explain", in: folder).code == 64)
    #expect(try Run("explain", "x", "--from", "0", in: folder).code == 64)
    #expect(try Run("explain", "x", "--from", "3", "--to", "2", in: folder).code == 64)
    #expect(try Run("generate", in: folder).code == 64)
    #expect(try Run("generate", "--seed", "x", in: folder).code == 64)
    #expect(try Run("generate", "--seed", "1", "--operations", "257", in: folder).code == 64)
    #expect(try Run("generate", "--seed", "1", "--operations=-1", in: folder).code == 64)
  }

  @Test("a seed prints the same scenario every time, and it replays")
  func generate() throws {
    let first = try Run("generate", "--seed", "7", "--family", "tree", in: folder)
    #expect(first.code == 0 && first.output.hasPrefix("revfuzz-scenario 4\nworld tree"))
    #expect(
      try Run("generate", "--seed", "7", "--family", "tree", in: folder).output == first.output)
    #expect(
      try Run("generate", "--seed", "8", "--family", "tree", in: folder).output != first.output)
    try write("g.scenario", Array(first.output.utf8))
    #expect(try Run("replay", "g.scenario", in: folder).code == 0)
  }

  @Test("replaying a virtual machine prints the cost of staying sound")
  func precision() throws {
    let text = """
      revfuzz-scenario 4
      world vm ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4 direct off mmus 2
      record 0x1000 -> 0x2000 size 0x1000 mmu 1
      unmap 0x1000 size 0x1000

      """
    try write("vm.scenario", Array(text.utf8))
    let run = try Run("replay", "vm.scenario", in: folder)
    #expect(run.code == 0)
    #expect(
      run.output == """
        pass vm.scenario (2 operations; 1 mapping killed by unmaps, 0 of them needlessly; \
        0 full unmaps; 0.0 % of the mapped pages unknown)

        """)
  }

  @Test("replaying a finding of a library without the library says so")
  func withoutLibrary() throws {
    let folder = folder.appendingPathComponent("FuzzForeign/findings")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Self.scenario.write(
      to: folder.appendingPathComponent("crash"), atomically: true, encoding: .utf8)
    let run = try Run(["replay", "FuzzForeign/findings/crash"], in: self.folder)
    #expect(run.code == 0 && run.output.hasPrefix("pass FuzzForeign/findings/crash (2 operations"))
    #expect(run.error.contains("add --subject LIBRARY"))
    for command in ["explain", "shrink", "triage"] {
      let run = try Run([command, "FuzzForeign/findings/crash"], in: self.folder)
      #expect(run.error.contains("add --subject LIBRARY"), "\(command)")
    }
    try write("own", Array(Self.scenario.utf8))
    #expect(try Run("replay", "own", in: self.folder).error.isEmpty)
  }

  @Test("explain draws text and bytes alike, without colours if there is no terminal")
  func explain() throws {
    try write("a.scenario", Array(Self.scenario.utf8))
    #expect(try Run("assemble", "a.scenario", "--output", "a.bytes", in: folder).code == 0)
    let run = try Run("explain", "a.scenario", in: folder)
    #expect(run.code == 0 && run.error.isEmpty)
    #expect(
      run.output == """
        world map ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 4
        [0x1000---] an entry with its nested base   [???] an unknown entry
        . gap   ~ gap of more than 64 pages   / not drawn   ^ the two sides differ

        step 1  record 0x1000 -> 0x2000 size 0x1000    stored
          canonical  0x0 0x1000  0x2000 0x4000
          op             [======]
          oracle     ....[0x2000].......
          subject    ....[0x2000].......

        step 2  unmap 0x0 size 0x4000    ranges [0x2000, 0x2fff]
          canonical  0x0 0x1000  0x2000 0x4000
          op         [=================]
          oracle     ...................
          subject    ...................

        no divergence in 2 operations

        """)
    #expect(try Run("explain", "a.bytes", in: folder).output == run.output)
    let second = try Run("explain", "a.bytes", "--from", "2", "--to", "2", in: folder)
    #expect(second.output.contains("step 2") && !second.output.contains("step 1"))
    let narrow = try Run("explain", "a.bytes", in: folder, columns: 70).output
    #expect(narrow != run.output)
    #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 70 })
  }

  @Test("enumerate counts states, and rejects lengths out of range")
  func enumerate() throws {
    let run = try Run("enumerate", "--length", "1", in: folder)
    #expect(run.code == 0)
    #expect(run.output.split(separator: "\n").count == 2)
    // 21 records, 10 invalidations, 6 operations and a refused record for each of two MMUs; 10
    // unmaps and 10 queries.
    #expect(run.output.contains("96 transitions in sequences of up to 1 operation"))
    for length in ["0", "8", "x"] {
      let run = try Run("enumerate", "--length", length, in: folder)
      #expect(run.code == 64)
      #expect(run.error.hasPrefix("Error:"))
    }
  }

  @Test("shrink reports that a scenario passes, and writes no file")
  func shrinkPassing() throws {
    try write("a.scenario", Array(Self.scenario.utf8))
    let run = try Run("shrink", "a.scenario", in: folder)
    #expect(run.code == 65)
    #expect(run.error == "revfuzz: a.scenario: it passes, so there is nothing to shrink\n")
    let left = try FileManager.default.contentsOfDirectory(
      atPath: folder.appendingPathComponent("out/shrunk").path)
    #expect(left.isEmpty)
  }

  @Test("shrink rejects bad arguments before it starts")
  func shrinkRefuses() throws {
    try write("a.scenario", Array(Self.scenario.utf8))
    let missing = try Run("shrink", "b.scenario", in: folder)
    #expect(missing.code == 66 && missing.error.hasPrefix("revfuzz: cannot read b.scenario: "))
    let folderRun = try Run("shrink", "a.scenario", "--out", "/dev/null/x", in: folder)
    #expect(folderRun.code == 73 && folderRun.error.contains("/dev/null/x"))
    let test = try Run("shrink", "a.scenario", "--add-test", "mine", in: folder)
    #expect(test.code == 73 && test.error.contains("Tests/ReproTests/Fixtures"))
    #expect(try Run("shrink", "a.scenario", "--add-test", "../mine", in: folder).code == 64)
    #expect(try Run("shrink", "a.scenario", "--time", "0", in: folder).code == 64)
  }

  @Test("bench times every requested workload, and writes the results")
  func bench() throws {
    let run = try Run(
      "bench", "--records", "1000", "--rounds", "1", "--workload", "sparse", "--workload", "blocks",
      "--slots", "16", "--json", "b.json", in: folder)
    #expect(run.code == 0)
    #expect(run.output.contains("\nsparse: ") && run.output.contains("\nblocks: "))
    #expect(!run.output.contains("\ndense: ") && run.output.contains("swift-16"))
    let json = try Data(contentsOf: folder.appendingPathComponent("b.json"))
    let report = try JSONDecoder().decode(BenchReport.self, from: json)
    #expect(report.runs.map(\.workload) == ["sparse", "blocks"] && !report.isGrowth)
    #expect(report.subjects.map(\.name) == ["swift", "swift-16"])
    let grown = try Run(
      "bench", "--grow", "--records", "4096", "--rounds", "1", "--json", "g.json", in: folder)
    #expect(grown.code == 0 && grown.output.split(separator: "\n").count == 2 + 2)
    let steps = try JSONDecoder().decode(
      BenchReport.self, from: try Data(contentsOf: folder.appendingPathComponent("g.json")))
    #expect(steps.runs.map(\.records) == [1024, 4096] && steps.isGrowth)
  }

  @Test("bench rejects bad arguments before it starts")
  func benchRefuses() throws {
    for arguments in [
      ["--rounds", "0"], ["--records", "999"], ["--records", "16777217"], ["--workload", "dens"],
    ] {
      #expect(try Run("bench", arguments[0], arguments[1], in: folder).code == 64)
    }
    let tree = try Run("bench", "tree", "--rounds", "0", in: folder)
    #expect(tree.code == 64 && tree.error.contains("--rounds is 0"))
    let missing = try Run("bench", "--subject", "missing.so", in: folder)
    #expect(missing.code == 66 && missing.error.hasPrefix("revfuzz: cannot read missing.so: "))
    #expect(missing.output.isEmpty && missing.error.filter { $0 == "\n" }.count == 1)
    let unwritable = try Run("bench", "--json", "no/such/folder", in: folder)
    #expect(unwritable.code == 73 && unwritable.output.isEmpty)
  }
}
