import Differential
import Scenario

extension Divergence {
  /// The report of a divergence: the scenario, the failing operation, both answers, and both
  /// states. It must be readable with no more than the README. Every failure is printed with it.
  ///
  /// - Parameters:
  ///   - subject: the name of the fuzz target or the file that was run.
  ///   - input: the scenario that was run, if the report is to mark the operations that the
  ///     follow-up added to it. A replay of the input adds them again.
  public func report(of subject: String, input: Scenario? = nil) -> String {
    let place = operation == nil ? "at the end" : "at step \(step + 1)"
    var lines = ["revfuzz: DIVERGENCE in \(subject): \(check.rawValue), \(place)"]
    lines.append("")
    lines += Scenario.listing(of: scenarioLines(input))
    lines.append("")
    lines.append("operation  \(operation ?? "end of scenario")")
    lines.append("expected   \(expected)")
    lines.append("actual     \(actual)")
    if let unsoundness { lines += survivorLines(unsoundness) }
    if let firstDifference {
      lines.append("")
      lines.append("began at   \(line(ofStep: firstDifference.step))")
      lines.append("expected   \(firstDifference.expected)")
      lines.append("actual     \(firstDifference.actual)")
    }
    lines.append("")
    if isCompared {
      lines.append(
        "state afterwards ('-' only in the oracle, '+' only in the subject, '?' out of order):")
      lines += stateLines.map { "  " + $0 }
    } else {
      // The subject need not hold what the oracle holds, so there is nothing to compare.
      if check != .leak {
        lines.append("live mappings afterwards:")
        lines += expectedState.isEmpty ? ["  none"] : expectedState.map { "  " + $0 }
      }
      lines.append("state of the subject afterwards:")
      lines += actualState.map { "  " + $0 }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The scenario as text. Comments mark the failing operation and those that are not in `input`.
  private func scenarioLines(_ input: Scenario?) -> [String] {
    var lines = scenario.text.split(separator: "\n").map(String.init)
    let header = lines.count - scenario.operations.count
    let given = zip(scenario.operations, input?.operations ?? scenario.operations).prefix {
      $0 == $1
    }
    for index in scenario.operations.indices {
      var remarks: [String] = []
      if index == step {
        let isDifference = isCompared && unsoundness == nil
        remarks.append("step \(step + 1): \(isDifference ? "first difference" : check.rawValue)")
      }
      if index >= given.count { remarks.append("not in the input") }
      if !remarks.isEmpty { lines[header + index] += "    # " + remarks.joined(separator: "; ") }
    }
    return lines
  }

  /// For example `step 2: clear mmu 0`.
  private func line(ofStep step: Int) -> String {
    let operation = scenario.operations.indices.contains(step) ? scenario.operations[step] : nil
    return "step \(step + 1): \(operation?.text(in: scenario.world) ?? "not in the scenario")"
  }

  /// The surviving mapping, the step that made it, and the step that lost or missed it.
  private func survivorLines(_ unsoundness: Unsoundness) -> [String] {
    let mapping = unsoundness.mapping
    let end =
      switch unsoundness.rule {
      case .coverage: "lost at    \(line(ofStep: step)); from here on no entry leads to all of it"
      case .completeness: "missed by  \(line(ofStep: step)), which should have killed it"
      case .query:
        "missed by  \(line(ofStep: step)); an unmap based on this answer would leave it alive"
      }
    return [
      "survivor   mmu \(unsoundness.mmu), nested \(mapping.nested) "
        + "-> canonical \(mapping.canonicalRange)",
      "made at    \(line(ofStep: mapping.step))",
      end,
    ]
  }

  /// Both states merged into one list. Lines that only one side has are marked.
  private var stateLines: [String] {
    let inExpected = Set(expectedState)
    let inActual = Set(actualState)
    var lines: [String] = []
    var expected = expectedState[...]
    var actual = actualState[...]
    while true {
      if let line = expected.first, !inActual.contains(line) {
        lines.append("- " + line)
        expected.removeFirst()
      } else if let line = actual.first, !inExpected.contains(line) {
        lines.append("+ " + line)
        actual.removeFirst()
      } else if let line = expected.popFirst() {
        lines.append((actual.popFirst() == line ? "  " : "? ") + line)
      } else if let line = actual.popFirst() {
        lines.append("? " + line)
      } else {
        return lines
      }
    }
  }
}
