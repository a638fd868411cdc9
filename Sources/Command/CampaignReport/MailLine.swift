extension CampaignRecord {
  /// The run in one line, for the subject of a mail; `report` is the path of its report. O(record).
  ///
  /// It begins with the verdict, as in `revfuzz CLEAN: 8 h 0 min, 1.2 G executions of 6 targets,
  /// ...`, so that its beginning alone is informative. A library under test, doubts, and what was
  /// left out stand beside the verdict.
  public func mailLine(report: String) -> String {
    let new = findings.count { $0.isNew }
    // Not the growth, which would mislead: a minimised corpus is smaller and reaches as much.
    let inputs = targets.reduce(0) { $0 + $1.last.corpus }
    var facts = [
      Format.duration(seconds),
      "\(Format.short(executions)) \(executions == 1 ? "execution" : "executions") of "
        + Format.several(targets.count, "target"),
      Format.several(new, "new finding"),
      "\(Format.count(findings.count - new)) known",
      "corpus of \(Format.several(inputs, "input"))",
    ]
    if !warnings.isEmpty { facts.append(Format.several(warnings.count, "warning")) }
    if isInterrupted {
      facts.append("interrupted (\(Format.duration(Double(plannedSeconds))) planned)")
    }
    return "revfuzz \(mailVerdict): \(facts.joined(separator: ", ")); \(report)"
  }

  /// The verdict in capitals, with the library, the reasons for doubt, and what was left out.
  private var mailVerdict: String {
    let word =
      switch Verdict(on: self) {
      case .clean: "CLEAN"
      case .failed: "FAILED"
      case .inconclusive: "INCONCLUSIVE"
      }
    let library = subject.map { " on \($0.shown)" } ?? ""
    let left = omissions.isEmpty ? [] : ["left out: \(omissions.joined(separator: ", "))"]
    let notes = (doubts + left).joined(separator: "; ")
    return word + library + (notes.isEmpty ? "" : " (\(notes))")
  }
}

extension CampaignRecord.Subject {
  /// The library in a sentence, as in `sorted-array, /home/me/my-map.so`.
  var shown: String { "\(name), \(path)" }
}
