import CommandTestSupport
import Differential
import Files
import Foundation
import Processes
import Testing

@testable import Campaign

private let lost = Failure.divergence(
  FailureKind(check: .state, operation: .record, deed: "loses-entries"))
private let missed = Failure.divergence(
  FailureKind(check: .unsound, operation: .unmap, deed: "misses-a-mapping"))

@Suite("Running a failure again")
struct ReproductionTests {
  @Test("what fails every time is steady")
  func steady() {
    let reproduction = Reproduction(Array(repeating: lost, count: 10))
    #expect(reproduction.failure == lost)
    #expect(reproduction.description == "steady")
  }

  @Test("what fails now and then is flaky, with its rate")
  func flaky() {
    let reproduction = Reproduction([nil, lost, nil, nil, lost, nil, nil, nil, lost, nil])
    #expect(reproduction.failure == lost)
    #expect(reproduction.description == "flaky, in 3 of 10 runs")
  }

  @Test("what never fails is not reproduced")
  func passes() {
    let reproduction = Reproduction(Array(repeating: nil, count: 10))
    #expect(reproduction.failure == nil)
    #expect(reproduction.description == "not reproduced in 10 runs")
  }

  @Test("of several ways the most frequent counts, and of equals the same one every time")
  func severalWays() {
    #expect(Reproduction([lost, missed, missed]).failure == missed)
    let runs: [Failure?] = [lost, missed, lost, missed, lost, missed, lost, missed, lost, missed]
    #expect(Reproduction(runs).failure == Reproduction(runs.reversed()).failure)
    #expect(Reproduction(runs).description == "steady, in 2 ways")
  }

  @Test("the sense of a process failure outlives the build: no address, no line, no limit")
  func senseOfProcessFailures() {
    let one = Failure.process(
      ProcessFailure(
        symptom: .traps, place: "signal 4 in the function at 0x1230",
        stderrTail: "Map.swift:47: Fatal error: a"))
    let other = Failure.process(
      ProcessFailure(
        symptom: .traps, place: "signal 4 in the function at 0x99",
        stderrTail: "Map.swift:51: Fatal error: a"))
    #expect(one != other && one.sense == other.sense)
    let words = Failure.process(
      ProcessFailure(symptom: .traps, place: "signal 4", stderrTail: "Map.swift:51: Fatal error: b")
    )
    #expect(one.sense != words.sense)
    let short = Failure.process(ProcessFailure(symptom: .hangs, limit: 5))
    let long = Failure.process(ProcessFailure(symptom: .hangs, call: "a", limit: 9))
    #expect(short.sense == long.sense)
  }
}

@Suite("The folder of findings")
struct FindingCabinetTests {
  private static let record = FindingRecord(
    sense: lost.sense, failure: "f", reproduction: "steady", count: 1,
    first: Date(timeIntervalSince1970: 1000), last: Date(timeIntervalSince1970: 1000),
    origin: "o", replay: "r")

  @Test("what was filed is known to the next one, and counted")
  func known() throws {
    let folder = try Scratch()
    var cabinet = try FindingCabinet(folder: folder.path("findings"))
    #expect(cabinet.folder(of: lost) == nil)
    let path = try cabinet.makeFolder(for: lost, named: "a")
    try FindingCabinet.write(Self.record, to: path)
    let next = try FindingCabinet(folder: folder.path("findings"))
    #expect(next.folder(of: lost) == path)
    #expect(next.folder(of: missed) == nil)
    let later = Date(timeIntervalSince1970: 2000)
    try next.countAnother(in: path, at: later)
    var expected = Self.record
    expected.count = 2
    expected.last = later
    #expect(FindingCabinet.record(in: path) == expected)
  }

  @Test("a name that is taken gets a number, and what is there stays")
  func namesTaken() throws {
    let folder = try Scratch()
    var cabinet = try FindingCabinet(folder: folder.url.path)
    #expect(try cabinet.makeFolder(for: lost, named: "a") == folder.path("a"))
    #expect(try cabinet.makeFolder(for: missed, named: "a") == folder.path("a-2"))
  }

  @Test("a folder without a record that can be read is left alone")
  func strangers() throws {
    let folder = try Scratch()
    try FileManager.default.createDirectory(
      atPath: folder.path("stranger"), withIntermediateDirectories: true)
    try "{".write(toFile: folder.path("stranger/about.json"), atomically: true, encoding: .utf8)
    let cabinet = try FindingCabinet(folder: folder.url.path)
    #expect(cabinet.folder(of: lost) == nil)
  }
}

/// The command, as built beside the tests, with the canary for a subject.
@Suite("revfuzz triage")
struct TriageTests {
  private static func run(_ arguments: [String]) throws -> (code: Int32, said: String) {
    let run = try Run(arguments, in: FileManager.default.temporaryDirectory)
    return (run.code, run.error + run.output)
  }

  private static func scenario(_ operations: String, _ folder: Scratch, _ name: String) throws
    -> String
  {
    try "revfuzz-scenario 3\nworld vm mmus 1\n\(operations)".write(
      toFile: folder.path(name), atomically: true, encoding: .utf8)
    return folder.path(name)
  }

  /// What makes the canary sing.
  private static let song = """
    record 0x1000 -> 0x2000 size 0x1000 mmu 0
    record 0x4000 -> 0x5000 size 0x2000 mmu 0
    query 0x0 size 0x1000
    unmap 0x1000 size 0x5000
    """

  @Test("the first of a kind is new and filed, the next ones are counted")
  func newAndKnown() throws {
    let folder = try Scratch()
    let findings = folder.path("findings")
    let one = try Self.scenario(Self.song, folder, "one")
    let other = try Self.scenario("clear mmu 0\n" + Self.song, folder, "other")
    let options = ["--canary", "forget", "--findings", findings, "--origin", "a night"]
    let first = try Self.run(["triage", one] + options)
    #expect(first.code == 1)
    #expect(first.said.contains("one: NEW, see \(findings)/unmap-misses-a-mapping"))
    #expect(first.said.hasSuffix("1 new, 0 known, 0 not reproduced\n"))
    let second = try Self.run(["triage", other, one] + options)
    #expect(second.code == 0)
    #expect(second.said.hasSuffix("0 new, 2 known, 0 not reproduced\n"))

    let path = findings + "/unmap-misses-a-mapping"
    let record = try #require(FindingCabinet.record(in: path))
    #expect(record.count == 3)
    #expect(record.origin == "a night")
    #expect(record.reproduction == "steady")
    let left = try ScenarioFile.load(path + "/unmap-misses-a-mapping.scenario")
    #expect(left.operations.map(\.kind) == [.record, .record, .unmap])
    #expect(try ScenarioFile.load(path + "/input") == ScenarioFile.load(one))
    // The command that it names does what it says.
    let words = record.replay.split(separator: " ").map(String.init)
    #expect(words.prefix(5) == ["swift", "run", "-c", "release", "revfuzz"])
    #expect(try Self.run(Array(words.dropFirst(5))).code == 1)
  }

  @Test("a trap is filed beside a difference")
  func trap() throws {
    let folder = try Scratch()
    let song = try Self.scenario(Self.song, folder, "song")
    for (misdeed, name) in [("forget", "unmap-misses-a-mapping"), ("trap", "unmap-traps")] {
      let run = try Self.run(
        ["triage", song, "--canary", misdeed, "--findings", folder.path("findings")])
      #expect(run.code == 1)
      #expect(FindingCabinet.record(in: folder.path("findings/" + name)) != nil)
    }
  }

  @Test("what passes is no finding, and a bad file is told and does not stop the others")
  func nothingNew() throws {
    let folder = try Scratch()
    let passing = try Self.scenario("clear mmu 0", folder, "passing")
    let findings = ["--findings", folder.path("findings"), "--canary", "forget"]
    let run = try Self.run(["triage", passing] + findings)
    #expect(run.code == 0)
    #expect(run.said.contains("passing: not reproduced in 10 runs"))
    let bad = folder.path("bad")
    try "revfuzz-scenario 3\nworld nowhere".write(toFile: bad, atomically: true, encoding: .utf8)
    let song = try Self.scenario(Self.song, folder, "song")
    let mixed = try Self.run(["triage", bad, song] + findings)
    #expect(mixed.code == 1)
    #expect(mixed.said.contains("bad:2:7:") && mixed.said.contains("1 new"))
    #expect(try Self.run(["triage", bad] + findings).code == 65)
  }

  @Test("with nowhere to file it says so")
  func nowhere() throws {
    let folder = try Scratch()
    let song = try Self.scenario(Self.song, folder, "song")
    let run = try Self.run(
      ["triage", song, "--canary", "forget", "--findings", song + "/findings"])
    #expect(run.code == 73)
  }
}
