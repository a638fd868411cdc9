import Oracle
import ReverseMap
import ReverseMapping
import Scenario

/// A subject, its oracle and a checker. Every scenario runs through a harness.
///
/// Each run creates a subject and destroys it at the end. Oracle, checker and buffers are reset and
/// keep their memory, so that after the first runs a fuzzing process allocates nothing here, unless
/// a scenario has some hundred ranges.
///
/// *Checks after each operation* (Specification 5)
/// 0. The subject followed the rules of its interface. If not, its answers mean nothing, and the
///    run ends.
/// 1. With a ground truth: no mapping is live that should be dead or that no unmap would reach
///    (Specification 9). This check precedes 2 to 4 because unsoundness is what matters most.
/// 2. Both gave the same answer: the same outcome and the same ranges in the same order.
/// 3. The subject's rows are exactly the oracle's, word for word and in order (those of maps are
///    compared as sums of hashes), and so is the rest of the state. The oracle's rows are
///    well-formed, so this checks the subject's as well.
/// 4. The subject's structure is intact, its entries and direct map are in lockstep, and it kept
///    the memory rules (`MemoryAudit`).
///
/// *At the end* the subject is cleared and torn down, and nothing may stay allocated.
///
/// With a ground truth, a failure of 2 to 4 that leaves the structure intact does not end the run.
/// The run goes on under check 1 alone, through the rest of the scenario and the checker's probes.
/// If that finds an unsound state, the run reports it instead of the difference. A subject that
/// only has to be *sound* is never compared with the oracle: it runs under checks 0 and 1 and the
/// structure check, and then always under the probes. State and structure are checked once after a
/// run of queries among the probes.
///
/// A harness never traps: it returns what it finds.
public struct Harness<S: Subject & ~Copyable, R: OracleDriver, C: Checker>: ~Copyable
where S.Action == R.Action, S.Row == R.Row, S.Action == C.Action, S.Row == C.Row {
  /// Creates the subject for a run in a world.
  @usableFromInline let makeSubject: (World) -> S
  @usableFromInline var oracle: R
  @usableFromInline package var checker: C
  /// Whether subject and oracle must agree. Otherwise only the checker decides, and the oracle runs
  /// for the reports.
  @usableFromInline let comparing: Bool
  @usableFromInline let observer: HarnessObserver<S>?
  /// The use of memory in the last run, including the tear-down of the subject.
  public var memory: MemoryCounts { memoryUsed }
  @usableFromInline var memoryUsed = MemoryCounts()

  /// Which record of a fill was done last; 0 after any other operation.
  @usableFromInline var record = 0
  @usableFromInline var expected = Answer()
  @usableFromInline var actual = Answer()
  /// Whether the observer sees this run. Determined once per run, so that an operation costs only a
  /// branch.
  @usableFromInline var isObserved = false

  /// A harness of the subjects that `makeSubject` creates.
  ///
  /// - Parameters:
  ///   - comparing: whether subject and oracle must agree; otherwise only the checker decides.
  ///   - observer: sees the operations of watched runs.
  @inlinable
  public init(
    oracle: R, checker: C, comparing: Bool = true, observer: HarnessObserver<S>? = nil,
    makeSubject: @escaping (World) -> S
  ) {
    self.oracle = oracle
    self.checker = checker
    self.comparing = comparing
    self.observer = observer
    self.makeSubject = makeSubject
  }

  /// Creates a subject for a run of `scenario`, and resets oracle and checker.
  @inlinable
  mutating func reset(for scenario: borrowing Scenario) -> S {
    oracle.reset(for: scenario)
    checker.reset(for: scenario.world)
    return makeSubject(scenario.world)
  }
}

extension Harness: ScenarioRunner where S: ~Copyable {
  /// The first divergence, or nil if subject and oracle agree throughout and the checker finds
  /// nothing. An unsound state takes precedence over an earlier difference.
  ///
  /// O(operations x (entries + cells of an operation)).
  @inlinable
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    var subject = reset(for: scenario)
    let divergence = run(scenario, on: &subject)
    memoryUsed = subject.memoryCounts
    return divergence
  }

  @inlinable
  mutating func run(_ scenario: borrowing Scenario, on subject: inout S) -> Divergence? {
    var difference: Divergence?
    if let observer, observer.watcher.isWatching {
      observer.watcher.start(observer.statistics(subject))
      isObserved = true
    }
    let unsound = drive(
      scenario, from: 0, checkingFrom: 0, comparing: comparing, on: &subject,
      difference: &difference)
    // Probes are not part of the scenario, so the observer must not see them.
    isObserved = false
    if let unsound { return unsound.following(difference) }
    if C.hasGroundTruth, difference != nil || !comparing {
      if let found = probe(scenario, after: difference, on: &subject) { return found }
    } else if let difference {
      return difference
    }
    guard let leak = subject.tearDown() ?? subject.checkInterface() else { return nil }
    return describe(.leak(leak), at: scenario.operations.count, of: scenario, subject)
  }

  /// The cost of safety in all runs so far (Specification 9.6); nil without a ground truth.
  @inlinable
  public var precision: Precision? { checker.precision }

  @inlinable
  public var hasGroundTruth: Bool { C.hasGroundTruth }

  /// The indices of the operations in which the subject gets no memory, counted in
  /// `Scenario.withoutFills`. The oracle cannot know them and takes them as input (Specification
  /// 5.11). Without a fault plan the set is empty and nothing runs.
  ///
  /// A subject with a bug may request memory where a correct one does not, and may trap. Up to its
  /// first difference from the oracle, these are the steps of a correct subject.
  /// O(operations x entries).
  @inlinable
  public mutating func refusedSteps(of scenario: Scenario) -> Set<Int> {
    let hasPlan = scenario.operations.contains { $0.kind == .refuse && $0.faultPlan != .none }
    guard hasPlan else { return [] }
    var subject = reset(for: scenario)
    var steps: Set<Int> = []
    for (step, operation) in scenario.withoutFills.operations.enumerated() {
      actual.reset()
      subject.perform(S.action(for: operation, 0), answer: &actual)
      if actual.wasRefused { steps.insert(step) }
    }
    return steps
  }

  /// Performs the operations of `scenario`, as counted in `Scenario.withoutFills`, on a subject
  /// alone, without any check. Calls `before` with the index of each, and with their number at the
  /// end, before the subject ends. O(operations).
  public mutating func perform(_ scenario: Scenario, before: (Int) -> Void) {
    var subject = reset(for: scenario)
    let operations = scenario.withoutFills.operations
    for (step, operation) in operations.enumerated() {
      before(step)
      actual.reset()
      subject.perform(S.action(for: operation, 0), answer: &actual)
    }
    before(operations.count)
  }
}

/// The result of a run for a search.
package enum Visit<State> {
  /// The run found a divergence.
  case divergence(Divergence)
  /// The state that the run reached.
  case state(State)
}

extension Harness where S: ~Copyable {
  /// Runs `scenario` and returns the state that it reaches, as `look` sees it in the subject and
  /// the checker. Operations before index `checked` are known to pass and are not checked.
  /// Differences are not followed up. A state for which `look` returns nil is a divergence.
  ///
  /// O(operations x (entries + cells of an operation)).
  package mutating func visit<State>(
    _ scenario: Scenario, checkingFrom checked: Int, look: (borrowing S, C) -> State?
  ) -> Visit<State> {
    var subject = reset(for: scenario)
    var difference: Divergence?
    let unsound = drive(
      scenario, from: 0, checkingFrom: checked, comparing: comparing, on: &subject,
      difference: &difference)
    if let divergence = unsound ?? difference { return .divergence(divergence) }
    let count = scenario.operations.count
    guard let state = look(subject, checker) else {
      return .divergence(describe(.state, at: count - 1, of: scenario, subject))
    }
    if comparing, let leak = subject.tearDown() {
      return .divergence(describe(.leak(leak), at: count, of: scenario, subject))
    }
    return .state(state)
  }
}
