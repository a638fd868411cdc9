import TestSupport
import Differential
import Files
import Foundation
import Processes
import Testing

@testable import Campaign

private let lost = Failure.divergence(
  FailureSignature(check: .state, operation: .record, symptom: "loses-entries"))
private let missed = Failure.divergence(
  FailureSignature(check: .unsound, operation: .unmap, symptom: "misses-a-mapping"))

@Suite("Reproducing a failure")
struct ReproducibilityTests {
  @Test("a failure in every run is steady")
  func steady() {
    let reproduction = Reproducibility(Array(repeating: lost, count: 10))
    #expect(reproduction.failure == lost)
    #expect(reproduction.description == "steady")
  }

  @Test("a failure in some runs is flaky, with its rate")
  func flaky() {
    let reproduction = Reproducibility([nil, lost, nil, nil, lost, nil, nil, nil, lost, nil])
    #expect(reproduction.failure == lost)
    #expect(reproduction.description == "flaky, in 3 of 10 runs")
  }

  @Test("a failure in no run is not reproduced")
  func passes() {
    let reproduction = Reproducibility(Array(repeating: nil, count: 10))
    #expect(reproduction.failure == nil)
    #expect(reproduction.description == "not reproduced in 10 runs")
  }

  @Test("the most frequent failure counts, and between equals the choice is stable")
  func severalWays() {
    #expect(Reproducibility([lost, missed, missed]).failure == missed)
    let runs: [Failure?] = [lost, missed, lost, missed, lost, missed, lost, missed, lost, missed]
    #expect(Reproducibility(runs).failure == Reproducibility(runs.reversed()).failure)
    #expect(Reproducibility(runs).description == "steady, in 2 ways")
  }

  @Test("the signature of a process failure outlives the build: no address, no line, no limit")
  func signatureOfProcessFailures() {
    let one = Failure.process(
      ProcessFailure(
        symptom: .traps, place: "signal 4 in the function at 0x1230",
        stderrTail: "Map.swift:47: Fatal error: a"))
    let other = Failure.process(
      ProcessFailure(
        symptom: .traps, place: "signal 4 in the function at 0x99",
        stderrTail: "Map.swift:51: Fatal error: a"))
    #expect(one != other && one.signature == other.signature)
    let words = Failure.process(
      ProcessFailure(symptom: .traps, place: "signal 4", stderrTail: "Map.swift:51: Fatal error: b")
    )
    #expect(one.signature != words.signature)
    let short = Failure.process(ProcessFailure(symptom: .hangs, limit: 5))
    let long = Failure.process(ProcessFailure(symptom: .hangs, call: "a", limit: 9))
    #expect(short.signature == long.signature)
  }
}

@Suite("The folder of findings")
struct FindingStoreTests {
  private static let record = FindingRecord(
    signature: lost.signature, failure: "f", reproduction: "steady", count: 1,
    first: Date(timeIntervalSince1970: 1000), last: Date(timeIntervalSince1970: 1000),
    origin: "o", replay: "r")

  @Test("a filed finding is known to the next store, which counts further inputs")
  func known() throws {
    let folder = try Scratch()
    var store = try FindingStore(folder: folder.path("findings"))
    #expect(store.folder(of: lost) == nil)
    let path = try store.makeFolder(for: lost, named: "a")
    try FindingStore.write(Self.record, to: path)
    let next = try FindingStore(folder: folder.path("findings"))
    #expect(next.folder(of: lost) == path)
    #expect(next.folder(of: missed) == nil)
    let later = Date(timeIntervalSince1970: 2000)
    try next.countAnother(in: path, at: later)
    var expected = Self.record
    expected.count = 2
    expected.last = later
    #expect(FindingStore.record(in: path) == expected)
  }

  @Test("a name that is taken gets a number")
  func namesTaken() throws {
    let folder = try Scratch()
    var store = try FindingStore(folder: folder.url.path)
    #expect(try store.makeFolder(for: lost, named: "a") == folder.path("a"))
    #expect(try store.makeFolder(for: missed, named: "a") == folder.path("a-2"))
  }

  @Test("a folder without a readable record is ignored")
  func strangers() throws {
    let folder = try Scratch()
    try FileManager.default.createDirectory(
      atPath: folder.path("stranger"), withIntermediateDirectories: true)
    try "{".write(toFile: folder.path("stranger/about.json"), atomically: true, encoding: .utf8)
    let store = try FindingStore(folder: folder.url.path)
    #expect(store.folder(of: lost) == nil)
  }
}

/// The built command, with the canary as the subject.
@Suite("revfuzz triage", .waitsForProcesses)
struct TriageTests {
  private static func run(_ arguments: [String]) throws -> (code: Int32, text: String) {
    let run = try Run(arguments, in: FileManager.default.temporaryDirectory)
    return (run.code, run.error + run.output)
  }

  private static func scenario(_ operations: String, _ folder: Scratch, _ name: String) throws
    -> String
  {
    try "revfuzz-scenario 4\nworld vm mmus 1\n\(operations)".write(
      toFile: folder.path(name), atomically: true, encoding: .utf8)
    return folder.path(name)
  }

  /// Operations on which the canary fails.
  private static let failing = """
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x4000 -> 0x5000 size 0x2000 mmu 0
    query 0x0 size 0x1000
    unmap 0x1000 size 0x5000
    """

  @Test("the first failure with a signature is filed as new, and later ones are counted")
  func newAndKnown() throws {
    let folder = try Scratch()
    let findings = folder.path("findings")
    let one = try Self.scenario(Self.failing, folder, "one")
    let other = try Self.scenario("clear mmu 0\n" + Self.failing, folder, "other")
    let options = ["--canary", "forget", "--findings", findings, "--origin", "a run"]
    let first = try Self.run(["triage", one] + options)
    #expect(first.code == 1)
    #expect(first.text.contains("one: NEW, see \(findings)/unmap-misses-a-mapping"))
    #expect(first.text.hasSuffix("1 new, 0 known, 0 not reproduced\n"))
    let second = try Self.run(["triage", other, one] + options)
    #expect(second.code == 0)
    #expect(second.text.hasSuffix("0 new, 2 known, 0 not reproduced\n"))

    let path = findings + "/unmap-misses-a-mapping"
    let record = try #require(FindingStore.record(in: path))
    #expect(record.count == 3)
    #expect(record.origin == "a run")
    #expect(record.reproduction == "steady")
    let left = try ScenarioFile.load(path + "/unmap-misses-a-mapping.scenario")
    #expect(left.operations.map(\.kind) == [.record, .record, .unmap])
    #expect(try ScenarioFile.load(path + "/input") == ScenarioFile.load(one))
    // The replay command in the record reproduces the failure.
    let words = record.replay.split(separator: " ").map(String.init)
    #expect(words.first == "./revfuzz")
    #expect(try Self.run(Array(words.dropFirst())).code == 1)
  }

  @Test("a trap and a difference on the same input are two findings")
  func trap() throws {
    let folder = try Scratch()
    let failing = try Self.scenario(Self.failing, folder, "failing")
    for (fault, name) in [("forget", "unmap-misses-a-mapping"), ("trap", "unmap-traps")] {
      let run = try Self.run(
        ["triage", failing, "--canary", fault, "--findings", folder.path("findings")])
      #expect(run.code == 1)
      #expect(FindingStore.record(in: folder.path("findings/" + name)) != nil)
    }
  }

  @Test("a passing input is no finding, and a bad file is reported and does not stop the others")
  func nothingNew() throws {
    let folder = try Scratch()
    let passing = try Self.scenario("clear mmu 0", folder, "passing")
    let findings = ["--findings", folder.path("findings"), "--canary", "forget"]
    let run = try Self.run(["triage", passing] + findings)
    #expect(run.code == 0)
    #expect(run.text.contains("passing: not reproduced in 10 runs"))
    let bad = folder.path("bad")
    try "revfuzz-scenario 4\nworld nowhere".write(toFile: bad, atomically: true, encoding: .utf8)
    let failing = try Self.scenario(Self.failing, folder, "failing")
    let mixed = try Self.run(["triage", bad, failing] + findings)
    #expect(mixed.code == 1)
    #expect(mixed.text.contains("bad:2:7:") && mixed.text.contains("1 new"))
    #expect(try Self.run(["triage", bad] + findings).code == 65)
  }

  @Test("an input of a `bytes` target is run by that target and filed unshrunk")
  func bytes() throws {
    let folder = try Scratch()
    try FileManager.default.createDirectory(
      atPath: folder.path("FuzzTargets"), withIntermediateDirectories: true)
    try "FuzzBytes bytes 1 9 9 ours a | b\nFuzzMap map 1 9 9 ours a | b\n".write(
      toFile: folder.path("FuzzTargets/targets"), atomically: true, encoding: .utf8)
    for name in ["FuzzBytes", "FuzzMap"] {
      let result =
        #"{"revfuzz":1,"target":"FuzzBytes","result":"divergence","executions":1,"#
        + #""operations":0,"milliseconds":1,"megabytes":1,"signature":"a bit is lost"}"#
      try "#!/bin/sh\necho '\(result)' >&2\nexit 77\n".write(
        toFile: folder.path(name), atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.path(name))
    }
    try Data([1, 0, 16]).write(to: URL(fileURLWithPath: folder.path("crash")))
    let options = ["--findings", "findings", "--target"]
    // For a target of scenarios the same file is an error.
    let other = try Run(["triage", "crash"] + options + ["./FuzzMap"], in: folder.url)
    #expect(other.code == 65)
    let run = try Run(["triage", "crash"] + options + ["./FuzzBytes"], in: folder.url)
    #expect(run.code == 1 && run.output.hasSuffix("1 new, 0 known, 0 not reproduced\n"))
    let filed = folder.path("findings/FuzzBytes-differs")
    #expect(FindingStore.record(in: filed)?.failure.contains("a bit is lost") == true)
    #expect(FileManager.default.contents(atPath: filed + "/input") == Data([1, 0, 16]))
  }

  /// The output of `triage --json`, where every line has to be a JSON object.
  private static func objects(_ arguments: [String]) throws -> (code: Int32, [[String: Any]]) {
    let run = try Run(arguments + ["--json"], in: FileManager.default.temporaryDirectory)
    #expect(run.error == "")
    let objects = try run.output.split(separator: "\n").map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
    return (run.code, objects)
  }

  @Test("--json prints an object for each file, including bad ones, and one for the summary")
  func json() throws {
    let folder = try Scratch()
    let failing = try Self.scenario(Self.failing, folder, "a \"failing\"")
    let passing = try Self.scenario("clear mmu 0", folder, "passing")
    let bad = folder.path("bad")
    try "revfuzz-scenario 4\nworld nowhere".write(toFile: bad, atomically: true, encoding: .utf8)
    let options = ["--findings", folder.path("findings"), "--canary", "forget"]
    let (code, objects) = try Self.objects(["triage", bad, failing, passing, failing] + options)
    #expect(code == 1)
    let finding = folder.path("findings/unmap-misses-a-mapping")
    try #require(objects.count == 5)
    #expect(objects[0]["result"] as? String == "problem" && objects[0]["file"] as? String == bad)
    #expect(objects[0]["exitCode"] as? Int == 65)
    #expect((objects[0]["problem"] as? String)?.contains("bad:2:7:") == true)
    #expect(objects[1]["result"] as? String == "new" && objects[1]["file"] as? String == failing)
    #expect(objects[1]["finding"] as? String == finding)
    #expect((objects[1]["failure"] as? String)?.hasPrefix("unmap-misses-a-mapping (") == true)
    #expect(objects[1]["reproduction"] as? String == "steady")
    #expect(objects[2]["result"] as? String == "notReproduced")
    #expect(objects[2]["finding"] == nil && objects[2]["failure"] == nil)
    #expect(objects[3]["result"] as? String == "known")
    #expect(objects[3]["finding"] as? String == finding)
    #expect(objects[4]["summary"] as? [String: Int] == ["new": 1, "known": 1, "notReproduced": 1])
  }

  @Test("--json also prints an object if the folder of findings cannot be written")
  func jsonNowhere() throws {
    let folder = try Scratch()
    let failing = try Self.scenario(Self.failing, folder, "failing")
    let (code, objects) = try Self.objects(["triage", failing, "--findings", failing + "/findings"])
    #expect(code == 73)
    try #require(objects.count == 1)
    #expect(objects[0]["exitCode"] as? Int == 73 && objects[0]["file"] == nil)
  }

  @Test("an unwritable folder of findings exits with 73")
  func nowhere() throws {
    let folder = try Scratch()
    let failing = try Self.scenario(Self.failing, folder, "failing")
    let run = try Self.run(
      ["triage", failing, "--canary", "forget", "--findings", failing + "/findings"])
    #expect(run.code == 73)
  }
}

/// How a campaign reads the output of `triage --json`.
@Suite("Triage in a campaign")
struct CampaignTriageTests {
  private static func result(
    _ log: String, _ reason: BoundedProcess.End.Reason = .exited, _ number: Int32 = 0
  ) -> CampaignTriage.Result {
    CampaignTriage.result(BoundedProcess.End(reason: reason, number: number), log: log)
  }

  @Test("the result is read from the file's object, whatever else is in the log")
  func objects() {
    let new = #"{"failure":"f","file":"a","finding":"d","reproduction":"steady","result":"new"}"#
    #expect(
      Self.result("a warning\n\(new)\n{\"summary\":{}}\n", .exited, 1)
        == .new("a: NEW, see d: f; steady"))
    #expect(Self.result(#"{"file":"a","result":"known"}"#) == .known)
    #expect(Self.result(#"{"file":"a","result":"notReproduced"}"#) == .passes)
    let bad = #"{"exitCode":65,"file":"a","problem":"p","result":"problem"}"#
    #expect(Self.result(bad, .exited, 65) == .noScenario("p"))
  }

  @Test("an input stays pending if triage fails, unless the input itself is not a scenario")
  func notTriaged() {
    let folder = #"{"exitCode":73,"problem":"p","result":"problem"}"#
    #expect(Self.result(folder, .exited, 73) == .notTriaged("p"))
    // An invalid library exits with 65 as well.
    let library = #"{"exitCode":65,"problem":"p","result":"problem"}"#
    #expect(Self.result(library, .exited, 65) == .notTriaged("p"))
    let unreadable = #"{"exitCode":66,"file":"a","problem":"p","result":"problem"}"#
    #expect(Self.result(unreadable, .exited, 66) == .notTriaged("p"))
    let known = #"{"file":"a","result":"known"}"#
    #expect(
      Self.result(known, .timedOut) == .notTriaged("triage exceeded its time limit and was killed"))
  }

  @Test("text output is not mistaken for JSON")
  func prose() {
    let words = "a: NEW, see d: f; steady\n1 new, 0 known, 0 not reproduced\n"
    #expect(Self.result(words, .exited, 1) == .notTriaged("triage exited with 1"))
    #expect(
      Self.result("0 new, 1 known, 0 not reproduced\n") == .notTriaged("triage exited with 0"))
  }
}
