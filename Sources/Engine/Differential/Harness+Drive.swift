import Scenario

extension Harness where S: ~Copyable {
  /// Runs the operations from index `start` on, and checks after those from index `checked` on: a
  /// search takes the same path many times. Returns harm; leaves the first other finding in
  /// `difference`, after which nothing is compared any more, or nothing from the start unless
  /// `comparing`.
  @inlinable
  mutating func drive(
    _ scenario: borrowing Scenario, from start: Int, checkingFrom checked: Int, comparing: Bool,
    on subject: inout S, difference: inout Divergence?
  ) -> Divergence? {
    let count = scenario.operations.count
    var step = start
    while step < count {
      perform(step, of: scenario, on: &subject)
      step &+= 1
      if step <= checked { continue }
      if let fault = subject.checkInterface() {
        difference = difference ?? describe(.interface(fault), at: step &- 1, of: scenario, subject)
        return nil
      }
      // Past a difference nothing vouches for the structure, and what a damaged one does next tells
      // nothing and might never end.
      if !comparing || difference != nil, let fault = subject.checkStructure() {
        difference = difference ?? describe(.structure(fault), at: step &- 1, of: scenario, subject)
        return nil
      }
      if let harm = checker.violation(by: subject) {
        return describe(.unsound(harm), at: step &- 1, of: scenario, subject)
      }
      if comparing, difference == nil, let finding = compare(subject) {
        difference = describe(finding, at: step &- 1, of: scenario, subject)
        if !C.looksForHarm || subject.checkStructure() != nil { return nil }
      }
    }
    return nil
  }

  /// Gives operation `step` to all three.
  @inlinable @inline(__always)
  mutating func perform(_ step: Int, of scenario: borrowing Scenario, on subject: inout S) {
    let action = R.action(for: scenario.operations[step], in: scenario.world)
    expected.reset()
    actual.reset()
    subject.perform(action, answer: &actual)
    if isObserved { show(scenario.operations[step].kind, subject) }
    expected.wasRefused = actual.wasRefused
    expected.refusedMMUs = actual.refusedMMUs
    oracle.perform(action, answer: &expected)
    checker.follow(action, step: step, answer: actual)
  }

  /// Shows the observer an operation that `subject` has just answered. Never inlined: few runs are
  /// observed.
  @inlinable @inline(never)
  func show(_ kind: Operation.Kind, _ subject: borrowing S) {
    guard let observer else { return }
    observer.watcher.see(kind, actual, observer.statistics(subject))
  }

  /// Looks for the harm that the state can do, after `difference`, if there was one on the way: the
  /// checker's probes are operations after the scenario's own. Never inlined: it runs at most once per
  /// scenario.
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
    let harm = drive(
      longer, from: count, checkingFrom: count, comparing: false, on: &subject, difference: &other)
    if difference == nil, let harm { return harm.withoutProbes(after: count) }
    return harm?.following(difference) ?? difference ?? other
  }

  /// Checks 2 to 4, after an operation.
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
