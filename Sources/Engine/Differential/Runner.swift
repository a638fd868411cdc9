import Scenario

/// Drives a subject and its reference through a scenario side by side, and looks at everything
/// after every operation. The only runner there is.
///
/// *Checks, after each operation* (Specification 5)
/// 0. The subject kept to the interface that it is reached through; else nothing that it answers means
///    anything, and the run ends.
/// 1. Where there is a judge: nothing lives that should be dead, and nothing that no unmap would
///    reach (Specification 9). It comes first, because it is what matters in the end.
/// 2. Both gave the same answer: same outcome, same reported ranges in the same order.
/// 3. The subject's rows are exactly the reference's, word for word and in order, and so is the
///    rest of the state. The reference's rows are well formed, so the subject's then are too.
/// 4. The subject's own structure holds, its entries and direct map are in lockstep, and it kept to
///    the rules of memory (`MemoryAudit`).
///
/// *At the end* the subject is cleared and torn down, and nothing may stay allocated.
///
/// Where there is a judge, a failure of 2 to 4 that leaves the structure sound is kept, and the run
/// goes on under check 1 alone, through the rest of the scenario and the judge's probes: a difference
/// that does harm is reported as that harm. A subject that has to be *sound* only is never compared: it
/// runs under 0, 1 and its own part of 4, and then under the probes, always.
///
/// It keeps its buffers from run to run, so that a fuzzing process allocates nothing here once it
/// is warm. Nothing in it traps: what it finds is a value.
public struct Runner {
  @usableFromInline var expected = Answer()
  @usableFromInline var actual = Answer()
  @usableFromInline let watcher: SituationWatcher?
  /// Whether the run that is going on is watched: looked at once a run, so that an operation costs a
  /// branch and no more.
  @usableFromInline var isWatched = false

  /// A runner whose runs `watcher` is shown, when it wants to see them.
  @inlinable
  public init(watcher: SituationWatcher? = .ofProcess) { self.watcher = watcher }

  /// The first divergence, or nil if subject and reference agree throughout.
  ///
  /// O(operations x (entries + pages of an operation)).
  @inlinable
  public mutating func run<S: Subject & ~Copyable, R: Reference & ~Copyable>(
    _ scenario: borrowing Scenario, subject: inout S, reference: inout R
  ) -> Divergence? where S.Row == R.Row, S.Action == R.Action {
    var judge = NoJudge<S.Action, S.Row>()
    return run(scenario, subject: &subject, reference: &reference, judge: &judge)
  }

  /// The first divergence, or nil if subject and reference agree throughout and the judge finds
  /// nothing. If it finds harm, that, wherever the two first differed.
  ///
  /// - Parameter comparing: whether the two have to agree; otherwise the judge alone decides, and the
  ///   reference is there to be looked at.
  ///
  /// O(operations x (entries + pages of an operation)).
  @inlinable
  public mutating func run<
    S: Subject & ~Copyable, R: Reference & ~Copyable, J: Judge & ~Copyable
  >(
    _ scenario: borrowing Scenario, comparing: Bool = true, subject: inout S, reference: inout R,
    judge: inout J
  ) -> Divergence?
  where S.Row == R.Row, S.Action == R.Action, S.Row == J.Row, S.Action == J.Action {
    var difference: Divergence?
    if let watcher, watcher.isWatching {
      watcher.start(subject.gauge)
      isWatched = true
    }
    let harm = drive(
      scenario, from: 0, checkingFrom: 0, comparing: comparing, subject: &subject,
      reference: &reference, judge: &judge, difference: &difference)
    // The probes that may follow are the judge's, and no part of the scenario.
    isWatched = false
    if let harm { return harm.following(difference) }
    if J.looksForHarm, difference != nil || !comparing {
      let found = probe(
        scenario, after: difference, subject: &subject, reference: &reference, judge: &judge)
      if let found { return found }
    } else if let difference {
      return difference
    }
    guard let leak = subject.tearDown() ?? subject.checkInterface() else { return nil }
    return describe(
      .leak(leak), at: scenario.operations.count, of: scenario, subject: subject,
      reference: reference)
  }

  /// Takes the operations from index `start` on, and checks after those from index `checked` on: a
  /// search takes the same path many times. Returns harm; leaves the first other finding in
  /// `difference`, after which there is no more comparing, or none from the start unless
  /// `comparing`.
  @inlinable
  package mutating func drive<
    S: Subject & ~Copyable, R: Reference & ~Copyable, J: Judge & ~Copyable
  >(
    _ scenario: borrowing Scenario, from start: Int, checkingFrom checked: Int,
    comparing: Bool = true, subject: inout S, reference: inout R, judge: inout J,
    difference: inout Divergence?
  ) -> Divergence?
  where S.Row == R.Row, S.Action == R.Action, S.Row == J.Row, S.Action == J.Action {
    let count = scenario.operations.count
    var step = start
    while step < count {
      take(step, of: scenario, subject: &subject, reference: &reference, judge: &judge)
      step &+= 1
      if step <= checked { continue }
      if let fault = subject.checkInterface() {
        difference =
          difference
          ?? describe(
            .interface(fault), at: step &- 1, of: scenario, subject: subject,
            reference: reference)
        return nil
      }
      // Past a difference nothing vouches for the structure, and what a damaged one does next tells
      // nothing and might never end.
      if !comparing || difference != nil, let fault = subject.checkStructure() {
        difference =
          difference
          ?? describe(
            .structure(fault), at: step &- 1, of: scenario, subject: subject,
            reference: reference)
        return nil
      }
      if let harm = judge.verdict(on: subject) {
        return describe(
          .unsound(harm), at: step &- 1, of: scenario, subject: subject, reference: reference)
      }
      if comparing, difference == nil, let finding = compare(subject, reference) {
        difference = describe(
          finding, at: step &- 1, of: scenario, subject: subject, reference: reference)
        if !J.looksForHarm || subject.checkStructure() != nil { return nil }
      }
    }
    return nil
  }

  /// Does operation `step` to all three.
  @inlinable @inline(__always)
  mutating func take<
    S: Subject & ~Copyable, R: Reference & ~Copyable, J: Judge & ~Copyable
  >(
    _ step: Int, of scenario: borrowing Scenario, subject: inout S, reference: inout R,
    judge: inout J
  )
  where S.Row == R.Row, S.Action == R.Action, S.Row == J.Row, S.Action == J.Action {
    let action = R.action(for: scenario.operations[step], in: scenario.world)
    expected.reset()
    actual.reset()
    subject.perform(action, answer: &actual)
    if isWatched { show(scenario.operations[step].kind, subject) }
    expected.wasRefused = actual.wasRefused
    expected.refusedMMUs = actual.refusedMMUs
    reference.perform(action, answer: &expected)
    judge.follow(action, step: step, answer: actual)
  }

  /// Shows the watcher an operation that `subject` has just answered. Never inlined: few runs are
  /// watched.
  @inlinable @inline(never)
  func show<S: Subject & ~Copyable>(_ kind: Operation.Kind, _ subject: borrowing S) {
    watcher?.see(kind, actual, subject.gauge)
  }

  /// Looks for the harm that the state can do, after `difference`, if there was one on the way: the
  /// judge's probes are operations after the scenario's own. Never inlined: it runs at most once per
  /// scenario.
  @inline(never)
  @usableFromInline
  mutating func probe<
    S: Subject & ~Copyable, R: Reference & ~Copyable, J: Judge & ~Copyable
  >(
    _ scenario: borrowing Scenario, after difference: Divergence?, subject: inout S,
    reference: inout R, judge: inout J
  ) -> Divergence?
  where S.Row == R.Row, S.Action == R.Action, S.Row == J.Row, S.Action == J.Action {
    if let fault = subject.checkStructure() {
      return difference
        ?? describe(
          .structure(fault), at: scenario.operations.count &- 1, of: scenario, subject: subject,
          reference: reference)
    }
    var longer = copy scenario
    let count = longer.operations.count
    let most = max(count, Limits.operations)
    longer.operations += judge.probes(in: scenario.world)
    if difference != nil { longer.operations.removeLast(max(0, longer.operations.count - most)) }
    var other: Divergence?
    let harm = drive(
      longer, from: count, checkingFrom: count, comparing: false, subject: &subject,
      reference: &reference, judge: &judge, difference: &other)
    if difference == nil, let harm { return harm.withoutProbes(after: count) }
    return harm?.following(difference) ?? difference ?? other
  }

  /// What a check found, before it is put into words.
  @usableFromInline
  package enum Finding {
    case unsound(Unsoundness)
    case answer
    case state
    case interface(String)
    case structure(String)
    case lockstep(String)
    case memory(MemoryFault)
    case leak(String)
  }

  /// Checks 2 to 4, after an operation.
  @inlinable
  func compare<S: Subject & ~Copyable, R: Reference & ~Copyable>(
    _ subject: borrowing S, _ reference: borrowing R
  ) -> Finding? where S.Row == R.Row {
    if expected != actual { return .answer }
    if subject.status != reference.status { return .state }
    if !reference.holdsExactlyRows(of: subject) { return .state }
    if let fault = subject.checkStructure() { return .structure(fault) }
    if let fault = subject.checkLockstep() { return .lockstep(fault) }
    return subject.checkMemory().map(Finding.memory)
  }

  /// The divergence that a reader sees. Never inlined: it runs at most once per scenario.
  @inline(never)
  @usableFromInline
  package func describe<S: Subject & ~Copyable, R: Reference & ~Copyable>(
    _ finding: Finding, at step: Int, of scenario: borrowing Scenario, subject: borrowing S,
    reference: borrowing R
  ) -> Divergence where S.Row == R.Row {
    var seen = copy scenario
    seen.operations.removeLast(max(0, scenario.operations.count - step - 1))
    let operation = seen.operations.indices.contains(step) ? seen.operations[step].kind : nil
    var kind = FailureKind(check: .answer, operation: operation, deed: "")
    var expected = expected.description
    var actual = actual.description
    var unsoundness: Unsoundness?
    var expectedState = reference.rows.map(\.description) + [reference.statusDescription]
    // What was looked at for the finding may have shown the subject to break the rules.
    switch subject.checkInterface().map(Finding.interface) ?? finding {
    case .unsound(let harm):
      (kind.check, kind.deed) = (.unsound, harm.rule.deed)
      unsoundness = harm
      expected = harm.rightfulEnd
    case .answer:
      kind.deed = self.actual.deed(against: self.expected)
    case .state:
      kind.check = .state
      kind.deed = S.deed(
        rows: subject.rows, status: subject.status, against: reference.rows, reference.status)
      expected += ", and the entries of the reference afterwards"
      actual += ", and other entries: "
      actual += S.fault(in: subject.rows, world: seen.world) ?? "see the marked lines"
    case .interface(let sentence):
      (kind.check, kind.deed, kind.detail) = (.interface, "breaks-the-interface", sentence)
      expected = "what the interface of the library allows"
      actual = sentence
    case .structure(let sentence):
      (kind.check, kind.deed, kind.detail) = (.structure, "damages-the-structure", sentence)
      expected += ", and the structure of the subject holds afterwards"
      actual += ", and it does not: \(sentence)"
    case .lockstep(let sentence):
      (kind.check, kind.deed, kind.detail) = (.lockstep, "breaks-the-lockstep", sentence)
      expected += ", and the subject's entries and direct map go together afterwards"
      actual += ", and they do not: \(sentence)"
    case .memory(.broke(let sentence)):
      (kind.check, kind.deed, kind.detail) = (.memory, "breaks-a-rule-of-memory", sentence)
      expected += ", within the rules of memory"
      actual += ", and \(sentence)"
    case .memory(.slept(let sentence)):
      (kind.check, kind.deed) = (.context, "sleeps-in-atomic-context")
      expected += ", and nothing sleeps in atomic context"
      actual += ", and \(sentence)"
    case .leak(let sentence):
      (kind.check, kind.deed, kind.detail) = (.leak, "leaks-nodes", sentence)
      expected = "nothing stays allocated after everything is cleared"
      actual = sentence
      // The subject alone was cleared: what it still holds is all that there is to show.
      expectedState = []
    }
    kind.detail = FailureKind.sense(of: kind.detail)
    return Divergence(
      kind: kind, step: step, scenario: seen, unsoundness: unsoundness, expected: expected,
      actual: actual,
      expectedState: expectedState,
      actualState: subject.rows.map(\.description) + [subject.statusDescription])
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
