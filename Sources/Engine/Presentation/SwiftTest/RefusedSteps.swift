import Differential
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

extension Scenario {
  /// The indices of the operations in which this build's own subject finds no memory for what it has
  /// to do: the one thing about a subject that a reference is told (Specification 5.11). Empty,
  /// and nothing is run, if no plan refuses anything.
  ///
  /// A subject with a bug may ask for memory where a sound one does not, and may trap. Up to the
  /// first step at which it parts from the reference, these are the steps of a sound one.
  /// O(operations x entries).
  @_alwaysEmitIntoClient
  public func refusedSteps() -> Set<Int> {
    let hasPlan = operations.contains { $0.kind == .refuse && $0.refusalPlan != .none }
    guard hasPlan else { return [] }
    switch (world.family, world.nodeSize) {
    case (.tree, .tiny):
      var subject = TreeMachine<4>()
      return refusedSteps(of: &subject)
    case (.tree, .production):
      var subject = TreeMachine<32>()
      return refusedSteps(of: &subject)
    case (.vm, .tiny), (.memory, .tiny):
      var subject = VMMachine(
        VirtualMachine(world.mapConfiguration, mmus: Int(world.mmus), memory: NodePool()) {
          ReverseMap<4>($0, memory: $1)
        })
      return refusedSteps(of: &subject)
    case (.vm, .production), (.memory, .production):
      var subject = VMMachine(
        VirtualMachine(world.mapConfiguration, mmus: Int(world.mmus), memory: NodePool()) {
          ProductionReverseMap($0, memory: $1)
        })
      return refusedSteps(of: &subject)
    case (.map, _), (.direct, _): return []
    }
  }

  @_alwaysEmitIntoClient
  func refusedSteps<S: Subject & ~Copyable>(of subject: inout S) -> Set<Int> {
    var steps: Set<Int> = []
    for (step, operation) in operations.enumerated() {
      var answer = Answer()
      subject.perform(S.action(for: operation, in: world), answer: &answer)
      if answer.wasRefused { steps.insert(step) }
    }
    return steps
  }
}
