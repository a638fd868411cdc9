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
