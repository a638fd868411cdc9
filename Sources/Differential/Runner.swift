import Scenario

/// Drives a subject and its reference through a scenario side by side, and looks at everything
/// after every operation. The only runner there is.
///
/// *Checks, after each operation* (Specification 5)
/// 1. Both gave the same answer: same outcome, same reported ranges in the same order.
/// 2. The subject's rows are exactly the reference's, word for word and in order, and so is the
///    rest of the state. The reference's rows are well formed, so the subject's then are too.
/// 3. The subject's own structure holds.
///
/// *At the end* the subject is cleared, and nothing may stay allocated.
///
/// It keeps its buffers from run to run, so that a fuzzing process allocates nothing here once it
/// is warm. Nothing in it traps: what it finds is a value.
public struct Runner {
  @usableFromInline var expected = Answer()
  @usableFromInline var actual = Answer()

  @inlinable
  public init() {}

  /// The first divergence, or nil if subject and reference agree throughout.
  ///
  /// O(operations x (entries + pages of an operation)).
  @inlinable
  public mutating func run<S: Subject & ~Copyable, R: Reference & ~Copyable>(
    _ scenario: borrowing Scenario, subject: inout S, reference: inout R
  ) -> Divergence? where S.Row == R.Row, S.Action == R.Action {
    let world = scenario.world
    for step in scenario.operations.indices {
      let action = R.action(for: scenario.operations[step], in: world)
      expected.reset()
      actual.reset()
      reference.perform(action, answer: &expected)
      subject.perform(action, answer: &actual)
      if let finding = judge(subject, reference) {
        return describe(finding, at: step, of: scenario, subject: subject, reference: reference)
      }
    }
    guard let leak = subject.tearDown() else { return nil }
    return describe(
      .leak(leak), at: scenario.operations.count, of: scenario, subject: subject,
      reference: reference)
  }

  /// What a check found, before it is put into words.
  @usableFromInline
  enum Finding {
    case answer
    case state
    case structure(String)
    case leak(String)
  }

  /// Checks 1 to 3, after an operation.
  @inlinable
  func judge<S: Subject & ~Copyable, R: Reference & ~Copyable>(
    _ subject: borrowing S, _ reference: borrowing R
  ) -> Finding? where S.Row == R.Row {
    if expected != actual { return .answer }
    if subject.status != reference.status { return .state }
    if !reference.holdsExactlyRows(of: subject) { return .state }
    return subject.checkStructure().map(Finding.structure)
  }

  /// The divergence that a reader sees. Never inlined: it runs at most once per scenario.
  @inline(never)
  @usableFromInline
  func describe<S: Subject & ~Copyable, R: Reference & ~Copyable>(
    _ finding: Finding, at step: Int, of scenario: borrowing Scenario, subject: borrowing S,
    reference: borrowing R
  ) -> Divergence where S.Row == R.Row {
    var seen = copy scenario
    seen.operations.removeLast(max(0, scenario.operations.count - step - 1))
    var divergence = Divergence(
      check: .answer, step: step, scenario: seen, expected: expected.description,
      actual: actual.description,
      expectedState: reference.rows.map(\.description) + [reference.statusDescription],
      actualState: subject.rows.map(\.description) + [subject.statusDescription])
    switch finding {
    case .answer:
      break
    case .state:
      divergence.check = .state
      divergence.expected += ", and the entries of the reference afterwards"
      divergence.actual += ", and other entries: "
      divergence.actual += S.fault(in: subject.rows, world: seen.world) ?? "see the marked lines"
    case .structure(let sentence):
      divergence.check = .structure
      divergence.expected += ", and the structure of the subject holds afterwards"
      divergence.actual += ", and it does not: \(sentence)"
    case .leak(let sentence):
      divergence.check = .leak
      divergence.expected = "nothing stays allocated after everything is cleared"
      divergence.actual = sentence
    }
    return divergence
  }
}

extension Machine where Self: ~Copyable {
  /// Every row of the state, in ascending order. O(rows).
  @inlinable
  var rows: [Row] {
    var rows: [Row] = []
    forEachRow { rows.append($0) }
    return rows
  }
}
