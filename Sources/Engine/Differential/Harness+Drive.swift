import Scenario

extension Harness where S: ~Copyable {
  /// Runs the operations from index `start` on and checks after each one from index `checked` on.
  /// (A search replays the same prefix many times and need not check it again.)
  ///
  /// Returns the divergence if the run is unsound, otherwise nil. The first finding of any other
  /// kind goes into `difference`; after it, subject and oracle are not compared. If `comparing` is
  /// false, they are never compared. If `probing`, operations are the checker's.
  @inlinable
  mutating func drive(
    _ scenario: borrowing Scenario, from start: Int, checkingFrom checked: Int, comparing: Bool,
    probing: Bool = false, on subject: inout S, difference: inout Divergence?
  ) -> Divergence? {
    let count = scenario.operations.count
    var step = start
    while step < count {
      perform(
        step, of: scenario, comparing: comparing && difference == nil, on: &subject)
      step &+= 1
      if step <= checked { continue }
      if let fault = subject.checkInterface() {
        difference = difference ?? describe(.interface(fault), at: step &- 1, of: scenario, subject)
        return nil
      }
      // Thousands of probes may be queries, which change nothing. If they do, it is seen after the
      // next other probe, or after the last.
      if probing, scenario.operations[step &- 1].kind == .query, step < count {
        guard let violation = checker.unsoundness else { continue }
        return describe(.unsound(violation), at: step &- 1, of: scenario, subject)
      }
      // `compare` is not called after a difference, so check the structure here: a damaged one
      // behaves arbitrarily and might not terminate.
      if !comparing || difference != nil, let fault = subject.checkStructure() {
        difference = difference ?? describe(.structure(fault), at: step &- 1, of: scenario, subject)
        return nil
      }
      if let violation = checker.violation(by: subject) {
        return describe(.unsound(violation), at: step &- 1, of: scenario, subject)
      }
      if comparing, difference == nil, let finding = compare(subject) {
        difference = describe(finding, at: step &- 1, of: scenario, subject)
        if !C.hasGroundTruth || subject.checkStructure() != nil { return nil }
        // The rest of a fill makes mappings too, and the ground truth is about mappings.
        performRest(
          of: scenario.operations[step &- 1], step: step &- 1, comparing: false, on: &subject)
        if subject.checkInterface() == nil, subject.checkStructure() == nil,
          let violation = checker.violation(by: subject)
        {
          return describe(.unsound(violation), at: step &- 1, of: scenario, subject)
        }
      }
    }
    return nil
  }

  /// Applies operation `step` to subject, oracle and checker. If `comparing`, a fill stops at the
  /// first record in which subject and oracle differ.
  @inlinable @inline(__always)
  mutating func perform(
    _ step: Int, of scenario: borrowing Scenario, comparing: Bool, on subject: inout S
  ) {
    let operation = scenario.operations[step]
    perform(operation, 0, step: step, on: &subject)
    if operation.count > 1 {
      performRest(of: operation, step: step, comparing: comparing, on: &subject)
    }
  }

  /// Applies the records of a fill after the one that was done last, up to the first that breaks
  /// the interface or, if `comparing`, in which subject and oracle differ. Never inlined: fills are
  /// rare.
  @inlinable @inline(never)
  mutating func performRest(
    of fill: Operation, step: Int, comparing: Bool, on subject: inout S
  ) {
    while record &+ 1 < fill.count, subject.checkInterface() == nil,
      !comparing || expected == actual && subject.checkMemory() == nil
    {
      perform(fill, record &+ 1, step: step, on: &subject)
    }
  }

  /// Applies action number `index` of an operation to subject, oracle and checker.
  @inlinable @inline(__always)
  mutating func perform(_ operation: Operation, _ index: Int, step: Int, on subject: inout S) {
    let action = R.action(for: operation, index)
    record = index
    expected.reset()
    actual.reset()
    subject.perform(action, answer: &actual)
    if isObserved { show(operation.kind.single, subject) }
    expected.wasRefused = actual.wasRefused
    expected.refusedMMUs = actual.refusedMMUs
    oracle.perform(action, answer: &expected)
    checker.follow(action, step: step, answer: actual)
  }

  /// Reports an operation that `subject` has just answered to the observer. Never inlined: few runs
  /// are observed.
  @inlinable @inline(never)
  func show(_ kind: Operation.Kind, _ subject: borrowing S) {
    guard let observer else { return }
    observer.watcher.see(kind, actual, observer.statistics(subject))
  }

  /// Appends the checker's probes to the scenario and runs them, to see whether the state is
  /// unsound. `difference` is the difference found on the way, if any. Never inlined: it runs at
  /// most once per scenario.
  @inline(never)
  @usableFromInline
  mutating func probe(
    _ scenario: borrowing Scenario, after difference: Divergence?, on subject: inout S
  ) -> Divergence? {
    let count = scenario.operations.count
    if let fault = subject.checkStructure() {
      return difference ?? describe(.structure(fault), at: count &- 1, of: scenario, subject)
    }
    var longer = copy scenario
    let most = max(count, Limits.operations)
    longer.operations += checker.probes(in: scenario.world)
    if difference != nil { longer.operations.removeLast(max(0, longer.operations.count - most)) }
    var other: Divergence?
    let unsound = drive(
      longer, from: count, checkingFrom: count, comparing: false, probing: true, on: &subject,
      difference: &other)
    if difference == nil, let unsound {
      // A query of a faulty subject may change something. Then the shorter scenario fails in
      // another way, which is the one to report: a replay of the report shows that one.
      let short = unsound.withoutProbes(after: count)
      var fresh = reset(for: short.scenario)
      return drive(
        short.scenario, from: 0, checkingFrom: 0, comparing: false, on: &fresh, difference: &other)
        ?? short
    }
    return unsound?.following(difference) ?? difference ?? other
  }

  /// Runs checks 2 to 4 (see `Harness`) after an operation.
  @inlinable
  func compare(_ subject: borrowing S) -> Finding? {
    if expected != actual { return .answer }
    if subject.status != oracle.status { return .state }
    if !oracle.holdsExactlyRows(of: subject) { return .state }
    if let fault = subject.checkStructure() { return .structure(fault) }
    if let fault = subject.checkLockstep() { return .lockstep(fault) }
    return subject.checkMemory().map(Finding.memory)
  }
}
