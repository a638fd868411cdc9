import Differential
import ForeignMap
import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

// The pairs of `Lanes.swift` in Differential, traced. They are not there, and this module is not part
// of any fuzz target: those hold no code, and no coverage counters, that they never run.

extension Scenario {
  /// Runs the scenario in the lane of its family, and once more step by step: what was found, and
  /// all that was held on the way, ready to be drawn. O(operations x (entries + pages of an
  /// operation)).
  ///
  /// - Parameter library: the subject, if it is not the project's own.
  public func trace(subject library: ForeignLibrary? = nil) -> Trace<Piece> {
    if let library, ForeignLane.takes(world.family) {
      var lane = ForeignLane(library)
      return lane.trace(self).drawable
    }
    let divergence = run()
    let configuration = world.mapConfiguration
    switch (world.family, world.nodeSize) {
    case (.map, .tiny), (.direct, .tiny):
      return trace(explaining: divergence, map: ReverseMap<4>(configuration))
    case (.map, .production), (.direct, .production):
      return trace(explaining: divergence, map: ProductionReverseMap(configuration))
    case (.vm, .tiny), (.memory, .tiny):
      return trace(
        explaining: divergence,
        machine: VirtualMachine(configuration, mmus: Int(world.mmus), memory: NodePool()) {
          ReverseMap<4>($0, memory: $1)
        })
    case (.vm, .production), (.memory, .production):
      return trace(
        explaining: divergence,
        machine: VirtualMachine(configuration, mmus: Int(world.mmus), memory: NodePool()) {
          ProductionReverseMap($0, memory: $1)
        })
    case (.tree, .tiny):
      return trace(
        explaining: divergence, subject: TreeMachine<4>(), reference: SortedRangesMachine())
    case (.tree, .production):
      return trace(
        explaining: divergence, subject: TreeMachine<32>(), reference: SortedRangesMachine())
    }
  }

  /// The trace with `map` beside the page dictionary.
  private func trace<Map: ReverseMapProtocol & ~Copyable>(
    explaining divergence: Divergence?, map: consuming Map
  ) -> Trace<Piece> {
    trace(
      explaining: divergence, subject: MapMachine(map),
      reference: MapMachine(PageDictionary(world.mapConfiguration)))
  }

  /// The trace with `machine` beside the one of page dictionaries, and the ground truth.
  private func trace<VM: VirtualMachineProtocol & ~Copyable>(
    explaining divergence: Divergence?, machine: consuming VM
  ) -> Trace<Piece> {
    var runner = Runner()
    var subject = VMMachine(machine)
    var reference = ReferenceVMMachine(world.mapConfiguration, mmus: Int(world.mmus))
    var judge = ShadowJudge()
    judge.restart(in: world)
    return runner.trace(
      self, explaining: divergence, subject: &subject, reference: &reference, judge: &judge
    ).drawable
  }

  /// The trace where there is no ground truth.
  private func trace<S: Subject & ~Copyable, R: Reference & ~Copyable>(
    explaining divergence: Divergence?, subject: consuming S, reference: consuming R
  ) -> Trace<Piece> where S.Row == R.Row, S.Action == R.Action, S.Row: Drawable {
    var runner = Runner()
    var subject = subject
    var reference = reference
    return runner.trace(
      self, explaining: divergence, subject: &subject, reference: &reference
    ).drawable
  }
}

extension Trace where Row: Drawable {
  /// The same run, with what can be drawn of its rows. O(rows).
  public var drawable: Trace<Piece> { compactMapRows(\.piece) }
}

extension Trace.Side where Row == Piece {
  /// The ranges on `track`, in order. O(rows).
  func pieces(on track: Track) -> [Piece] { rows.filter { $0.track == track } }
}
