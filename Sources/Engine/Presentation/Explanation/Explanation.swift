import Differential
import Scenario

/// A trace for a reader: each operation, and where it changed something, the ranges of both sides
/// along one axis, down to the step at which they part.
public struct Explanation {
  /// The narrowest that lines can be, in characters: two 64-bit addresses and a margin.
  public static let narrowest = 60

  let trace: Trace
  let width: Int
  /// The axis of each space with every bound that any drawn step has, where that fits on a line:
  /// then all steps are drawn on the same one.
  private var shared: [Track: Axis] = [:]

  /// The explanation of `trace` in lines of at most `width` characters, `narrowest` or more.
  /// O(steps x entries).
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

  /// The lines about the steps whose indices are in `steps`: the world, each step, and how it ends.
  /// The report of a divergence is not among them. O(steps x entries).
  public func lines(of steps: Range<Int>) -> [ExplanationLine] {
    var lines = wrapped(trace.scenario.world.text, hanging: 2)
    lines += legend
    lines += preface
    if trace.steps.count <= steps.lowerBound, steps.lowerBound > 0 {
      lines += [ExplanationLine("")]
      lines += wrapped("there are \(trace.steps.count) steps", hanging: 0)
    }
    for step in trace.steps where steps.contains(step.index) {
      // A drawing has room around it; operations that change nothing stand together.
      let isDrawn = isDrawn(step)
      if isDrawn || step.index == steps.lowerBound || wasDrawn(before: step) {
        lines.append(ExplanationLine(""))
      }
      lines += self.lines(of: step)
    }
    lines.append(ExplanationLine(""))
    if trace.divergence == nil {
      let count = trace.steps.count
      lines += wrapped(
        "they agree throughout: \(count) operation\(count == 1 ? "" : "s")", hanging: 0)
    }
    return lines
  }

  /// What the drawings mean.
  private var legend: [ExplanationLine] {
    let world = trace.scenario.world
    let entry =
      switch (world.family, world.hasDirectMap) {
      case (.tree, _): "[0x1---] an element with its word"
      case (_, true): "[0x1000---] an entry with its nested base (nested: its canonical base)"
      case (_, false): "[0x1000---] an entry with its nested base"
      }
    let unknown = world.family == .tree ? "" : "   [???] an unknown one"
    let unit = world.family == .tree ? "keys" : "pages"
    return wrapped(entry + unknown, hanging: 0)
      + wrapped(
        ". nothing   ~ nothing for more than 64 \(unit)   / left out   ^ here they differ",
        hanging: 0)
  }

  /// What to know before the first step.
  private var preface: [ExplanationLine] {
    let asked = trace.asked.operations
    let traced = trace.scenario.operations
    guard !asked.starts(with: traced) else { return [] }
    let same = zip(asked, traced).prefix { $0 == $1 }.count
    let text = "the harm shows in other steps: from step \(same + 1) on, not those that were given"
    return [ExplanationLine("")] + wrapped(text, hanging: 0, .mark)
  }

  private func wasDrawn(before step: Trace.Step) -> Bool {
    step.index > 0 && isDrawn(trace.steps[step.index - 1])
  }
}

// MARK: - What is worth drawing

extension Explanation {
  /// Whether something came of the step.
  func isDrawn(_ step: Trace.Step) -> Bool {
    if step.event != nil { return true }
    guard step.index > 0 else {
      let isEmpty = step.oracle.rows.isEmpty && step.subject.rows.isEmpty
      return !isEmpty || step.oracle.status != trace.firstStatus
    }
    let previous = trace.steps[step.index - 1]
    return step.oracle != previous.oracle || step.subject != previous.subject
  }

  /// Whether the step changed something on `track`, or showed something there, or is about it.
  func isDrawn(_ track: Track, at step: Trace.Step) -> Bool {
    let expected = step.oracle.pieces(on: track)
    let actual = step.subject.pieces(on: track)
    // What differs is drawn where that shows, and from then on when it changes.
    if step.event != nil, expected != actual { return true }
    if survivor(at: step, on: track) != nil { return true }
    let (before, subjectBefore) = piecesBefore(step, on: track)
    if expected != before || actual != subjectBefore { return true }
    // An unmap visits all MMUs, and says something of few.
    return (track.mmu == nil || step.operation.kind.namesMMU)
      && operation(at: step, on: track) != nil
  }

  /// What is drawn of the operation: nothing if it was refused.
  func operation(at step: Trace.Step, on track: Track) -> Piece? {
    step.isRejected ? nil : step.operation.piece(on: track, in: trace.scenario.world)
  }

  func survivor(at step: Trace.Step, on track: Track) -> Piece? {
    guard case .harm(let divergence)? = step.event, let piece = divergence.unsoundness?.piece
    else { return nil }
    return piece.track == track ? piece : nil
  }

  func piecesBefore(_ step: Trace.Step, on track: Track) -> ([Piece], [Piece]) {
    guard step.index > 0 else { return ([], []) }
    let previous = trace.steps[step.index - 1]
    return (previous.oracle.pieces(on: track), previous.subject.pieces(on: track))
  }

  /// Everything with a bound at the step: the states before and after, and what it is about.
  func pieces(at step: Trace.Step, on track: Track) -> [Piece] {
    let (before, subjectBefore) = piecesBefore(step, on: track)
    let states =
      before + subjectBefore + step.oracle.pieces(on: track) + step.subject.pieces(on: track)
    let others = [operation(at: step, on: track), survivor(at: step, on: track)]
    return (states + others.compactMap { $0 }).unique
  }

  /// The shared axis; or the one of the step's own bounds; or, if that is too long for a line, one
  /// of those bounds only that have to do with what the step is about, changed or showed.
  func axis(for step: Trace.Step, on track: Track) -> Axis {
    if let axis = shared[track] { return axis }
    let pieces = self.pieces(at: step, on: track)
    let axis = Axis(through: pieces, holding: pieces, room: room)
    if axis.blocks.count <= 1 { return axis }
    let (before, subjectBefore) = piecesBefore(step, on: track)
    let expected = step.oracle.pieces(on: track)
    let actual = step.subject.pieces(on: track)
    let states = [before, subjectBefore, expected, actual]
    var focus = [operation(at: step, on: track), survivor(at: step, on: track)].compactMap { $0 }
    focus += pieces.filter { piece in
      piece.fill != "=" && piece.fill != "*" && !states.allSatisfy { $0.contains(piece) }
    }
    let near = pieces.filter { piece in
      focus.contains { $0.first <= piece.last && piece.first <= $0.last }
    }
    // Both ends stay: what lies outside is left out, and the reader must see that it is there.
    let ends =
      [pieces.min { $0.first < $1.first }, pieces.max { $0.last < $1.last }].compactMap { $0 }
    return Axis(through: near + ends, holding: pieces, room: room)
  }
}
