import Differential
import Scenario

extension Explanation {
  /// The lines of a step: the operation with its answer, the drawings, and a failure that first
  /// showed.
  func lines(of step: Trace.Step) -> [ExplanationLine] {
    var lines = heading(of: step)
    guard isDrawn(step) else { return lines }
    var mmu: Int?
    for track in trace.scenario.world.tracks where isDrawn(track, at: step) {
      if let number = track.mmu, number != mmu {
        lines.append(ExplanationLine("  mmu \(number)"))
        mmu = number
      }
      lines += drawing(of: step, on: track)
    }
    return lines + statusLines(of: step) + eventLines(of: step)
  }

  private func heading(of step: Trace.Step) -> [ExplanationLine] {
    let place = "step \(step.index + 1)  "
    let text = place + step.operation.text(in: trace.scenario.world)
    guard step.expected == step.actual else {
      return wrapped(text, hanging: place.count, .heading)
        + wrapped("oracle", "answers \(step.expected)", .mark)
        + wrapped("subject", "answers \(step.actual)", .mark)
    }
    let line = "\(text)    \(step.expected)"
    if line.count <= width { return [ExplanationLine(line, .heading)] }
    return wrapped(text, hanging: place.count, .heading)
      + wrapped(trace.isCompared ? "both" : "answer", step.expected)
  }

  private func drawing(of step: Trace.Step, on track: Track) -> [ExplanationLine] {
    let expected = step.model.pieces(on: track)
    let actual = step.subject.pieces(on: track)
    let operation = operation(at: step, on: track)
    if expected.isEmpty, actual.isEmpty, operation == nil,
      survivor(at: step, on: track) == nil
    {
      return [.row(track.space.rawValue, trace.isCompared ? "both are empty" : "empty")]
    }
    return Drawing(
      axis: axis(for: step, on: track), track: track, operation: operation,
      survivor: survivor(at: step, on: track), expected: expected, actual: actual,
      isCompared: trace.isCompared
    ).lines.flatMap { line in
      line.text.count <= width ? [line] : wrapped(line.text, hanging: Drawing.margin, line.emphasis)
    }
  }

  /// The status of each map if it differs from that at the start or before the step, or if the
  /// sides differ.
  private func statusLines(of step: Trace.Step) -> [ExplanationLine] {
    let expected = step.model.status.split(separator: "; ")
    let actual = step.subject.status.split(separator: "; ")
    if expected != actual {
      return expected.filter { !actual.contains($0) }.flatMap {
        wrapped("status", "oracle: \($0)", .mark)
      }
        + actual.filter { !expected.contains($0) }.flatMap {
          wrapped("status", "subject: \($0)", .mark)
        }
    }
    // The status of a tree is its number of elements, which the drawing shows.
    if trace.scenario.world.family == .tree { return [] }
    let first = trace.firstStatus.split(separator: "; ")
    let previous =
      step.index > 0 ? trace.steps[step.index - 1].model.status.split(separator: "; ") : first
    return expected.filter { !first.contains($0) || !previous.contains($0) }.flatMap {
      wrapped("status", String($0))
    }
  }

  private func eventLines(of step: Trace.Step) -> [ExplanationLine] {
    switch step.event {
    case nil: return []
    case .firstDifference(let divergence):
      let head = trace.isCompared ? "first difference" : "failure"
      let text = "\(head) (\(divergence.check.rawValue))"
      switch divergence.check {
      case .answer, .state, .unsound: return wrapped("", text, .mark)
      // These cannot be drawn.
      case .structure, .lockstep, .interface, .memory, .context, .leak:
        return wrapped("", "\(text): \(divergence.actual)", .mark)
      }
    case .unsound(let divergence):
      guard let unsoundness = divergence.unsoundness else { return [] }
      let why =
        switch unsoundness.rule {
        case .coverage: "no entry leads to all of it"
        case .completeness: "this step should have killed it"
        case .query: "the answer omits it"
        }
      let (nested, canonical) = (unsoundness.mapping.nested, unsoundness.mapping.canonicalRange)
      return wrapped(
        "",
        "unsound: mmu \(unsoundness.mmu) nested \(nested) -> canonical \(canonical) is live, "
          + "but \(why)",
        .mark)
    }
  }

  // MARK: - Wrapping

  /// A row whose text is wrapped to the width, below the first character of the text.
  private func wrapped(
    _ name: String, _ text: String, _ emphasis: ExplanationLine.Emphasis = .plain
  ) -> [ExplanationLine] {
    let line = ExplanationLine.row(name, text, emphasis)
    return wrapped(line.text, hanging: Drawing.margin, emphasis)
  }

  /// `text` wrapped to the width. All lines but the first begin with `hanging` blanks. There is no
  /// break after a comma, so that a range in brackets stays on one line.
  func wrapped(
    _ text: String, hanging: Int, _ emphasis: ExplanationLine.Emphasis = .plain
  ) -> [ExplanationLine] {
    var lines: [String] = []
    var rest = text[...]
    while rest.count > width - (lines.isEmpty ? 0 : hanging) {
      let room = width - (lines.isEmpty ? 0 : hanging)
      let head = rest.prefix(room + 1)
      let from = lines.isEmpty ? head.index(head.startIndex, offsetBy: hanging) : head.startIndex
      let cut = head.indices.last { index in
        index > from && head[index] == " " && !head[..<index].hasSuffix(",")
      }
      let end = cut ?? head.index(head.startIndex, offsetBy: room)
      lines.append(String(rest[..<end]))
      rest = rest[end...].drop { $0 == " " }
    }
    lines.append(String(rest))
    return lines.enumerated().map { index, line in
      let blank = index == 0 ? "" : String(repeating: " ", count: hanging)
      return ExplanationLine(blank + line, emphasis)
    }
  }
}
