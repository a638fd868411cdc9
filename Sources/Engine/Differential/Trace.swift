import Scenario

/// A run that was looked at after every operation: what each side answered and held, which is what
/// Specification 5.1 to 5.3 compare.
public struct Trace {
  /// The scenario that was asked about.
  public let asked: Scenario
  /// The scenario that was traced: the one of the divergence, which ends where it shows, or else the
  /// one that was asked about.
  public let scenario: Scenario
  /// What a run of the scenario finds, or nil.
  public let divergence: Divergence?
  /// The status of the oracle before the first step, in words.
  public let firstStatus: String
  /// Each operation, in order: all of `scenario`, unless the subject was damaged on the way.
  public let steps: [Step]

  /// What one side holds.
  public struct Side: Equatable {
    /// Its rows, in ascending order.
    public let rows: [StateRow]
    /// Its status, in words.
    public let status: String
  }

  /// What a step showed for the first time.
  public enum Event {
    /// Subject and oracle differ from here on.
    case firstDifference(Divergence)
    /// A mapping lives that should be dead, or that no unmap would reach.
    case harm(Divergence)
  }

  /// An operation and what came of it.
  public struct Step {
    /// The index of the operation.
    public let index: Int
    /// The operation.
    public let operation: Operation
    /// Whether both sides refused its arguments.
    public let isRejected: Bool
    /// What the oracle answered.
    public let expected: String
    /// What the subject answered.
    public let actual: String
    /// What the oracle holds afterwards.
    public let oracle: Side
    /// What the subject holds afterwards.
    public let subject: Side
    /// What showed here, or nil.
    public let event: Event?
  }
}

extension Harness where S: ~Copyable {
  /// Runs the scenario, follows up what it finds, and runs it once more step by step.
  ///
  /// O(operations x (entries + pages)).
  public mutating func trace(_ scenario: Scenario) -> Trace {
    trace(scenario, explaining: runAndFollowUp(scenario))
  }

  /// Runs the scenario of `divergence`, which was found for `scenario`, operation by operation, or
  /// `scenario` to its end if nothing was found; and keeps what both sides say and hold after each.
  ///
  /// Never specialised: it runs when somebody reads. O(operations x (entries + pages)).
  package mutating func trace(_ scenario: Scenario, explaining divergence: Divergence?) -> Trace {
    let traced = divergence?.scenario ?? scenario
    var subject = reset(for: traced.world)
    let firstStatus = oracle.statusDescription
    var seen = Scenario(world: traced.world)
    var steps: [Trace.Step] = []
    var difference: Divergence?
    for (index, operation) in traced.operations.enumerated() {
      seen.operations.append(operation)
      let hadParted = difference != nil
      let harm = drive(
        seen, from: index, checkingFrom: index, comparing: comparing, on: &subject,
        difference: &difference)
      let event: Trace.Event? =
        if let harm { .harm(harm) } else if hadParted { nil } else {
          difference.map { .firstDifference($0) }
        }
      steps.append(
        Trace.Step(
          index: index, operation: operation,
          isRejected: expected.outcome == .rejected && actual.outcome == .rejected,
          expected: expected.description, actual: actual.description,
          oracle: Trace.Side(of: oracle), subject: Trace.Side(of: subject), event: event))
      if harm != nil || difference != nil && subject.checkStructure() != nil { break }
    }
    return Trace(
      asked: scenario, scenario: traced, divergence: divergence, firstStatus: firstStatus,
      steps: steps)
  }
}

extension Trace.Side {
  /// What `machine` holds. O(rows).
  init<M: Driver & ~Copyable>(of machine: borrowing M) {
    rows = machine.rows.map(\.stateRow)
    status = machine.statusDescription
  }
}
