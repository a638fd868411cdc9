import Foundation
import TestSupport
import Testing
import Traces

@testable import revfuzz

@Suite("revfuzz trace", .waitsForProcesses)
struct TraceCommandTests {
  private let scratch = try! Scratch()
  private var folder: URL { scratch.url }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  private static let small = """
    1 record s0 0x200000 0x400000 0x1000 rwx new
    2 record s0 0x201000 0x600000 0x1000
    3 unmap 0x200000 0x2000 notifier:clear

    """

  private func shell(_ line: String) throws -> ChildProcess {
    try ChildProcess("/bin/sh", ["-c", line, Run.executable], in: folder)
  }

  @Test("it prints the figures, and writes them as one document")
  func figures() throws {
    try write("a", Self.small)
    let run = try Run("trace", "a", "--direct", "off", "--json", "a.json", in: folder)
    #expect(run.code == 0 && run.error.isEmpty)
    let lines = run.output.split(separator: "\n")
    #expect(lines[0] == "a: 3 lines, 3 events, direct map off")
    #expect(lines[1].hasPrefix("records  ") && lines[1].hasSuffix(" 2  4K 2"))
    let json = try Data(contentsOf: folder.appendingPathComponent("a.json"))
    let report = try JSONDecoder().decode(TraceReport.self, from: json)
    #expect(report.trace == "a" && report.lines == 3 && !report.directMap)
    #expect(report.figures.unmaps.killed == 2 && report.figures.records == 2)
  }

  @Test("standard input and packed files are traces too")
  func inputs() throws {
    try write("a", Self.small)
    for line in [
      #""$0" trace a"#, #""$0" trace - < a"#, #"cat a | "$0" trace -"#,
      #"gzip -c a | "$0" trace -"#, #"gzip -c a > a.gz && "$0" trace a.gz"#,
      #"cat a | "$0" trace /dev/stdin"#,
    ] {
      let run = try shell(line)
      #expect(run.code == 0 && run.error.isEmpty, "\(line): \(run.error)")
      #expect(run.output.contains(": 3 lines, 3 events, direct map on\n"), "\(line)")
    }
  }

  @Test("a file that is no trace is one line and a documented exit code")
  func bad() throws {
    try write("empty", "")
    try write("bad", Self.small + "4 unmpa 0x0 0x1000\n")
    try write("half.gz", "\u{1f}")
    try Data([0x1f, 0x8b, 8, 0]).write(to: folder.appendingPathComponent("half.gz"))
    for (name, code, words) in [
      ("empty", 65, "empty: the file is empty"), ("bad", 65, "bad:4: unknown event 'unmpa'"),
      ("half.gz", 65, "half.gz: gzip cannot unpack it"),
      ("missing", 66, "cannot read missing: No such file"), (".", 66, "it is a folder"),
    ] as [(String, Int32, String)] {
      let run = try Run("trace", name, in: folder)
      #expect(run.code == code && run.output.isEmpty, "\(name)")
      #expect(run.error.hasPrefix("revfuzz: ") && run.error.contains(words), "\(run.error)")
      #expect(run.error.filter { $0 == "\n" }.count == 1)
    }
    let standard = try shell(#""$0" trace - < bad"#)
    #expect(standard.error.hasPrefix("revfuzz: standard input:4: unknown event"))
    let noGzip = try shell(#"cp "$0" r; gzip -c bad > b.gz; PATH=/nowhere ./r trace b.gz"#)
    #expect(noGzip.code == 71 && noGzip.error.contains("cannot start gzip"), "\(noGzip.error)")
  }

  @Test("wrong usage names the option, and an unwritable file is found before the run")
  func usage() throws {
    try write("a", Self.small)
    for arguments in [
      ["--check-every", "0"], ["--check-every", "x"], ["--direct", "maybe"], ["--subject"],
    ] {
      let run = try Run(["trace", "a"] + arguments, in: folder)
      #expect(run.code == 64 && run.error.contains(arguments[0]), "\(run.error)")
    }
    #expect(try Run("trace", in: folder).code == 64)
    #expect(try Run("trace", "a", "--json", "no/such/folder", in: folder).code == 73)
    #expect(try Run("trace", "a", "--subject", "missing.so", in: folder).code == 66)
  }

  @Test("a reader that goes away ends it quietly")
  func closedPipe() throws {
    try write("a", Self.small)
    let run = try shell(#"{ "$0" trace a; echo $? >&2; } | true"#)
    #expect(run.output.isEmpty && (run.error == "141\n" || run.error == "0\n"), "\(run.error)")
  }

  @Test("a failure is the event, what was expected, and a scenario that fails too")
  func failure() throws {
    try write("a", "0 record s0 0x90000000 0x90000000 0x1000\n" + Self.small)
    let run = try Run("trace", "a", "--canary", "forget", "--out", "cut", in: folder)
    #expect(run.code == 1)
    #expect(
      run.output.hasPrefix(
        """
        revfuzz: DIVERGENCE in a:4: unsound, mmu 0
        event      unmap 0x200000 size 0x2000
        expected   no live mapping of [0x200000, 0x201fff]
        actual     [0x201000, 0x201fff] -> [0x600000, 0x600fff] of line 3 is alive

        """))
    #expect(run.output.hasSuffix("wrote cut/line-4.scenario\n"))
    let replay = try Run("replay", "cut/line-4.scenario", "--canary", "forget", in: folder)
    #expect(replay.code == 1 && replay.output.contains("cut/line-4.scenario: unsound, at step 3"))
    #expect(try Run("replay", "cut/line-4.scenario", in: folder).code == 0)
  }
}
