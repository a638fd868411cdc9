import Testing

@testable import CampaignReport

@Suite("The verdict on the page")
struct VerdictPartTests {
  @Test("the reason for a clean run has its executions and whether every self-check ran")
  func clean() {
    var (run, _) = SampleRun.clean(minutes: 1)
    run.targets = Array(run.targets.prefix(1))
    // Its jobs ran for 20 s.
    run.plannedSeconds = 10
    run.targets[0].last.executions = 1234
    #expect(VerdictPart(run).word == "Clean")
    #expect(
      VerdictPart(run).why
        == "No new failures in 1,234 executions. "
        + "The self-checks passed, except 1 that could not run.")
    run.doctor.removeAll { $0.passed == nil }
    run.isInterrupted = true
    #expect(
      VerdictPart(run).why
        == "No new failures in 1,234 executions. All self-checks passed. "
        + "The run was interrupted before its planned end.")
  }

  @Test("the reason for a failed run counts new and known findings, and adds doubts")
  func failed() {
    var (run, _) = SampleRun.busy(minutes: 1)
    #expect(VerdictPart(run).word == "2 new findings")
    #expect(
      VerdictPart(run).why == "2 failures were found that no earlier report has. "
        + "1 known failure occurred again.")
    run.findings.removeAll { $0.name != "trap-in-split" }
    run.doctor = []
    #expect(VerdictPart(run).word == "1 new finding")
    #expect(
      VerdictPart(run).why == "A failure was found that no earlier report has. "
        + "Other failures may have been missed: no self-check was run.")
  }

  @Test("there are doubts about every inconclusive run, and about no other")
  func doubts() {
    let (good, _) = SampleRun.clean(minutes: 1)
    var failed = good
    failed.doctor[3].passed = false
    var unchecked = good
    unchecked.doctor = []
    var idle = good
    idle.targets[2].last.executions = 0
    idle.targets[4].last.executions = 0
    var none = good
    none.targets = []
    let doubts = [
      [], ["1 of 7 self-checks failed"], ["no self-check was run"],
      ["nothing was executed in FuzzRangeTree, FuzzShadow"], ["no target was run"],
    ]
    for (run, reasons) in zip([good, failed, unchecked, idle, none], doubts) {
      #expect(run.doubts == reasons)
      #expect((Verdict(on: run) == .inconclusive) == !reasons.isEmpty)
    }
  }

  @Test("the library is in the page's title and heading, and what was left out beside the verdict")
  func library() {
    let (clean, lines) = SampleRun.clean(minutes: 1)
    var run = clean
    #expect(VerdictPart(run).library == nil)
    #expect(VerdictPart(run).leftOut == "Left out: 1 self-check.")
    run.subject = CampaignRecord.Subject(name: "sorted-array", path: "/<a>/my-map.so")
    run.leftOut = ["value profile", "node sizes"]
    let html = SampleRun.report((run, lines)).html
    let library = "on sorted-array, /&lt;a&gt;/my-map.so"
    #expect(html.contains("<title>Clean \(library): revfuzz, run \(run.name)</title>"))
    #expect(html.contains("<h1>Clean<span class=\"library\"> \(library)</span></h1>"))
    #expect(html.contains("<b>Left out: value profile, node sizes, 1 self-check.</b></p>"))
    run.doctor.removeAll { $0.passed == nil }
    run.leftOut = []
    run.subject = nil
    let own = SampleRun.report((run, lines)).html
    #expect(own.contains("<h1>Clean</h1>") && !own.contains("Left out"))
  }

  @Test("the facts cover the whole run")
  func facts() {
    var (run, _) = SampleRun.clean(minutes: 30)
    run.targets = Array(run.targets.prefix(2))
    run.targets[0].last.executions = 1000
    run.targets[1].last.executions = 500
    run.targets[0].last.operations = 70_000
    run.targets[1].last.operations = 5
    // Each target had 5 + 3 + 1 + 1 processes.
    #expect(
      VerdictPart(run).facts.map(\.value) == [
        "2026-11-28 21:30 UTC", "32 min", "30 min", "as planned", "20, 2 at a time", "1,500",
        "70,005",
      ])
    run.isInterrupted = true
    #expect(VerdictPart(run).facts[3].value == "interrupted")
  }
}
