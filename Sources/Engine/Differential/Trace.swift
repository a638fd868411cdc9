import Scenario

/// A run that was looked at after every operation: what each side answered and held, which is what
/// Specification 5.1 to 5.3 compare.
///
/// `Row` is a line of the state, as the machines have it or as somebody draws it.
public struct Trace<Row: Equatable> {
  /// The scenario that was asked about.
  public let asked: Scenario
  /// The scenario that was traced: the one of the divergence, which ends where it shows, or else the
  /// one that was asked about.
  public let scenario: Scenario
  /// What a run of the scenario finds, or nil.
  public let divergence: Divergence?
  /// The status of the reference before the first step, in words.
  public let firstStatus: String
  /// Each operation, in order: all of `scenario`, unless the subject was damaged on the way.
  public let steps: [Step]

  /// What one side holds.
  public struct Side: Equatable {
    /// Its rows, in ascending order.
    public let rows: [Row]
    /// Its status, in words.
    public let status: String
  }

  /// What a step showed for the first time.
  public enum Event {
    /// Subject and reference differ from here on.
    case parting(Divergence)
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
    /// What the reference answered.
    public let expected: String
    /// What the subject answered.
    public let actual: String
    /// What the reference holds afterwards.
    public let reference: Side
    /// What the subject holds afterwards.
    public let subject: Side
    /// What showed here, or nil.
    public let event: Event?
  }
}

extension Runner {
  /// Takes the scenario of `divergence`, which is what `run` has found in `scenario`, operation by
  /// operation, or `scenario` to its end if that was nothing; and keeps what both sides say and
  /// hold after each. All three must be as they were at the start of that run.
  ///
  /// Never specialised: it runs when somebody reads. O(operations x (entries + pages)).
  public mutating func trace<
    S: Subject & ~Copyable, R: Reference & ~Copyable, J: Judge & ~Copyable
  >(
    _ scenario: Scenario, explaining divergence: Divergence?, comparing: Bool = true,
    subject: inout S, reference: inout R, judge: inout J
  ) -> Trace<S.Row>
  where S.Row == R.Row, S.Action == R.Action, S.Row == J.Row, S.Action == J.Action {
    let traced = divergence?.scenario ?? scenario
    let firstStatus = reference.statusDescription
    var seen = Scenario(world: traced.world)
    var steps: [Trace<S.Row>.Step] = []
    var difference: Divergence?
    for (index, operation) in traced.operations.enumerated() {
      seen.operations.append(operation)
      let hadParted = difference != nil
      let harm = drive(
        seen, from: index, checkingFrom: index, comparing: comparing, subject: &subject,
        reference: &reference,
        judge: &judge, difference: &difference)
      let event: Trace<S.Row>.Event? =
        if let harm { .harm(harm) } else if hadParted { nil } else {
          difference.map { .parting($0) }
        }
      steps.append(
        Trace<S.Row>.Step(
          index: index, operation: operation,
          isRejected: expected.outcome == .rejected && actual.outcome == .rejected,
          expected: expected.description, actual: actual.description,
          reference: Trace<S.Row>.Side(of: reference), subject: Trace<S.Row>.Side(of: subject),
          event: event))
      if harm != nil || difference != nil && subject.checkStructure() != nil { break }
    }
    return Trace(
      asked: scenario, scenario: traced, divergence: divergence, firstStatus: firstStatus,
      steps: steps)
  }

  /// As above, where there is no ground truth.
  public mutating func trace<S: Subject & ~Copyable, R: Reference & ~Copyable>(
    _ scenario: Scenario, explaining divergence: Divergence?, subject: inout S,
    reference: inout R
  ) -> Trace<S.Row> where S.Row == R.Row, S.Action == R.Action {
    var judge = NoJudge<S.Action, S.Row>()
    return trace(
      scenario, explaining: divergence, subject: &subject, reference: &reference, judge: &judge)
  }
}

extension Trace.Side {
  /// What `machine` holds. O(rows).
  init<M: Machine & ~Copyable>(of machine: borrowing M) where M.Row == Row {
    rows = machine.rows
    status = machine.statusDescription
  }

  private init<Other>(_ other: Trace<Other>.Side, _ transform: (Other) -> Row?) {
    rows = other.rows.compactMap(transform)
    status = other.status
  }

  fileprivate func compactMapRows<New>(_ transform: (Row) -> New?) -> Trace<New>.Side {
    Trace<New>.Side(self, transform)
  }
}

extension Trace {
  /// The same run, with every row that `transform` makes of one. O(rows).
  public func compactMapRows<New>(_ transform: (Row) -> New?) -> Trace<New> {
    let newSteps = steps.map { step -> Trace<New>.Step in
      let event: Trace<New>.Event? =
        switch step.event {
        case nil: nil
        case .parting(let divergence)?: .parting(divergence)
        case .harm(let divergence)?: .harm(divergence)
        }
      return Trace<New>.Step(
        index: step.index, operation: step.operation, isRejected: step.isRejected,
        expected: step.expected, actual: step.actual,
        reference: step.reference.compactMapRows(transform),
        subject: step.subject.compactMapRows(transform), event: event)
    }
    return Trace<New>(
      asked: asked, scenario: scenario, divergence: divergence, firstStatus: firstStatus,
      steps: newSteps)
  }
}
