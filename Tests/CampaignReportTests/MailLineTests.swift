import Foundation
import Testing

@testable import CampaignReport

@Suite("The line for a mail")
struct MailLineTests {
  /// Eight hours of two targets, which begin with 40 inputs each.
  private static func night(corpus: Int = 57, findings: [Bool] = []) -> CampaignRecord {
    var night = SampleRun.empty()
    night.isInterrupted = false
    night.end = night.begin + 28_859
    night.doctor = [CampaignRecord.DoctorLine(passed: true, sentence: "well")]
    night.plannedSeconds = 28_800
    night.targets = ["A", "B"].map {
      CampaignRecord.TargetRecord(
        name: $0,
        jobs: [CampaignRecord.JobRecord(name: "tiny", processes: 1, seconds: 28_800, executions: 9)],
        last: NumberLine(time: night.end, target: $0, executions: 640_000_000, corpus: corpus),
        corpusBefore: 40)
    }
    night.findings = findings.map {
      SampleFinding.finding("f", "f", isNew: $0, count: 1, scenario: "", drawing: nil)
    }
    return night
  }

  @Test("a clean night says how long, how much, what is known and what has come of it")
  func clean() {
    #expect(
      Self.night(findings: [false, false]).mailLine(report: "nights/a/report.html")
        == "revfuzz CLEAN: 8 h 0 min, 1.2 G executions of 2 targets, 0 new findings, 2 known, "
        + "corpus of 114 inputs; nights/a/report.html")
  }

  @Test("new findings are counted")
  func failed() {
    #expect(
      Self.night(corpus: 39, findings: [true, false]).mailLine(report: "r")
        == "revfuzz FAILED: 8 h 0 min, 1.2 G executions of 2 targets, 1 new finding, 1 known, "
        + "corpus of 78 inputs; r")
  }

  @Test("a doubt stands beside the verdict, whatever the verdict is")
  func doubts() {
    var night = Self.night()
    night.doctor = [
      CampaignRecord.DoctorLine(passed: false, sentence: "deaf"),
      CampaignRecord.DoctorLine(passed: true, sentence: "well"),
    ]
    night.targets[1].last.executions = 0
    let reason = "(the doctor is red at 1 of 2 questions; nothing was executed in B): 8 h 0 min, "
    #expect(night.mailLine(report: "r").hasPrefix("revfuzz NOT TO BE BELIEVED \(reason)"))
    night.findings = Self.night(findings: [true]).findings
    #expect(night.mailLine(report: "r").hasPrefix("revfuzz FAILED \(reason)"))
  }

  @Test("warning and an early end are told where there were any")
  func warning() {
    var night = Self.night()
    night.isInterrupted = true
    night.warnings = [CampaignRecord.Warning(time: night.begin, sentence: "full", count: 9)]
    #expect(
      night.mailLine(report: "r").hasSuffix(
        ", corpus of 114 inputs, 1 warning, interrupted, 8 h 0 min were planned; r"))
  }

  @Test("an empty night is one line too")
  func empty() {
    #expect(
      SampleRun.empty().mailLine(report: "r")
        == "revfuzz NOT TO BE BELIEVED (the doctor was not asked; no target was run): 0 s, "
        + "0 executions of 0 targets, 0 new findings, 0 known, corpus of 0 inputs, interrupted, 30 min were planned; r"
    )
  }
}
