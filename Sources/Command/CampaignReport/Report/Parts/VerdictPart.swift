import Foundation

/// The top of the page: the verdict, why, and the facts of the night in one line.
struct VerdictPart {
  /// The verdict in a few words.
  let word: String
  /// The class of its colour.
  let tone: String
  let why: String
  /// The name of the night.
  let night: String
  let facts: [Fact]

  /// The verdict on `night`. O(targets + findings + questions).
  init(_ night: CampaignRecord) {
    let verdict = Verdict(on: night)
    switch verdict {
    case .clean:
      word = "Clean"
      tone = "good"
    case .failed(let count):
      word = Format.several(count, "new finding")
      tone = "bad"
    case .notToBeBelieved:
      word = "Not to be believed"
      tone = "doubt"
    }
    self.night = night.name
    why = Self.reason(verdict, night)
    facts = Self.facts(of: night)
  }

  /// Why it is so, in a sentence or two.
  private static func reason(_ verdict: Verdict, _ night: CampaignRecord) -> String {
    let doubts = night.doubts.joined(separator: "; ")
    let known = night.findings.count { !$0.isNew }
    let again =
      known == 0
      ? "" : " \(Format.several(known, "known failure has", "known failures have")) come again."
    let ended = night.isInterrupted ? " Somebody has ended it before its time." : ""
    switch verdict {
    case .clean:
      let unasked = night.doctor.count { $0.passed == nil }
      let asked =
        unasked == 0
        ? "failures are seen on this machine"
        : "failures are seen on this machine, as far as it was asked"
      return "Nothing new has failed in \(Format.several(night.executions, "execution")), and "
        + "\(asked)." + again + ended
    case .failed(let count):
      let first =
        count == 1
        ? "Something has failed in a way that no night before has shown."
        : "\(Format.count(count)) failures are of a kind that no night before has shown."
      let warning = doubts.isEmpty ? "" : " There may be more that was not seen: \(doubts)."
      return first + again + warning + ended
    case .notToBeBelieved:
      return "Nothing new has failed, but that says little: \(doubts)." + again + ended
    }
  }

  /// When, how long, and how much.
  private static func facts(of night: CampaignRecord) -> [Fact] {
    [
      Fact("Began", Format.moment(night.begin)),
      Fact("Took", Format.duration(night.seconds)),
      Fact("Fuzzing planned", Format.duration(Double(night.plannedSeconds))),
      Fact("Ended", night.isInterrupted ? "interrupted" : "in its time"),
      Fact(
        "Processes", "\(Format.count(night.processes)), \(Format.count(night.concurrency)) at a time"),
      Fact("Executions", Format.count(night.executions)),
      Fact("Operations", Format.count(night.operations)),
    ]
  }
}
