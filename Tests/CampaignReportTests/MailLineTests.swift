import Foundation
import Testing

@testable import CampaignReport

@Suite("The line for a mail")
struct MailLineTests {
  /// Eight hours of two targets, which begin with 40 inputs each.
  private static func run(corpus: Int = 57, findings: [Bool] = []) -> CampaignRecord {
    var run = SampleRun.empty()
    run.isInterrupted = false
    run.end = run.begin + 28_859
    run.doctor = [CampaignRecord.DoctorLine(passed: true, sentence: "well")]
    run.plannedSeconds = 28_800
    run.targets = ["A", "B"].map {
      CampaignRecord.TargetRecord(
        name: $0,
        jobs: [
          CampaignRecord.JobRecord(name: "tiny", processes: 1, seconds: 28_800, executions: 9)
        ],
        last: NumberLine(time: run.end, target: $0, executions: 640_000_000, corpus: corpus),
        corpusBefore: 40)
    }
    run.findings = findings.map {
      SampleFinding.finding("f", "f", isNew: $0, count: 1, scenario: "", drawing: nil)
    }
    return run
  }

  @Test("a clean run says how long, how much, what is known and what has come of it")
  func clean() {
    #expect(
      Self.run(findings: [false, false]).mailLine(report: "runs/a/report.html")
        == "revfuzz CLEAN: 8 h 0 min, 1.2 G executions of 2 targets, 0 new findings, 2 known, "
        + "corpus of 114 inputs; runs/a/report.html")
  }

  @Test("new findings are counted")
  func failed() {
    #expect(
      Self.run(corpus: 39, findings: [true, false]).mailLine(report: "r")
        == "revfuzz FAILED: 8 h 0 min, 1.2 G executions of 2 targets, 1 new finding, 1 known, "
        + "corpus of 78 inputs; r")
  }

  @Test("a doubt stands beside the verdict, whatever the verdict is")
  func doubts() {
    var run = Self.run()
    run.doctor = [
      CampaignRecord.DoctorLine(passed: false, sentence: "deaf"),
      CampaignRecord.DoctorLine(passed: true, sentence: "well"),
    ]
    run.targets[1].last.executions = 0
    let reason = "(the doctor is red at 1 of 2 questions; nothing was executed in B): 8 h 0 min, "
    #expect(run.mailLine(report: "r").hasPrefix("revfuzz INCONCLUSIVE \(reason)"))
    run.findings = Self.run(findings: [true]).findings
    #expect(run.mailLine(report: "r").hasPrefix("revfuzz FAILED \(reason)"))
  }

  @Test("warning and an early end are told where there were any")
  func warning() {
    var run = Self.run()
    run.isInterrupted = true
    run.warnings = [CampaignRecord.Warning(time: run.begin, sentence: "full", count: 9)]
    #expect(
      run.mailLine(report: "r").hasSuffix(
        ", corpus of 114 inputs, 1 warning, interrupted, 8 h 0 min were planned; r"))
  }

  @Test("an empty run is one line too")
  func empty() {
    #expect(
      SampleRun.empty().mailLine(report: "r")
        == "revfuzz INCONCLUSIVE (the doctor was not asked; no target was run): 0 s, "
        + "0 executions of 0 targets, 0 new findings, 0 known, corpus of 0 inputs, interrupted, 30 min were planned; r"
    )
  }
}
