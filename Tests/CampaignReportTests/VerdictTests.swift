import Foundation
import Testing

@testable import CampaignReport

@Suite("The verdict on a run")
struct VerdictTests {
  private static func run(
    doctor: [Bool?] = [true], executions: [Int] = [1000], findings: [Bool] = []
  ) -> CampaignRecord {
    let begin = Date(timeIntervalSince1970: 1_800_000_000)
    var run = CampaignRecord(
      name: "a", begin: begin, end: begin + 60, plannedSeconds: 60, concurrency: 2, command: "c",
      build: "b", machine: "m", seed: 1)
    run.doctor = doctor.map { CampaignRecord.DoctorLine(passed: $0, sentence: "s") }
    run.targets = executions.map {
      CampaignRecord.TargetRecord(
        name: "T",
        jobs: [
          CampaignRecord.JobRecord(name: "tiny", processes: 1, seconds: 120, executions: $0)
        ], last: NumberLine(time: begin, target: "T", executions: $0), corpusBefore: 0)
    }
    run.findings = findings.map {
      CampaignRecord.FindingPage(
        name: "f", failure: "f", reproduction: "steady", isNew: $0, count: 1, replay: "r",
        scenario: "", drawing: nil)
    }
    return run
  }

  @Test("a run is clean if nothing new failed, every target ran and no self-check failed")
  func clean() {
    #expect(Verdict(on: Self.run()) == .clean)
    #expect(Verdict(on: Self.run(doctor: [true, nil])) == .clean)
    #expect(Verdict(on: Self.run(findings: [false, false])) == .clean)
  }

  @Test("a run with new findings has failed, whatever the self-checks say")
  func failed() {
    #expect(Verdict(on: Self.run(findings: [true, false, true])) == .failed(2))
    #expect(Verdict(on: Self.run(doctor: [false], findings: [true])) == .failed(1))
  }

  @Test("a run without passed self-checks, or with an idle target, is inconclusive")
  func inconclusive() {
    #expect(Verdict(on: Self.run(doctor: [])) == .inconclusive)
    #expect(Verdict(on: Self.run(doctor: [true, false])) == .inconclusive)
    #expect(Verdict(on: Self.run(executions: [1000, 0])) == .inconclusive)
    #expect(Verdict(on: Self.run(executions: [])) == .inconclusive)
  }

  @Test("a run whose processes ran for less than half of the planned time is inconclusive")
  func shortRun() {
    var run = Self.run()
    // 60 s of two concurrent processes were planned: 120 s of process time.
    run.targets[0].jobs = [
      CampaignRecord.JobRecord(name: "tiny", processes: 9, seconds: 60, executions: 5)
    ]
    #expect(Verdict(on: run) == .clean)
    run.targets[0].jobs[0].seconds = 59
    #expect(Verdict(on: run) == .inconclusive)
    #expect(run.doubts == ["processes ran for 59 s of 2 min"])
    run.isInterrupted = true
    #expect(Verdict(on: run) == .clean)
  }

  @Test("a failure that ends most processes early is named as the reason for the lost time")
  func lostTime() {
    var run = Self.run()
    func doubt(_ early: Int, findings: [Bool]) -> String? {
      run.targets[0].jobs = [
        CampaignRecord.JobRecord(name: "plain", processes: 9, seconds: 7, executions: 5)
      ]
      run.targets[0].jobs[0].failedEarly = early
      run.findings = Self.run(findings: findings).findings
      return run.doubts.first
    }
    let lost = "only 7 s of 2 min was fuzzed, because"
    #expect(
      doubt(9, findings: [false]) == "\(lost) a known failure ended 9 of 9 processes early")
    #expect(
      doubt(5, findings: [false, false]) == "\(lost) known failures ended 5 of 9 processes early")
    #expect(doubt(9, findings: [true]) == "\(lost) this failure ended 9 of 9 processes early")
    #expect(
      doubt(9, findings: [true, false]) == "\(lost) these failures ended 9 of 9 processes early")
    #expect(
      doubt(9, findings: [])
        == "\(lost) failures without a finding ended 9 of 9 processes early")
    #expect(doubt(4, findings: [false]) == "processes ran for 7 s of 2 min")
  }

  @Test("a record has its library and what was left out, and one of an earlier version has none")
  func json() throws {
    var run = Self.run()
    run.subject = CampaignRecord.Subject(name: "sorted-array", path: "/my-map.so")
    run.leftOut = ["node sizes"]
    run.targets[0].jobs[0].failedEarly = 3
    #expect(CampaignRecord(json: run.json) == run)
    let json = String(decoding: run.json, as: UTF8.self)
    for line in ["\"name\" : \"sorted-array\"", "\"path\" : \"/my-map.so\"", "\"node sizes\""] {
      #expect(json.contains(line), "\(line)")
    }
    let earlier = Self.run()
    #expect(!String(decoding: earlier.json, as: UTF8.self).contains("leftOut"))
    #expect(CampaignRecord(json: earlier.json) == earlier)
  }

  @Test("a run with an idle job, or with a failure without a finding, is inconclusive")
  func unexplained() {
    var run = Self.run()
    #expect(Verdict(on: run) == .clean)
    run.targets[0].jobs.append(CampaignRecord.JobRecord(name: "asan", processes: 2, seconds: 9))
    #expect(Verdict(on: run) == .inconclusive)
    #expect(run.doubts == ["nothing was executed in T (asan)"])
    run.targets[0].jobs.removeLast()
    run.unexplained = 1
    #expect(Verdict(on: run) == .inconclusive)
    #expect(run.doubts == ["1 failure left no finding, see the warnings"])
  }
}
