import CampaignReport
import TestSupport
import Files
import Foundation
import Processes
import Testing

@testable import Campaign

@Suite("The plan of a campaign")
struct CampaignPlanTests {
  private static let shadow = Job(target: "FuzzShadow", kind: .tiny, targetWeight: 2)
  private static let words = Job(target: "FuzzWords", kind: .plain, targetWeight: 0.25)

  /// How many of `slices` processes each job gets, if all run for their planned time.
  private static func share(_ plan: CampaignPlan, slices: Int) -> [Job: Int] {
    var plan = plan
    var counts: [Job: Int] = [:]
    for _ in 0..<slices {
      guard let job = plan.next(at: 0) else { break }
      plan.begin(job, seconds: 10)
      plan.end(job, planned: 10, seconds: 10, hasFailed: false, at: 0)
      counts[job, default: 0] += 1
    }
    return counts
  }

  @Test("every job runs once before any job runs again")
  func fairStart() {
    let jobs = ["FuzzShadow", "FuzzRangeTree", "FuzzWords"].map { Job(target: $0, kind: .tiny) }
    let plan = CampaignPlan(jobs, seconds: 60, concurrency: 1)
    #expect(Self.share(plan, slices: 3).values.sorted() == [1, 1, 1])
  }

  @Test("over many processes, time is shared by weight")
  func weights() {
    let plan = CampaignPlan([Self.shadow, Self.words], seconds: 60, concurrency: 1)
    // 2 * 3 against 0.25 * 5.
    let counts = Self.share(plan, slices: 290)
    #expect(counts == [Self.shadow: 240, Self.words: 50])
  }

  @Test("time that a process did not use is not charged to its job")
  func unused() {
    var plan = CampaignPlan([Self.shadow, Self.words], seconds: 60, concurrency: 1)
    plan.begin(Self.shadow, seconds: 10)
    #expect(plan.next(at: 0) == Self.words)
    plan.begin(Self.words, seconds: 10)
    plan.end(Self.shadow, planned: 10, seconds: 0, hasFailed: false, at: 1)
    #expect(plan.next(at: 1) == Self.shadow)
  }

  @Test("a job rests after a second early failure in a row, and twice as long after each further")
  func rests() {
    var plan = CampaignPlan([Self.shadow], seconds: 60, concurrency: 1)
    func fail(_ hasFailed: Bool, after seconds: Double = 1, at time: Double) {
      plan.begin(Self.shadow, seconds: 10)
      plan.end(Self.shadow, planned: 10, seconds: seconds, hasFailed: hasFailed, at: time)
    }
    fail(true, at: 0)
    #expect(plan.next(at: 0) == Self.shadow)
    fail(true, at: 0)
    #expect(plan.next(at: 0.9) == nil && plan.next(at: 1) == Self.shadow)
    fail(true, at: 1)
    #expect(plan.next(at: 2.9) == nil && plan.next(at: 3) == Self.shadow)
    fail(false, at: 3)
    #expect(plan.next(at: 3) == Self.shadow)
    fail(true, at: 4)
    #expect(plan.next(at: 4) == Self.shadow)
    // A process that ran for most of its time has not failed early.
    fail(true, after: 6, at: 4)
    #expect(plan.next(at: 4) == Self.shadow)
    for _ in 0..<100 { fail(true, at: 5) }
    #expect(plan.next(at: 68.9) == nil && plan.next(at: 69) == Self.shadow)
  }

  @Test("a process gets half of its job's even share of the time, within bounds")
  func slices() {
    let jobs = [Self.shadow, Self.words]
    #expect(CampaignPlan(jobs, seconds: 120, concurrency: 2).slice == 60)
    #expect(CampaignPlan(jobs, seconds: 4, concurrency: 1).slice == 5)
    #expect(CampaignPlan(jobs, seconds: 1_000_000, concurrency: 2).slice == 600)
    #expect(CampaignPlan([], seconds: 60, concurrency: 2).next(at: 0) == nil)
  }
}

@Suite("Reading libFuzzer's log")
struct FuzzLogTests {
  @Test("the last status line counts, and the final totals override it")
  func status() {
    let log = FuzzLog(
      """
      half a line: 7 corp: 3
      #27034\tREDUCE cov: 1329 ft: 9107 corp: 545/476Kb lim: 2056 exec/s: 13517 rss: 48Mb
      #27086\tNEW    cov: 1330 ft: 9108 corp: 546/477Kb lim: 2056 exec/s: 13543 rss: 48Mb L: 5
      ==11638== libFuzzer: run interrupted; exiting
      stat::number_of_executed_units: 27390
      stat::average_exec_per_sec:     13695
      """)
    #expect(log.edges == 1330 && log.features == 9108 && log.corpus == 546)
    #expect(log.executions == 27390)
    #expect(log.saved == nil && log.chosen == nil && log.result == nil)
  }

  @Test("the log names the saved file and the number of files that a merge chose")
  func files() {
    let log = FuzzLog(
      """
      artifact_prefix='out/'; Test unit written to out/slow-unit-1
      MERGE-OUTER: 24 new files with 283 new features added; 48 new coverage edges
      artifact_prefix='out/'; Test unit written to out/a b/oom-2
      """)
    #expect(log.saved == "out/a b/oom-2")
    #expect(log.chosen == 24)
  }

  @Test("the target's own result line overrides libFuzzer's lines")
  func result() {
    let log = FuzzLog(
      #"""
      #27034	REDUCE cov: 1329 ft: 9107 corp: 545/476Kb lim: 2056 exec/s: 13517 rss: 48Mb
      artifact_prefix='./'; Test unit written to ./crash-1
      {"revfuzz":1,"target":"FuzzMine","result":"unsound","executions":27040,"operations":90,\#
      "milliseconds":1,"megabytes":2,"edges":1330,"features":null,"corpus":null,\#
      "signature":"record-loses-entries (state: a \"b\")","saved":"crash-1"}
      {"revfuzz":1,"target":half a line
      """#)
    #expect(log.executions == 27040 && log.edges == 1330 && log.features == 9107)
    #expect(log.saved == "crash-1")
    #expect(log.result?.result == "unsound")
    #expect(log.result?.signature == #"record-loses-entries (state: a "b")"#)
  }

  @Test("empty and malformed logs are accepted")
  func nonsense() {
    #expect(FuzzLog("").executions == 0)
    #expect(FuzzLog("#x cov: y ft:\n# \nMERGE-OUTER: x new files with\n#5 cov:").executions == 5)
    #expect(FuzzLog.tail(of: "/nowhere", bytes: 10) == "")
  }

  @Test("the tail of a file is its end")
  func tail() throws {
    let scratch = try Scratch()
    try "abcdef".write(toFile: scratch.path("log"), atomically: true, encoding: .utf8)
    #expect(FuzzLog.tail(of: scratch.path("log"), bytes: 2) == "ef")
    #expect(FuzzLog.tail(of: scratch.path("log"), bytes: 20) == "abcdef")
  }
}

@Suite("Source coverage")
struct SourceCoverageTests {
  private static let summary = """
    {"data":[{"files":[
      {"filename":"/p/Sources/B.swift","summary":{"lines":{"count":9,"covered":7},
        "regions":{"count":3,"covered":2},"functions":{"count":2,"covered":1}}},
      {"filename":"/p/Sources/A.swift","summary":{"lines":{"count":1,"covered":1},
        "regions":{"count":1,"covered":1},"functions":{"count":1,"covered":1}}},
      {"filename":"/p/FuzzTargets/C.swift","summary":{"lines":{"count":1,"covered":1},
        "regions":{"count":1,"covered":1},"functions":{"count":1,"covered":1}}}]}]}
    """

  @Test("the files of Sources/ are sorted, with their unreached lines as ranges")
  func reads() throws {
    let lines = """
      SF:/p/Sources/A.swift
      DA:1,5
      end_of_record
      SF:/p/Sources/B.swift
      DA:3,0
      DA:4,0
      DA:5,10
      DA:7,0
      end_of_record
      """
    let coverage = try #require(
      SourceCoverage(summary: Data(Self.summary.utf8), lines: lines, root: "/p/"))
    #expect(coverage.files.map(\.path) == ["Sources/A.swift", "Sources/B.swift"])
    #expect(coverage.files[0].unreached == [])
    #expect(coverage.files[1].unreached == [3...4, 7...7])
    #expect(coverage.files[1].lines == SourceCoverage.Share(reached: 7, total: 9))
    #expect(coverage.files[1].functions == SourceCoverage.Share(reached: 1, total: 2))
  }

  @Test("JSON that is not an export is rejected")
  func nonsense() {
    #expect(SourceCoverage(summary: Data("{}".utf8), lines: "", root: "/p/") == nil)
  }
}

@Suite("Names and signatures that outlive a run")
struct SavedFileTests {
  @Test("the name of a saved file contains the kind of its job", arguments: Job.Kind.allCases)
  func kinds(kind: Job.Kind) {
    let prefix = kind.prefix(run: "2026-11-25T213000Z", process: "000012")
    #expect(Job.Kind(ofSavedFile: prefix + "crash-abc") == kind)
  }

  @Test("a name without a kind belongs to the plain build")
  func strangers() {
    for name in ["crash-abc", "", "a.b.c.d", "a.b.tiny"] {
      #expect(Job.Kind(ofSavedFile: name) == .plain)
    }
  }

  @Test("a sanitizer's signature has no path, no line and no address")
  func summaries() {
    let words = "SUMMARY: AddressSanitizer: heap-use-after-free"
    #expect(
      ProcessFailure.withoutPlaces("\(words) /a/Sources/Map.swift:53:32 in $s12free") == words
        + " in $s12free")
    #expect(ProcessFailure.withoutPlaces("\(words) (/a/FuzzShadow+0x12f) in f") == words + " in f")
  }

  @Test("the symptom of a failed target follows from its exit code and log")
  func failures() {
    func failure(_ code: Int32, _ log: String) -> ProcessFailure? {
      FuzzProcess(code: code, log: log).failure
    }
    #expect(failure(0, "SUMMARY: a") == nil)
    #expect(failure(70, "")?.symptom == .hangs)
    #expect(failure(71, "")?.symptom == .needsTooMuchMemory)
    #expect(failure(137, "")?.place == "with code 137")
    #expect(
      failure(77, "ERROR: LeakSanitizer: detected memory leaks\nSUMMARY: x")?.symptom
        == .leaksMemory
    )
    let divergence = #"""
      {"revfuzz":1,"target":"FuzzShadow","result":"unsound","executions":1,"operations":9,\#
      "milliseconds":1,"megabytes":2,"edges":3,"features":null,"corpus":null,\#
      "signature":"unmap-misses-a-mapping (unsound)","saved":null}

      """#
    #expect(
      failure(77, divergence)?.place == "in FuzzShadow: unmap-misses-a-mapping (unsound)")
  }
}
