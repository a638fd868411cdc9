import Differential
import Scenario

extension Divergence {
  /// The divergence for a reader who has only the README: what was run, where the two parted, what
  /// each said, and what each holds now. The one way in which a failure is printed.
  ///
  /// - Parameter subject: the name of what was run: a fuzz target, or a file.
  public func report(of subject: String) -> String {
    let place = operation == nil ? "at the end" : "at step \(step + 1)"
    var lines = ["revfuzz: DIVERGENCE in \(subject): \(check.rawValue), \(place)"]
    lines.append("")
    lines.append("scenario (save it to a file to replay or edit it):")
    var text = scenario.text.split(separator: "\n").map(String.init)
    if operation != nil, let last = text.popLast() {
      text.append(
        "\(last)    # step \(step + 1): \(unsoundness == nil ? "first difference" : "unsound")")
    }
    lines += text.map { "  " + $0 }
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
    lines.append(
      "state after it ('-' only the oracle has, '+' only the subject, '?' out of order):")
    lines += stateLines.map { "  " + $0 }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A step with its operation.
  private func line(ofStep step: Int) -> String {
    let operation = scenario.operations.indices.contains(step) ? scenario.operations[step] : nil
    return "step \(step + 1): \(operation?.text(in: scenario.world) ?? "not in the scenario")"
  }

  /// The mapping that lives, where it comes from, and what should have killed it.
  private func survivorLines(_ harm: Unsoundness) -> [String] {
    let end =
      switch harm.rule {
      case .coverage: "lost at    \(line(ofStep: step)); no entry covers it from here on"
      case .completeness: "missed by  \(line(ofStep: step)) should have killed it"
      case .query:
        "missed by  \(line(ofStep: step)); an unmap based on this answer would leave it alive"
      }
    return [
      "survivor   mmu \(harm.mmu), nested \(harm.mapping.nested) -> canonical \(harm.mapping.canonicalRange)",
      "made at    \(line(ofStep: harm.mapping.step))",
      end,
    ]
  }

  /// Both states as one list, the lines that only one of them has marked.
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
