import Differential
import Scenario

/// Draws a trace: each operation and, where it changed something, the states of both sides along
/// one axis, up to the failing step.
public struct Explanation {
  /// The minimum line width in characters. It has room for two 64-bit addresses and a margin.
  public static let narrowest = 60

  let trace: Trace
  let width: Int
  /// For each track, an axis with the bounds of all drawn steps, if it fits on one line. Then all
  /// steps are drawn on the same axis.
  private var shared: [Track: Axis] = [:]

  /// An explanation of `trace` in lines of at most `width` characters; a width below `narrowest`
  /// counts as `narrowest`. O(steps x entries).
  public init(of trace: Trace, width: Int) {
    self.trace = trace
    self.width = max(Self.narrowest, width)
    for track in trace.scenario.world.tracks {
      var pieces: [Piece] = []
      for step in trace.steps where isDrawn(step) && isDrawn(track, at: step) {
        pieces += self.pieces(at: step, on: track)
      }
      pieces = pieces.unique
      let axis = Axis(through: pieces, holding: pieces, room: room)
      if axis.blocks.count <= 1 { shared[track] = axis }
    }
  }

  var room: Int { width - Drawing.margin }

  /// The lines of the world, the legend, the steps whose indices are in `steps`, and the end. The
  /// report of a divergence is not included. O(steps x entries).
  public func lines(of steps: Range<Int>) -> [ExplanationLine] {
    var lines = wrapped(trace.scenario.world.text, hanging: 2)
    lines += legend
    lines += preface
    if trace.steps.count <= steps.lowerBound, steps.lowerBound > 0 {
      lines += [ExplanationLine("")]
      let count = trace.steps.count
      lines += wrapped(
        "nothing to show: the run has only \(count) step\(count == 1 ? "" : "s")", hanging: 0)
    }
    for step in trace.steps where steps.contains(step.index) {
      // Leave a blank line around a drawing, and none between operations that change nothing.
      let isDrawn = isDrawn(step)
      if isDrawn || step.index == steps.lowerBound || wasDrawn(before: step) {
        lines.append(ExplanationLine(""))
      }
      lines += self.lines(of: step)
    }
    lines.append(ExplanationLine(""))
    if trace.divergence == nil {
      let count = trace.steps.count
      lines += wrapped("no divergence in \(count) operation\(count == 1 ? "" : "s")", hanging: 0)
    }
    return lines
  }

  /// Explains the drawings.
  private var legend: [ExplanationLine] {
    let world = trace.scenario.world
    let gaps =
      ". gap   ~ gap of more than 64 \(world.family == .tree ? "keys" : "pages")"
      + "   / not drawn"
    if !trace.isCompared {
      return wrapped(
        "live: the mappings that are live, [0x1000---] with the nested base (nested: the canonical "
          + "base)", hanging: 0)
        + wrapped(gaps + "   subject: its entries, if it lists any", hanging: 0)
    }
    let entry =
      switch (world.family, world.hasDirectMap) {
      case (.tree, _): "[0x1---] an element with its word"
      case (_, true): "[0x1000---] an entry with its nested base (nested: its canonical base)"
      case (_, false): "[0x1000---] an entry with its nested base"
      }
    let unknown = world.family == .tree ? "" : "   [???] an unknown entry"
    return wrapped(entry + unknown, hanging: 0)
      + wrapped(gaps + "   ^ the two sides differ", hanging: 0)
  }

  /// A note before the first step if the traced steps differ from those of the input.
  private var preface: [ExplanationLine] {
    let asked = trace.asked.operations
    let traced = trace.scenario.operations
    guard !asked.starts(with: traced) else { return [] }
    let same = zip(asked, traced).prefix { $0 == $1 }.count
    let text =
      "from step \(same + 1) on, the steps differ from the input: they expose an unsound state"
    return [ExplanationLine("")] + wrapped(text, hanging: 0, .mark)
  }

  private func wasDrawn(before step: Trace.Step) -> Bool {
    step.index > 0 && isDrawn(trace.steps[step.index - 1])
  }
}

// MARK: - Which steps and tracks are drawn

extension Explanation {
  /// Whether the step changed a state or showed a failure.
  func isDrawn(_ step: Trace.Step) -> Bool {
    if step.event != nil { return true }
    guard step.index > 0 else {
      let isEmpty = step.model.rows.isEmpty && step.subject.rows.isEmpty
      return !isEmpty || step.model.status != trace.firstStatus
    }
    let previous = trace.steps[step.index - 1]
    return step.model != previous.model || step.subject != previous.subject
  }

  /// Whether the step changed something on `track`, showed a failure there, or has a range on it.
  func isDrawn(_ track: Track, at step: Trace.Step) -> Bool {
    let expected = step.model.pieces(on: track)
    let actual = step.subject.pieces(on: track)
    // A difference is drawn at the step where it first shows, and later only when it changes.
    if step.event != nil, expected != actual { return true }
    if survivor(at: step, on: track) != nil { return true }
    let (before, subjectBefore) = piecesBefore(step, on: track)
    if expected != before || actual != subjectBefore { return true }
    // An unmap visits all MMUs but usually changes few of them: do not draw the others.
    return (track.mmu == nil || step.operation.kind.namesMMU)
      && operation(at: step, on: track) != nil
  }

  /// The range of the operation on `track`, or nil if it has none there or was rejected.
  func operation(at step: Trace.Step, on track: Track) -> Piece? {
    step.isRejected ? nil : step.operation.piece(on: track)
  }

  func survivor(at step: Trace.Step, on track: Track) -> Piece? {
    guard case .unsound(let divergence)? = step.event, let piece = divergence.unsoundness?.piece
    else { return nil }
    return piece.track == track ? piece : nil
  }

  func piecesBefore(_ step: Trace.Step, on track: Track) -> ([Piece], [Piece]) {
    guard step.index > 0 else { return ([], []) }
    let previous = trace.steps[step.index - 1]
    return (previous.model.pieces(on: track), previous.subject.pieces(on: track))
  }

  /// All pieces at the step: the states before and after, the operation and the survivor.
  func pieces(at step: Trace.Step, on track: Track) -> [Piece] {
    let (before, subjectBefore) = piecesBefore(step, on: track)
    let states =
      before + subjectBefore + step.model.pieces(on: track) + step.subject.pieces(on: track)
    let others = [operation(at: step, on: track), survivor(at: step, on: track)]
    return (states + others.compactMap { $0 }).unique
  }

  /// The shared axis, or else an axis with the bounds of this step. If that is too long for a line,
  /// an axis with only those bounds that touch the operation, a change or the survivor.
  func axis(for step: Trace.Step, on track: Track) -> Axis {
    if let axis = shared[track] { return axis }
    let pieces = self.pieces(at: step, on: track)
    let axis = Axis(through: pieces, holding: pieces, room: room)
    if axis.blocks.count <= 1 { return axis }
    let (before, subjectBefore) = piecesBefore(step, on: track)
    let expected = step.model.pieces(on: track)
    let actual = step.subject.pieces(on: track)
    let states = [before, subjectBefore, expected, actual]
    var focus = [operation(at: step, on: track), survivor(at: step, on: track)].compactMap { $0 }
    focus += pieces.filter { piece in
      piece.fill != "=" && piece.fill != "*" && !states.allSatisfy { $0.contains(piece) }
    }
    let near = pieces.filter { piece in
      focus.contains { $0.first <= piece.last && piece.first <= $0.last }
    }
    // Keep both ends, so that a reader sees that there are ranges outside, drawn as elided.
    let ends =
      [pieces.min { $0.first < $1.first }, pieces.max { $0.last < $1.last }].compactMap { $0 }
    return Axis(through: near + ends, holding: pieces, room: room)
  }
}
