import Testing

@testable import CampaignReport

@Suite("The verdict on the page")
struct VerdictPartTests {
  @Test("a clean run is called so, with what has run and whether all was asked")
  func clean() {
    var (run, _) = SampleRun.clean(minutes: 1)
    run.targets = Array(run.targets.prefix(1))
    // Its jobs have had 20 s.
    run.plannedSeconds = 10
    run.targets[0].last.executions = 1234
    #expect(VerdictPart(run).word == "Clean")
    #expect(
      VerdictPart(run).why
        == "Nothing new has failed in 1,234 executions, and failures are seen on "
        + "this machine, as far as it was asked.")
    run.doctor.removeAll { $0.passed == nil }
    run.isInterrupted = true
    #expect(
      VerdictPart(run).why
        == "Nothing new has failed in 1,234 executions, and failures are seen on "
        + "this machine. Somebody has ended it before its time.")
  }

  @Test("findings are counted, the known ones too, and a doubt is added")
  func failed() {
    var (run, _) = SampleRun.busy(minutes: 1)
    #expect(VerdictPart(run).word == "2 new findings")
    #expect(
      VerdictPart(run).why == "2 failures are of a kind that no run before has shown. "
        + "1 known failure has come again.")
    run.findings.removeAll { $0.name != "trap-in-split" }
    run.doctor = []
    #expect(VerdictPart(run).word == "1 new finding")
    #expect(
      VerdictPart(run).why == "Something has failed in a way that no run before has shown. "
        + "There may be more that was not seen: the doctor was not asked.")
  }

  @Test("there is a reason for every run that is not to be believed, and for no other")
  func doubts() {
    let (good, _) = SampleRun.clean(minutes: 1)
    var red = good
    red.doctor[3].passed = false
    var unasked = good
    unasked.doctor = []
    var idle = good
    idle.targets[2].last.executions = 0
    idle.targets[4].last.executions = 0
    var none = good
    none.targets = []
    let doubts = [
      [], ["the doctor is red at 1 of 7 questions"], ["the doctor was not asked"],
      ["nothing was executed in FuzzRangeTree, FuzzShadow"], ["no target was run"],
    ]
    for (run, reasons) in zip([good, red, unasked, idle, none], doubts) {
      #expect(run.doubts == reasons)
      #expect((Verdict(on: run) == .inconclusive) == !reasons.isEmpty)
    }
  }

  @Test("the facts are those of the whole run")
  func facts() {
    var (run, _) = SampleRun.clean(minutes: 30)
    run.targets = Array(run.targets.prefix(2))
    run.targets[0].last.executions = 1000
    run.targets[1].last.executions = 500
    run.targets[0].last.operations = 70_000
    run.targets[1].last.operations = 5
    // 5 + 3 + 1 + 1 processes of each.
    #expect(
      VerdictPart(run).facts.map(\.value) == [
        "2026-11-28 21:30 UTC", "32 min", "30 min", "in its time", "20, 2 at a time", "1,500",
        "70,005",
      ])
    run.isInterrupted = true
    #expect(VerdictPart(run).facts[3].value == "interrupted")
  }
}
