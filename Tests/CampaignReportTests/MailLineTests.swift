import Foundation
import Testing

@testable import CampaignReport

@Suite("The mail line")
struct MailLineTests {
  /// An eight-hour run of two targets, which begin with 40 inputs each.
  private static func run(corpus: Int = 57, findings: [Bool] = []) -> CampaignRecord {
    var run = SampleRun.empty()
    run.isInterrupted = false
    run.end = run.begin + 28_859
    run.doctor = [CampaignRecord.DoctorLine(passed: true, sentence: "passed")]
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

  @Test("the line of a clean run has its duration, executions, findings and corpus size")
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

  @Test("reasons for doubt follow the verdict, whatever the verdict is")
  func doubts() {
    var run = Self.run()
    run.doctor = [
      CampaignRecord.DoctorLine(passed: false, sentence: "failed"),
      CampaignRecord.DoctorLine(passed: true, sentence: "passed"),
    ]
    run.targets[1].last.executions = 0
    let reason = "(1 of 2 self-checks failed; nothing was executed in B): 8 h 0 min, "
    #expect(run.mailLine(report: "r").hasPrefix("revfuzz INCONCLUSIVE \(reason)"))
    run.findings = Self.run(findings: [true]).findings
    #expect(run.mailLine(report: "r").hasPrefix("revfuzz FAILED \(reason)"))
  }

  @Test("a library under test and what was left out stand beside the verdict, whatever it is")
  func library() {
    var run = Self.run()
    run.subject = CampaignRecord.Subject(name: "sorted-array", path: "/a b/my-map.so")
    run.leftOut = ["AddressSanitizer", "node sizes"]
    run.doctor.append(CampaignRecord.DoctorLine(passed: nil, sentence: "skipped"))
    let library = " on sorted-array, /a b/my-map.so "
    let left = "left out: AddressSanitizer, node sizes, 1 self-check): 8 h 0 min, "
    #expect(run.mailLine(report: "r").hasPrefix("revfuzz CLEAN\(library)(\(left)"))
    run.unexplained = 1
    let doubt = "(1 failure left no finding, see the warnings; "
    #expect(
      run.mailLine(report: "r").hasPrefix("revfuzz INCONCLUSIVE\(library)\(doubt)\(left)"))
    run.findings = Self.run(findings: [true]).findings
    #expect(run.mailLine(report: "r").hasPrefix("revfuzz FAILED\(library)\(doubt)\(left)"))
  }

  @Test("warnings and an interrupt are mentioned if there were any")
  func warning() {
    var run = Self.run()
    run.isInterrupted = true
    run.warnings = [CampaignRecord.Warning(time: run.begin, sentence: "full", count: 9)]
    #expect(
      run.mailLine(report: "r").hasSuffix(
        ", corpus of 114 inputs, 1 warning, interrupted (8 h 0 min planned); r"))
  }

  @Test("the line of an empty run is complete too")
  func empty() {
    #expect(
      SampleRun.empty().mailLine(report: "r")
        == "revfuzz INCONCLUSIVE (no self-check was run; no target was run): 0 s, "
        + "0 executions of 0 targets, 0 new findings, 0 known, corpus of 0 inputs, "
        + "interrupted (30 min planned); r")
  }
}
