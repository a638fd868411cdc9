import Foundation
import Testing

@testable import CampaignReport

@Suite("The verdict on a night")
struct VerdictTests {
  private static func night(
    doctor: [Bool?] = [true], executions: [Int] = [1000], findings: [Bool] = []
  ) -> CampaignRecord {
    let begin = Date(timeIntervalSince1970: 1_800_000_000)
    var night = CampaignRecord(
      name: "a", begin: begin, end: begin + 60, plannedSeconds: 60, concurrency: 2, command: "c",
      build: "b", machine: "m", seed: 1)
    night.doctor = doctor.map { CampaignRecord.DoctorLine(passed: $0, sentence: "s") }
    night.targets = executions.map {
      CampaignRecord.TargetRecord(
        name: "T",
        jobs: [
          CampaignRecord.JobRecord(name: "tiny", processes: 1, seconds: 120, executions: $0)
        ], last: NumberLine(time: begin, target: "T", executions: $0), corpusBefore: 0)
    }
    night.findings = findings.map {
      CampaignRecord.FindingPage(
        name: "f", failure: "f", reproduction: "steady", isNew: $0, count: 1, replay: "r",
        scenario: "", drawing: nil)
    }
    return night
  }

  @Test("nothing new, every target has run and the doctor is content: clean")
  func clean() {
    #expect(Verdict(on: Self.night()) == .clean)
    #expect(Verdict(on: Self.night(doctor: [true, nil])) == .clean)
    #expect(Verdict(on: Self.night(findings: [false, false])) == .clean)
  }

  @Test("new findings are counted, whatever else is")
  func failed() {
    #expect(Verdict(on: Self.night(findings: [true, false, true])) == .failed(2))
    #expect(Verdict(on: Self.night(doctor: [false], findings: [true])) == .failed(1))
  }

  @Test("a clean night is not believed without a doctor, or where a target did not run")
  func notToBeBelieved() {
    #expect(Verdict(on: Self.night(doctor: [])) == .notToBeBelieved)
    #expect(Verdict(on: Self.night(doctor: [true, false])) == .notToBeBelieved)
    #expect(Verdict(on: Self.night(executions: [1000, 0])) == .notToBeBelieved)
    #expect(Verdict(on: Self.night(executions: [])) == .notToBeBelieved)
  }

  @Test("a clean night is not believed where processes had less than half of the time")
  func thin() {
    var night = Self.night()
    // Two processes at a time had 60 s.
    night.targets[0].jobs = [
      CampaignRecord.JobRecord(name: "tiny", processes: 9, seconds: 60, executions: 5)
    ]
    #expect(Verdict(on: night) == .clean)
    night.targets[0].jobs[0].seconds = 59
    #expect(Verdict(on: night) == .notToBeBelieved)
    #expect(night.doubts == ["processes ran for 59 s of 2 min"])
    night.isInterrupted = true
    #expect(Verdict(on: night) == .clean)
  }

  @Test("a clean night is not believed where a job did not run, or a failure left no finding")
  func unexplained() {
    var night = Self.night()
    #expect(Verdict(on: night) == .clean)
    night.targets[0].jobs.append(CampaignRecord.JobRecord(name: "asan", processes: 2, seconds: 9))
    #expect(Verdict(on: night) == .notToBeBelieved)
    #expect(night.doubts == ["nothing was executed in T (asan)"])
    night.targets[0].jobs.removeLast()
    night.unexplained = 1
    #expect(Verdict(on: night) == .notToBeBelieved)
    #expect(night.doubts == ["1 failure left no finding, see the warnings"])
  }
}
