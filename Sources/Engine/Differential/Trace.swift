import Scenario

/// A run with the answers and states of subject and oracle after every operation: what
/// Specification 5.1 to 5.3 compare. If the subject only has to be sound, the live mappings of the
/// ground truth take the place of the oracle's state.
public struct Trace {
  /// The scenario that the caller passed.
  public let asked: Scenario
  /// The scenario that was traced: that of the divergence, which ends at the failing step, or the
  /// one that the caller passed if there is no divergence.
  public let scenario: Scenario
  /// The divergence in the scenario, or nil.
  public let divergence: Divergence?
  /// Whether the subject is compared with the oracle. If not, `Step.model` has the live mappings.
  public let isCompared: Bool
  /// The status of the model before the first step, in words.
  public let firstStatus: String
  /// The operations in order: all of `scenario`, unless the subject's structure was damaged
  /// earlier.
  public let steps: [Step]

  /// The state of the subject, or of the model beside it.
  public struct Side: Equatable {
    /// Its rows, in ascending order.
    public let rows: [StateRow]
    /// Its status, in words.
    public let status: String
  }

  /// A failure that first showed at a step.
  public enum Event {
    /// Subject and oracle differ for the first time.
    case firstDifference(Divergence)
    /// A mapping is live that should be dead, or that no unmap would reach.
    case unsound(Divergence)
  }

  /// An operation and its results.
  public struct Step {
    /// The index of the operation.
    public let index: Int
    /// The operation.
    public let operation: Operation
    /// Whether both sides rejected its arguments.
    public let isRejected: Bool
    /// The oracle's answer, or the subject's again if the two are not compared.
    public let expected: String
    /// The subject's answer.
    public let actual: String
    /// The state afterwards of the oracle; or the live mappings, with the subject's status, if the
    /// two are not compared.
    public let model: Side
    /// The subject's state afterwards.
    public let subject: Side
    /// The failure that first showed here, or nil.
    public let event: Event?
  }
}

extension Harness where S: ~Copyable {
  /// Runs the scenario, follows up a difference, and runs the resulting scenario again step by
  /// step.
  ///
  /// O(operations x (entries + cells)).
  public mutating func trace(_ scenario: Scenario) -> Trace {
    trace(scenario, explaining: runAndFollowUp(scenario))
  }

  /// Runs the scenario of `divergence`, which was found for `scenario`, step by step, and keeps the
  /// answers and states of both sides. Without a divergence, runs `scenario` to its end.
  ///
  /// Not inlinable, so never specialised: it runs only for a reader. O(operations x (entries +
  /// cells)).
  package mutating func trace(_ scenario: Scenario, explaining divergence: Divergence?) -> Trace {
    let traced = divergence?.scenario ?? scenario
    var subject = reset(for: traced)
    let firstStatus = comparing ? oracle.statusDescription : subject.statusDescription
    var seen = Scenario(world: traced.world)
    var steps: [Trace.Step] = []
    var difference: Divergence?
    for (index, operation) in traced.operations.enumerated() {
      seen.operations.append(operation)
      let hadDiffered = difference != nil
      let unsound = drive(
        seen, from: index, checkingFrom: index, comparing: comparing, on: &subject,
        difference: &difference)
      let event: Trace.Event? =
        if let unsound { .unsound(unsound) } else if hadDiffered { nil } else {
          difference.map { .firstDifference($0) }
        }
      steps.append(
        Trace.Step(
          index: index, operation: operation,
          isRejected: actual.outcome == .rejected
            && (!comparing || expected.outcome == .rejected),
          expected: description(of: comparing ? expected : actual, to: operation),
          actual: description(of: actual, to: operation),
          model: comparing
            ? Trace.Side(of: oracle)
            : Trace.Side(rows: checker.liveRows, status: subject.statusDescription),
          subject: Trace.Side(of: subject), event: event))
      if unsound != nil || difference != nil && subject.checkStructure() != nil { break }
    }
    return Trace(
      asked: scenario, scenario: traced, divergence: divergence, isCompared: comparing,
      firstStatus: firstStatus, steps: steps)
  }
}

extension Trace.Side {
  /// The state of `driver`. O(rows).
  init<D: Driver & ~Copyable>(of driver: borrowing D) {
    rows = driver.rows.map(\.stateRow)
    status = driver.statusDescription
  }
}
