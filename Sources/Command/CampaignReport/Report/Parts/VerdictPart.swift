import Foundation

/// The top of the page: the verdict, why, and the facts of the run in one line.
struct VerdictPart {
  /// The verdict in a few words.
  let word: String
  /// The class of its colour.
  let tone: String
  let why: String
  /// The name of the run.
  let run: String
  let facts: [Fact]

  /// The verdict on `run`. O(targets + findings + questions).
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
    facts = Self.facts(of: run)
  }

  /// Why it is so, in a sentence or two.
  private static func reason(_ verdict: Verdict, _ run: CampaignRecord) -> String {
    let doubts = run.doubts.joined(separator: "; ")
    let known = run.findings.count { !$0.isNew }
    let again =
      known == 0
      ? "" : " \(Format.several(known, "known failure has", "known failures have")) come again."
    let ended = run.isInterrupted ? " Somebody has ended it before its time." : ""
    switch verdict {
    case .clean:
      let unasked = run.doctor.count { $0.passed == nil }
      let asked =
        unasked == 0
        ? "failures are seen on this machine"
        : "failures are seen on this machine, as far as it was asked"
      return "Nothing new has failed in \(Format.several(run.executions, "execution")), and "
        + "\(asked)." + again + ended
    case .failed(let count):
      let first =
        count == 1
        ? "Something has failed in a way that no run before has shown."
        : "\(Format.count(count)) failures are of a kind that no run before has shown."
      let warning = doubts.isEmpty ? "" : " There may be more that was not seen: \(doubts)."
      return first + again + warning + ended
    case .inconclusive:
      return "Nothing new has failed, but that says little: \(doubts)." + again + ended
    }
  }

  /// When, how long, and how much.
  private static func facts(of run: CampaignRecord) -> [Fact] {
    [
      Fact("Began", Format.moment(run.begin)),
      Fact("Took", Format.duration(run.seconds)),
      Fact("Fuzzing planned", Format.duration(Double(run.plannedSeconds))),
      Fact("Ended", run.isInterrupted ? "interrupted" : "in its time"),
      Fact(
        "Processes", "\(Format.count(run.processes)), \(Format.count(run.concurrency)) at a time"),
      Fact("Executions", Format.count(run.executions)),
      Fact("Operations", Format.count(run.operations)),
    ]
  }
}
