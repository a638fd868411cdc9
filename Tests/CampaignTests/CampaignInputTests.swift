import CampaignReport
import Files
import Foundation
import Testing
import TestSupport

@testable import Campaign

/// Runs whole campaigns, with scripts in place of the targets that leave failing inputs in every
/// way a target does.
@Suite("A campaign loses and misreports no input", .waitsForProcesses)
struct CampaignInputTests {
  private static let finding = "unmap-misses-a-mapping"

  /// Expects that all failing inputs of FuzzShadow were triaged, and returns how many there are.
  private static func triaged(_ project: FakeProject) -> Int {
    #expect(InputFolder.names(in: project.path("state/targets/FuzzShadow/crashes")) == [])
    return InputFolder.names(in: project.path("state/targets/FuzzShadow/triaged")).count
  }

  @Test("a process that goes on after three failures has all of them triaged, and loses no time")
  func goesOn() throws {
    let project = try FakeProject(["FuzzShadow"])
    try project.set(.goesOn, "FuzzShadow")
    let run = try project.campaign(seconds: 20, ["--canary", "forget", "--jobs", "1"])
    #expect(run.code == 1, "\(run.error)")
    let record = try project.record()
    #expect(record.findings.map(\.name) == [Self.finding])
    let saved = project.lines("ledger-of-crashes").count
    #expect(saved >= 6, "there were two processes")
    #expect(record.findings.first?.count == saved)
    #expect(Self.triaged(project) == saved)
    #expect(record.unexplained == 0 && record.warnings == [])
    let jobs = record.targets.flatMap(\.jobs)
    #expect(jobs.allSatisfy { $0.failedEarly == nil })
    #expect(jobs.map(\.seconds).reduce(0, +) >= 0.9 * Double(record.plannedSeconds))
  }

  @Test("the input of a process that was killed is recovered and triaged, with a warning")
  func dies() throws {
    let project = try FakeProject(["FuzzShadow"])
    try project.set(.dies, "FuzzShadow")
    let run = try project.campaign(seconds: 2, ["--canary", "forget", "--jobs", "1"])
    #expect(run.code == 1, "\(run.error)")
    let record = try project.record()
    #expect(record.findings.map(\.name) == [Self.finding])
    #expect(record.findings.first?.count == Self.triaged(project))
    #expect(record.unexplained == 0)
    for warning in record.warnings {
      let pattern = /FuzzShadow, (tiny|production): a process was ended by signal 9/
      #expect(warning.sentence.wholeMatch(of: pattern) != nil)
    }
    #expect(!record.warnings.isEmpty)
    let triaged = InputFolder.names(in: project.path("state/targets/FuzzShadow/triaged"))
    #expect(triaged.allSatisfy { $0.hasPrefix("\(record.name).0") && $0.contains(".killed-") })
    // It died at once, each time.
    let lost = /only . s of 2 s was fuzzed, because this failure ended (\d+) of (\d+) processes/
    let counts = try #require(run.output.firstMatch(of: lost), "\(run.output)")
    #expect(counts.1 == counts.2)
  }

  @Test(
    "the input of a killed campaign is recovered, and the next run has no doubt if it passes",
    arguments: ["plain", "address-sanitizer"])
  func killedBefore(kind: String) throws {
    let project = try FakeProject(["FuzzShadow"])
    let crashes = project.path("state/targets/FuzzShadow/crashes")
    try FileManager.default.createDirectory(atPath: crashes, withIntermediateDirectories: true)
    // Without the canary it passes.
    try FileManager.default.copyItem(
      atPath: project.path("failing"), toPath: "\(crashes)/.RUN.000001.\(kind).running-123")
    // Neither setting of the caller may reach the targets.
    let arguments = project.arguments(seconds: 1)
    let run = try ChildProcess(
      Run.executable, arguments, in: project.url,
      environment: ["REVFUZZ_RECOVER": "1", "REVFUZZ_KEEP_GOING": project.path("mine")])
    let left = try FileManager.default.contentsOfDirectory(atPath: crashes)
    let record = try project.record()
    if kind == "plain" {
      #expect(left == [])
      let triaged = InputFolder.names(in: project.path("state/targets/FuzzShadow/triaged"))
      #expect(triaged == ["RUN.000001.plain.killed-123"])
      #expect(record.unexplained == 0 && record.warnings == [])
      #expect(
        run.output.hasPrefix("revfuzz INCONCLUSIVE (no self-check was run; left out: "),
        "there is no other doubt: \(run.output)")
    } else {
      // Only the sanitized build can triage it, and there is none. It is not forgotten.
      #expect(left == ["RUN.000001.address-sanitizer.killed-123"])
      #expect(record.unexplained == 1)
      #expect(try project.warnings().contains("'address sanitizer' job was not triaged"))
    }
    #expect(record.targets.map(\.last.executions).reduce(0, +) > 5)
  }

  @Test("a failure whose input passes is saved again, because another input may not pass")
  func vanishes() throws {
    let project = try FakeProject(["FuzzShadow"])
    try project.set(.vanishes, "FuzzShadow")
    // Without the canary all inputs pass.
    let process = try project.start(seconds: 600, ["--jobs", "1"])
    #expect(FakeProject.wait { project.lines("ledger-of-crashes").count >= 2 })
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(try project.record().unexplained > 0)
  }

  @Test(
    "a corpus is minimised and complete in a folder of any name",
    arguments: [" a b", " it's", " \"a\"", " $HOME", " `id`;&|()*", "é ö"])
  func names(suffix: String) throws {
    let project = try FakeProject(suffix: suffix)
    let run = try project.campaign(seconds: 1)
    let record = try project.record()
    #expect(record.warnings == [], "\(run.error)")
    for target in ["FuzzShadow", "FuzzWords"] {
      #expect(run.error.contains("\(target): corpus minimised from "), "\(run.error)")
    }
    let kept = project.contents("state/targets/FuzzShadow/corpus")
      .union(project.contents("state/targets/FuzzWords/corpus"))
    #expect(kept == Set(project.lines("ledger") + ["committed"]))
    #expect(kept.count > 5)
    // The merge has renamed them.
    let names = InputFolder.names(in: project.path("state/targets/FuzzShadow/corpus"))
    #expect(names.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{40}/) != nil })
    // The recorded command can be pasted.
    #expect(record.command.contains("--state \(shellWordOf(project.path("state")))"))
  }

  /// `path` as the shell prints it for itself, if it has to be quoted.
  private func shellWordOf(_ path: String) -> String {
    path.contains { " '\"$`;".contains($0) }
      ? "'\(path.replacing("'", with: "'\\''"))'" : path
  }

  @Test("a merge that runs no input is discarded with a warning")
  func skips() throws {
    let project = try FakeProject(["FuzzShadow"])
    try project.set(.skips, "FuzzShadow")
    _ = try project.campaign(seconds: 1)
    #expect(
      try project.warnings().contains(
        "FuzzShadow: corpus not minimised: the merge failed: it ran no input"))
    let kept = project.contents("state/targets/FuzzShadow/corpus")
    #expect(kept == Set(project.lines("ledger") + ["committed"]))
  }

  @Test("a merge does not take an earlier one in the same log for its own")
  func sameLog() async throws {
    let project = try FakeProject(["FuzzShadow"])
    func merge() async throws(CommandError) -> Int {
      let chosen = project.path("chosen-\(UUID().uuidString)")
      try ResultFolder(path: chosen).make()
      return try await CorpusMerge(
        executable: project.path("build/FuzzShadow"), chosen: chosen,
        sources: [project.path("Corpus/FuzzShadow")], log: project.path("log"), seconds: 60,
        megabytes: 100, supervisor: Run.executable
      ).run()
    }
    #expect(try await merge() == 1)
    try project.set(.skips, "FuzzShadow")
    await #expect(throws: CommandError.self) { try await merge() }
  }

  @Test("what a campaign left out is in its line and its record")
  func leftOut() throws {
    let project = try FakeProject(["FuzzShadow"])
    let left = ["value profile", "AddressSanitizer", "source coverage"]
    let run = try project.campaign(seconds: 1)
    #expect(run.output.contains("; left out: \(left.joined(separator: ", "))): "), "\(run.output)")
    let record = try project.record()
    #expect(record.leftOut == left && record.subject == nil)
    // There is time for one process, and there are three jobs.
    let two = try FakeProject()
    _ = try two.campaign(seconds: 1, ["--jobs", "1"])
    #expect(try two.record().leftOut == left + ["2 jobs for lack of time"])
  }

  private static let hasCompiler = (try? FakeProject.shell("command -v clang").code) == 0

  @Test(
    "the library is in the line, the record and the report",
    .enabled(if: hasCompiler, "clang is not on PATH"))
  func library() throws {
    let project = try FakeProject(["FuzzForeign"])
    let build = try FakeProject.shell(
      "cd '\(Project.root.path)' && clang -shared -fPIC -I Sources/Map/CReverseMap/include"
        + " -o '\(project.path("my map.so"))' Plugins/sorted-array/sorted_array.c")
    try #require(build.code == 0, "\(build.output)")
    let run = try project.campaign(seconds: 1, ["--subject", "my map.so"])
    let path = project.path("my map.so")
    #expect(run.output.hasPrefix("revfuzz INCONCLUSIVE on sorted-array, \(path) ("))
    let record = try project.record()
    #expect(record.subject == CampaignRecord.Subject(name: "sorted-array", path: path))
    #expect(record.leftOut?.last == "node sizes")
    let report = project.path("state/runs/\(record.name)/report.html")
    let html = try String(contentsOfFile: report, encoding: .utf8)
    #expect(html.contains("<title>Inconclusive on sorted-array, \(path): revfuzz"))
    #expect(record.command.hasSuffix(" --subject 'my map.so'"))
  }
}
