import CampaignReport
import TestSupport
import Foundation
import ReverseMapping
import Testing

@testable import Campaign

/// Runs whole campaigns, with scripts in place of the targets that fail in every way a campaign
/// must survive.
@Suite("A campaign survives faults", .waitsForProcesses)
struct CampaignFaultTests {
  @Test(
    "without faults all inputs are kept and minimised, but a run without self-checks is not clean")
  func plain() throws {
    let project = try FakeProject()
    let run = try project.campaign(seconds: 2)
    #expect(run.code == 2, "without self-checks no run is clean: \(run.error)")
    let found = Set(project.lines("ledger"))
    #expect(!found.isEmpty)
    let kept = project.contents("state/targets/FuzzShadow/corpus")
      .union(project.contents("state/targets/FuzzWords/corpus"))
    #expect(kept == found.union(["committed"]))
    let record = try project.record()
    #expect(record.warnings == [])
    #expect(record.targets.map(\.name) == ["FuzzShadow", "FuzzWords"])
    #expect(record.targets.map(\.last.executions).reduce(0, +) == found.count)
    #expect(record.isInterrupted == false)
    #expect(record.targets[0].corpusBefore == 1)
  }

  @Test("a corpus that has grown is pruned while other processes write to it")
  func pruned() throws {
    let project = try FakeProject()
    // As many as processes write in a few minutes.
    for number in 0..<2000 {
      try "\(number)".write(
        toFile: project.path("Corpus/FuzzShadow/redundant-\(number)"), atomically: false,
        encoding: .utf8)
    }
    try project.set(.brief, "FuzzShadow")
    let process = try project.start(seconds: 600, ["--targets", "FuzzShadow"])
    func messages() -> [String] {
      project.lines("stderr").filter { $0.contains("FuzzShadow: corpus has grown") }
    }
    func processes() -> Int {
      Set(project.lines("ledger").map { $0.split(separator: "-")[1] }).count
    }
    // Waits for events, not for a time, because the machine may be slow: until the corpus is
    // pruned, and three more processes have run.
    #expect(FakeProject.wait { !messages().isEmpty })
    let before = processes()
    #expect(FakeProject.wait { processes() >= before + 3 })
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    // It is pruned once, after the first process. After the others it had not grown again.
    let pruned = messages()
    #expect(pruned.count == 1, "\(project.lines("stderr"))")
    let counts = pruned.joined().matches(of: /[0-9]+/).suffix(2).compactMap { Int($0.output) }
    #expect(counts.count == 2 && counts[0] > 2000 && counts[1] < 1000, "\(pruned)")
    let record = try project.record()
    #expect(record.warnings == [])
    let kept = project.contents("state/targets/FuzzShadow/corpus")
    #expect(kept == Set(project.lines("ledger") + ["committed"]))
  }

  @Test("20 times kill -9 of the campaign or one of its processes loses no input")
  func kills() throws {
    let project = try FakeProject()
    try project.set(.crashes, "FuzzWords")
    var random = SplitMix64(seed: 20_261_125)
    for round in 0..<20 {
      let process = try project.start(seconds: 2, ["--canary", "forget"])
      // The kill may hit any time from before the first process to after the last merge.
      Thread.sleep(forTimeInterval: 0.3 + Double(random.next() % 3200) / 1000)
      if round % 2 == 1, let child = try project.processes().randomElement() {
        kill(child, SIGKILL)
        Thread.sleep(forTimeInterval: 0.3)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      try Self.expectNoProcesses(of: project)
    }
    try project.set(.normal, "FuzzWords")
    let run = try project.campaign(seconds: 2, ["--canary", "forget"])
    let found = Set(project.lines("ledger"))
    #expect(found.count > 20)
    let kept = project.contents("state/targets/FuzzShadow/corpus")
      .union(project.contents("state/targets/FuzzWords/corpus"))
    #expect(found.subtracting(kept) == [])
    #expect(kept.contains("committed"))
    // Every failing input was triaged, by the run that found it or by a later one.
    #expect(InputFolder.names(in: project.path("state/targets/FuzzWords/crashes")) == [])
    let crashes = project.lines("ledger-of-crashes").count
    #expect(crashes > 5)
    let triaged = InputFolder.names(in: project.path("state/targets/FuzzWords/triaged")).count
    // A kill may hit between the file and its line in the ledger.
    #expect(triaged >= min(crashes, 200))
    let finding = project.path("state/findings/unmap-misses-a-mapping")
    let record = try #require(FindingStore.record(in: finding))
    #expect(record.count > 1)
    #expect(record.reported != nil, "\(run.error)")
  }

  /// Expects that all processes of the project end soon.
  private static func expectNoProcesses(of project: FakeProject) throws {
    for _ in 0..<50 {
      if try project.processes().isEmpty { return }
      Thread.sleep(forTimeInterval: 0.1)
    }
    Issue.record("processes outlive the campaign: \(try project.processes())")
  }

  @Test("a finding is filed during the run, and is known in the next run")
  func findings() throws {
    let project = try FakeProject()
    try project.set(.crashes, "FuzzWords")
    let first = try project.campaign(seconds: 3, ["--canary", "forget"])
    #expect(first.code == 1, "\(first.error)")
    var record = try project.record()
    #expect(record.findings.map(\.name) == ["unmap-misses-a-mapping"])
    #expect(record.findings[0].isNew)
    #expect(record.findings[0].scenario.contains("unmap 0x"))
    let about = try #require(
      FindingStore.record(in: project.path("state/findings/unmap-misses-a-mapping")))
    #expect(about.origin.contains("FuzzWords, plain; no commit"))
    #expect(about.origin.contains("build/FuzzWords "))
    // The other target was fuzzed meanwhile.
    #expect(record.targets[0].last.executions > 10)
    let second = try project.campaign(seconds: 2, ["--canary", "forget"])
    #expect(second.code == 2, "no new findings, but inconclusive: \(second.error)")
    record = try project.record()
    #expect(record.findings.map(\.isNew) == [false])
    #expect(record.findings[0].count == project.lines("ledger-of-crashes").count)
  }

  @Test("a corpus input that fails is quarantined until it passes again")
  func quarantine() throws {
    let project = try FakeProject()
    try FileManager.default.copyItem(
      atPath: project.path("failing"), toPath: project.path("Corpus/FuzzShadow/failing"))
    try project.set(.crashes, "FuzzShadow")
    _ = try project.campaign(seconds: 3, ["--canary", "forget"])
    #expect(
      InputFolder.names(in: project.path("state/targets/FuzzShadow/quarantine")) == ["failing"])
    // The script passes every input that it is given, so the next run returns it to the corpus.
    try project.set(.normal, "FuzzShadow")
    _ = try project.campaign(seconds: 1)
    #expect(InputFolder.names(in: project.path("state/targets/FuzzShadow/quarantine")) == [])
    let failing = FileManager.default.contents(atPath: project.path("failing"))
    let corpus = InputFolder(path: project.path("state/targets/FuzzShadow/corpus"))
    #expect(try corpus.contents.contains(#require(failing)))
  }

  @Test("a process that sleeps forever is killed with a warning, and the campaign continues")
  func sleeps() throws {
    let project = try FakeProject()
    try project.set(.sleeps, "FuzzWords")
    let run = try project.campaign(seconds: 2)
    #expect(run.code == 2)
    #expect(
      try project.warnings().contains("FuzzWords, plain: a process exceeded its time limit"))
    let record = try project.record()
    #expect(record.targets[0].last.executions > 5)
    try Self.expectNoProcesses(of: project)
  }

  @Test("a process that takes all memory is killed with a warning, and the campaign continues")
  func leaks() throws {
    let project = try FakeProject()
    try project.set(.leaks, "FuzzWords")
    let run = try project.campaign(seconds: 4)
    #expect(run.code == 2)
    #expect(try project.warnings().contains("FuzzWords, plain: a process used "))
    #expect(try project.record().targets[0].last.executions > 5)
  }

  @Test("a failed process without a saved input, and an invalid input, keep a run from being clean")
  func unexplained() throws {
    let project = try FakeProject()
    try project.set(.crashes, "FuzzShadow")
    // An empty file, as a full disk leaves it.
    try Data().write(to: project.url.appendingPathComponent("failing"))
    _ = try project.campaign(seconds: 2, ["--canary", "forget"])
    var record = try project.record()
    #expect(record.unexplained > 0 && record.findings == [])
    #expect(try project.warnings().contains("a saved input is not a valid scenario"))
    #expect(InputFolder.names(in: project.path("state/targets/FuzzShadow/crashes")) == [])
    #expect(InputFolder.names(in: project.path("state/targets/FuzzShadow/unsortable")).count > 0)
    try FileManager.default.removeItem(atPath: project.path("failing"))
    _ = try project.campaign(seconds: 2, ["--canary", "forget"])
    record = try project.record()
    #expect(record.unexplained > 0)
    #expect(try project.warnings().contains("exited with 77; no input was saved"))
  }

  @Test("a finding of a run that was killed before its report is new in the next run, once")
  func reportedOnce() throws {
    let project = try FakeProject()
    try project.set(.crashes, "FuzzWords")
    let process = try project.start(seconds: 600, ["--canary", "forget"])
    let finding = project.path("state/findings/unmap-misses-a-mapping")
    #expect(FakeProject.wait { FindingStore.record(in: finding) != nil })
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try project.set(.normal, "FuzzWords")
    #expect(try project.campaign(seconds: 1).code == 1)
    #expect(try project.record().findings.map(\.isNew) == [true])
    #expect(try project.campaign(seconds: 1).code == 2)
    #expect(try project.record().findings == [])
  }

  @Test("revfuzz report rewrites the same report, and reports a missing run")
  func reportAgain() throws {
    let project = try FakeProject()
    let first = try project.campaign(seconds: 1)
    let run = try #require(InputFolder.names(in: project.path("state/runs")).last)
    let path = project.path("state/runs/\(run)/report.html")
    let html = try String(contentsOfFile: path, encoding: .utf8)
    #expect(html.contains("Inconclusive"))
    try FileManager.default.removeItem(atPath: path)
    let state = ["report", "--state", project.path("state")]
    let again = try Run(state, in: project.url)
    #expect(again.code == 0 && again.output == first.output)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == html)
    let other = try Run(state + ["--run", "never"], in: project.url)
    #expect(other.code == 66 && other.error.contains("never/record.json"))
  }

  @Test("a second campaign on the same state folder is refused, and the first one continues")
  func twoAtOnce() throws {
    let project = try FakeProject()
    let first = try project.start(seconds: 5)
    #expect(FakeProject.wait { !project.lines("ledger").isEmpty })
    let second = try project.campaign(seconds: 1)
    #expect(second.code == 2)
    #expect(second.error.contains("another campaign is running on this folder"))
    #expect(second.error.split(separator: "\n").count == 1)
    first.waitUntilExit()
    #expect(try project.record().targets.map(\.last.executions).reduce(0, +) > 10)
    #expect(InputFolder.names(in: project.path("state/runs")).count == 1)
  }

  @Test(
    "a bad option is refused in one line, before the state folder is created",
    arguments: [
      (
        ["--targets", "FuzzShadows"],
        "revfuzz: cannot use the target 'FuzzShadows': choose from FuzzShadow, FuzzWords"
      ),
      (
        ["--build", "nowhere"],
        "revfuzz: cannot read nowhere/FuzzShadow: not built; "
          + "run scripts/build, which prints the folder to name here"
      ),
      (
        ["--subject", "nowhere.so"],
        "revfuzz: cannot read nowhere.so: No such file or directory"
      ),
      (["--subject", "Corpus"], "revfuzz: cannot read Corpus: not a regular file"),
    ])
  func refused(arguments: [String], line: String) throws {
    let project = try FakeProject()
    let run = try project.campaign(seconds: 1, arguments)
    #expect(run.code == 2)
    #expect(run.error == line + "\n")
    #expect(!FileManager.default.fileExists(atPath: project.path("state")))
  }

  @Test("an unreadable file in a corpus is quarantined with a warning")
  func unreadable() throws {
    let project = try FakeProject()
    _ = try project.campaign(seconds: 1)
    let corpus = project.path("state/targets/FuzzShadow/corpus")
    // Root can read a file without permissions, so for root the test uses a dangling link.
    if getuid() == 0 {
      try FileManager.default.createSymbolicLink(
        atPath: corpus + "/bad", withDestinationPath: "/nowhere")
    } else {
      _ = FileManager.default.createFile(
        atPath: corpus + "/bad", contents: Data(), attributes: [.posixPermissions: 0])
    }
    mkfifo(corpus + "/pipe", 0o600)
    let run = try project.campaign(seconds: 2)
    #expect(run.code == 2)
    let warnings = try project.warnings()
    #expect(warnings.contains("FuzzShadow/corpus/bad cannot be read"))
    #expect(warnings.contains("FuzzShadow/corpus/pipe cannot be read (not a regular file)"))
    #expect(try project.record().targets[0].last.executions > 5)
  }

  /// The options of `unshare` that give a process its own mounts here; nil if none work.
  private static let unshare = ["-rm", "-m"].first { options in
    let shell = "unshare \(options) mount -t tmpfs tmpfs /tmp 2>/dev/null"
    return (try? FakeProject.shell(shell).code) == 0
  }

  @Test(
    "a full disk gives a warning, and inputs found before and after it are kept",
    .enabled(
      if: unshare != nil,
      "SKIPPED: cannot mount a small disk here (unshare and mount -t tmpfs fail)"))
  func fullDisk() throws {
    let project = try FakeProject()
    let options = try #require(Self.unshare)
    func campaign(_ seconds: Int) -> String {
      (["'\(Run.executable)'"] + project.arguments(seconds: seconds)).joined(separator: " ")
    }
    // Each file takes a page, so there is room for about 70 inputs.
    let script = """
      cd '\(project.url.path)' && mkdir state && mount -t tmpfs -o size=8m tmpfs state || exit 9
      head -c 8000000 /dev/zero >state/filler
      \(campaign(5)) >first 2>&1; echo $? >>first
      cp ledger ledger-of-first
      rm state/filler
      \(campaign(1)) >second 2>&1; echo $? >>second
      mkdir kept && cp -r state/targets kept/
      """
    try script.write(toFile: project.path("script"), atomically: true, encoding: .utf8)
    let run = try FakeProject.shell("unshare \(options) sh '\(project.path("script"))'")
    #expect(run.code == 0, "\(run.output)")
    let first = project.lines("first")
    #expect(first.last == "2")
    #expect(first.contains { $0.contains("disk of") && $0.contains("is full") }, "\(first)")
    #expect(
      first.contains { $0.contains("corpus not minimised: not enough disk space") }, "\(first)")
    let second = project.lines("second")
    #expect(!second.contains { $0.contains("disk") }, "\(second)")
    #expect(second.contains { $0.contains("corpus minimised") }, "\(second)")
    let found = Set(project.lines("ledger"))
    #expect(project.lines("ledger-of-first").count > 5)
    #expect(found.count > project.lines("ledger-of-first").count)
    let kept = project.contents("kept/targets/FuzzShadow/corpus")
      .union(project.contents("kept/targets/FuzzWords/corpus"))
    #expect(found.subtracting(kept) == [])
  }

  @Test("an interrupt ends the campaign early, with a complete record")
  func interrupt() throws {
    let project = try FakeProject()
    let process = try project.start(seconds: 600)
    #expect(FakeProject.wait { project.lines("ledger").count > 5 })
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 2)
    let record = try project.record()
    #expect(record.isInterrupted)
    #expect(record.warnings == [])
    #expect(record.targets.map(\.last.executions).reduce(0, +) == project.lines("ledger").count)
  }

  @Test("a second interrupt ends the campaign and all its processes at once")
  func twoInterrupts() throws {
    let project = try FakeProject()
    try project.set(.sleeps, "FuzzWords")
    try project.set(.sleeps, "FuzzShadow")
    let process = try project.start(seconds: 600)
    #expect(try FakeProject.wait { try project.processes().count == 2 })
    kill(process.processIdentifier, SIGINT)
    Thread.sleep(forTimeInterval: 0.5)
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    try Self.expectNoProcesses(of: project)
  }
}
