import Foundation

/// The top of the page: the verdict, its reason, and key facts of the run.
struct VerdictPart {
  /// The verdict in a few words.
  let word: String
  /// The CSS class of its colour.
  let tone: String
  let why: String
  /// What the run left out, in one sentence; nil if nothing.
  let leftOut: String?
  /// The library under test; nil for the project's own map.
  let library: String?
  /// The name of the run.
  let run: String
  let facts: [Fact]

  /// The verdict on `run`. O(jobs + findings + self-checks).
  init(_ run: CampaignRecord) {
    let verdict = Verdict(on: run)
    switch verdict {
    case .clean:
      word = "Clean"
      tone = "good"
    case .failed(let count):
      word = Format.several(count, "new finding")
      tone = "bad"
    case .inconclusive:
      word = "Inconclusive"
      tone = "doubt"
    }
    self.run = run.name
    why = Self.reason(verdict, run)
    let omissions = run.omissions.joined(separator: ", ")
    leftOut = omissions.isEmpty ? nil : "Left out: \(omissions)."
    library = run.subject?.shown
    facts = Self.facts(of: run)
  }

  /// The reason for the verdict, in a few sentences.
  private static func reason(_ verdict: Verdict, _ run: CampaignRecord) -> String {
    let doubts = run.doubts.joined(separator: "; ")
    let known = run.findings.count { !$0.isNew }
    let again =
      known == 0
      ? "" : " \(Format.several(known, "known failure")) occurred again."
    let ended = run.isInterrupted ? " The run was interrupted before its planned end." : ""
    switch verdict {
    case .clean:
      let skipped = run.doctor.count { $0.passed == nil }
      let checks =
        skipped == 0
        ? "All self-checks passed."
        : "The self-checks passed, except \(Format.count(skipped)) that could not run."
      return "No new failures in \(Format.several(run.executions, "execution")). "
        + checks + again + ended
    case .failed(let count):
      let first =
        count == 1
        ? "A failure was found that no earlier report has."
        : "\(Format.count(count)) failures were found that no earlier report has."
      let warning = doubts.isEmpty ? "" : " Other failures may have been missed: \(doubts)."
      return first + again + warning + ended
    case .inconclusive:
      return "No new failures, but the run could have missed some: \(doubts)." + again + ended
    }
  }

  /// When the run was, how long it took, and how much it did.
  private static func facts(of run: CampaignRecord) -> [Fact] {
    [
      Fact("Started", Format.moment(run.begin)),
      Fact("Duration", Format.duration(run.seconds)),
      Fact("Fuzzing planned", Format.duration(Double(run.plannedSeconds))),
      Fact("Ended", run.isInterrupted ? "interrupted" : "as planned"),
      Fact(
        "Processes", "\(Format.count(run.processes)), \(Format.count(run.concurrency)) at a time"),
      Fact("Executions", Format.count(run.executions)),
      Fact("Operations", Format.count(run.operations)),
    ]
  }
}
