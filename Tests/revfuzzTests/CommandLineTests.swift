import ArgumentParser
import Files
import Foundation
import TestSupport
import Testing

@testable import revfuzz

@Suite("The words of a command line")
struct CommandLineWordsTests {
  private func problem(_ words: String...) -> CommandError? {
    do throws(CommandError) {
      try CommandLineWords(words).check()
      return nil
    } catch {
      return error
    }
  }

  @Test("a word that looks like several options of one letter is a mistake, with a way out")
  func cluster() {
    for words in [
      ["replay", "-crash-1"], ["shrink", "--time", "3", "-help"], ["show", "-12"],
    ] {
      let problem = problem(of: words)
      #expect(problem?.exitCode == ExitCode(64), "\(words)")
      #expect(problem?.description.contains("write ./\(words.last ?? "")") == true, "\(words)")
    }
    #expect(problem("replay", "-q", "a", "-") == nil)
    #expect(problem("assemble", "a", "-o=b") == nil)
    #expect(problem("replay", "--", "-crash-1") == nil)
    #expect(problem("supervise", "--log", "l", "--", "setarch", "-Rx") == nil)
  }

  private func problem(of words: [String]) -> CommandError? {
    #expect(throws: CommandError.self) { try CommandLineWords(words).check() }
  }

  @Test("a subcommand that does not exist is a mistake, also if help is asked for")
  func subcommand() {
    for (words, name) in [
      (["foo"], "foo"), (["foo", "--help"], "foo"), (["help", "foo"], "foo"),
      (["study", "foo"], "study foo"), (["help", "bench", "foo"], "bench foo"), ([""], ""),
    ] {
      let problem = problem(of: words)
      #expect(problem?.exitCode == ExitCode(64), "\(words)")
      #expect(problem?.description.contains("no subcommand '\(name)'") == true, "\(words)")
    }
    for words in [
      [], ["help"], ["help", "bench", "tree"], ["bench"], ["bench", "--grow"], ["replay", "help"],
      ["--help"], ["--generate-completion-script", "bash"],
    ] {
      #expect(throws: Never.self, "\(words)") { try CommandLineWords(words).check() }
    }
  }

  @Test("a negative number belongs to the option before it")
  func negative() {
    func joined(_ words: String...) -> [String] { CommandLineWords(words).forParser }
    #expect(joined("campaign", "--hours", "-1") == ["campaign", "--hours=-1"])
    #expect(joined("campaign", "--hours", "-.5") == ["campaign", "--hours=-.5"])
    #expect(joined("show", "a", "-1") == ["show", "a", "-1"])
    #expect(joined("show", "--", "-1") == ["show", "--", "-1"])
    #expect(joined("a", "--b=1", "-1") == ["a", "--b=1", "-1"])
    #expect(joined("replay", "--quiet", "-q") == ["replay", "--quiet", "-q"])
  }
}

@Suite("The command with unusual arguments and streams", .waitsForProcesses)
struct CommandLineTests {
  private let scratch = try! Scratch()

  /// On the canary, an unmap of two entries leaves one out.
  private static let failing = """
    revfuzz-scenario 4
    world vm mmus 1
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x3000 -> 0x8000 size 0x1000 mmu 0
    query 0x0 size 0x1000
    unmap 0x0 size 0x8000

    """

  private func write(_ name: String) throws {
    try Self.failing.write(toFile: scratch.path(name), atomically: true, encoding: .utf8)
  }

  private func run(_ arguments: String...) throws -> Run { try Run(arguments, in: scratch.url) }

  /// Runs a script, in which `"$0"` is the command.
  private func shell(_ script: String) throws -> ChildProcess {
    try ChildProcess("/bin/bash", ["-c", script, Run.executable], in: scratch.url)
  }

  @Test("a wrong word is answered by one line and exit code 64")
  func words() throws {
    for arguments in [["replay", "-crash-1"], ["help", "foo"], ["foo"]] {
      let run = try Run(arguments, in: scratch.url)
      #expect(run.code == 64 && run.output.isEmpty, "\(arguments)")
      #expect(run.error.hasPrefix("revfuzz: ") && run.error.filter { $0 == "\n" }.count == 1)
    }
    let hours = try run("campaign", "--hours", "-1")
    #expect(hours.code == 64 && hours.error.contains("must be 1 second to 31 days"))
    #expect(try run("help", "replay").output == run("replay", "--help").output)
  }

  @Test("an empty path is named as such")
  func empty() throws {
    try write("a")
    for (arguments, code) in [
      (["replay", ""], 66), (["show", ""], 66), (["replay", "a", "--subject", ""], 66),
      (["report", "--state", ""], 66), (["assemble", "a", "-o", ""], 73),
      (["shrink", "a", "--out", ""], 73), (["triage", "a", "--findings", ""], 73),
      (["study", "allocation", "--csv", ""], 73),
    ] as [([String], Int32)] {
      let run = try Run(arguments, in: scratch.url)
      #expect(run.code == code, "\(arguments)")
      #expect(run.error.hasSuffix("'': the path is empty\n"), "\(arguments): \(run.error)")
    }
  }

  @Test(
    "a command whose reader is gone ends quietly, with the code that SIGPIPE gives",
    arguments: [
      ["replay", "a", "a"], ["generate", "--seed", "1"], ["shrink", "--canary", "forget", "a"],
      ["triage", "--json", "a"], ["--help"], ["explain", "a"],
    ])
  func closedPipe(arguments: [String]) throws {
    try write("a")
    let output = Pipe()
    try output.fileHandleForReading.close()
    let error = Pipe()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Run.executable)
    process.arguments = arguments
    process.currentDirectoryURL = scratch.url
    process.standardOutput = output.fileHandleForWriting
    process.standardError = error
    try process.run()
    let printed = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    #expect(process.terminationStatus == (isSignal ? SIGPIPE : 128 + SIGPIPE))
    #expect(!printed.contains("revfuzz: "), "\(printed)")
  }

  @Test("a stream that is closed at the start reads and writes nothing")
  func closedStreams() throws {
    try write("a")
    #expect(try shell(#""$0" assemble a -o whole"#).code == 0)
    // Without a file in their place, the next three files would become the streams.
    let closed = try shell(#""$0" replay a a 0<&- 1>&- 2>&-; echo $?"#)
    #expect(closed.output == "0\n")
    #expect(try shell(#""$0" assemble a -o file 0<&- 1>&- 2>&-"#).code == 0)
    #expect(
      FileManager.default.contents(atPath: scratch.path("file"))
        == FileManager.default.contents(atPath: scratch.path("whole")))
    let error = try shell(#""$0" shrink --canary forget --out out a 2>&-"#)
    #expect(error.code == 0 && error.output.contains("wrote out/"))
  }

  @Test("shrinking prints one line of progress if there is no terminal")
  func progress() throws {
    try write("a")
    let run = try run("shrink", "--canary", "forget", "a", "--time", "50")
    #expect(run.code == 0)
    #expect(run.error == "a: it fails; shrinking 4 operations, up to 50 s\n")
  }

  @Test("report does not create a state folder")
  func report() throws {
    let run = try run("report", "--state", "typo")
    #expect(run.code == 66)
    #expect(run.error.contains("no campaign has used this --state"))
    #expect(scratch.names.isEmpty)
  }
}
