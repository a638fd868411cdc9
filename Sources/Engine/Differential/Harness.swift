import Oracle
import ReverseMap
import ReverseMapping
import Scenario

/// A subject, its oracle and a checker: everything that runs a scenario. Nothing else runs one.
///
/// The subject is made anew for each run, and is gone when the run ends; oracle, checker and buffers
/// are reset, and keep their memory, so that a fuzzing process allocates nothing here once it is
/// warm.
///
/// *Checks, after each operation* (Specification 5)
/// 0. The subject kept to the interface that it is called through; else nothing that it answers means
///    anything, and the run ends.
/// 1. Where there is a ground truth: nothing lives that should be dead, and nothing that no unmap
///    would reach (Specification 9). It comes first, because it is what matters in the end.
/// 2. Both gave the same answer: same outcome, same reported ranges in the same order.
/// 3. The subject's rows are exactly the oracle's, word for word and in order, and so is the rest of
///    the state. The oracle's rows are well formed, so the subject's then are too.
/// 4. The subject's own structure holds, its entries and direct map are in lockstep, and it kept to
///    the rules of memory (`MemoryAudit`).
///
/// *At the end* the subject is cleared and torn down, and nothing may stay allocated.
///
/// Where there is a ground truth, a failure of 2 to 4 that leaves the structure sound is kept, and
/// the run goes on under check 1 alone, through the rest of the scenario and the checker's probes: a
/// difference that does harm is reported as that harm. A subject that has to be *sound* only is never
/// compared: it runs under 0, 1 and its own part of 4, and then always under the probes.
///
/// Nothing in it traps: what it finds is a value.
public struct Harness<S: Subject & ~Copyable, R: Reference, C: Checker>: ~Copyable
where S.Action == R.Action, S.Row == R.Row, S.Action == C.Action, S.Row == C.Row {
  /// The subject at the start of a run in a world.
  @usableFromInline let makeSubject: (World) -> S
  @usableFromInline var oracle: R
  /// The ground truth.
  @usableFromInline package var checker: C
  /// Whether subject and oracle have to agree; otherwise the checker alone decides, and the oracle is
  /// there to be looked at.
  @usableFromInline let comparing: Bool
  @usableFromInline let observer: HarnessObserver<S>?
  /// What memory was used for in the last run, the end of the subject included.
  public var memory: MemoryCounts { memoryUsed }
  @usableFromInline var memoryUsed = MemoryCounts()

  @usableFromInline var expected = Answer()
  @usableFromInline var actual = Answer()
  /// Whether the observer sees this run: looked up once a run, so that an operation costs a branch
  /// and no more.
  @usableFromInline var isObserved = false

  /// A harness of the subjects that `makeSubject` makes.
  ///
  /// - Parameters:
  ///   - comparing: whether subject and oracle have to agree; otherwise the checker alone decides.
  ///   - observer: what is shown the operations of runs, or nil.
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

  /// The subject at the start of a run in `world`; oracle and checker go back to theirs.
  @inlinable
  mutating func reset(for world: World) -> S {
    oracle.reset(for: world)
    checker.reset(for: world)
    return makeSubject(world)
  }
}

extension Harness: ScenarioRunner where S: ~Copyable {
  /// The first divergence, or nil if subject and oracle agree throughout and the checker finds
  /// nothing. If it finds harm, that, wherever the two first differed.
  ///
  /// O(operations x (entries + pages of an operation)).
  @inlinable
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    var subject = reset(for: scenario.world)
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
    let harm = drive(
      scenario, from: 0, checkingFrom: 0, comparing: comparing, on: &subject,
      difference: &difference)
    // The probes that may follow are the checker's, and no part of the scenario.
    isObserved = false
    if let harm { return harm.following(difference) }
    if C.looksForHarm, difference != nil || !comparing {
      if let found = probe(scenario, after: difference, on: &subject) { return found }
    } else if let difference {
      return difference
    }
    guard let leak = subject.tearDown() ?? subject.checkInterface() else { return nil }
    return describe(.leak(leak), at: scenario.operations.count, of: scenario, subject)
  }

  /// What safety has cost in all runs so far (Specification 9.6); nil without a ground truth.
  @inlinable
  public var precision: Precision? { checker.precision }

  /// Whether a difference can turn out to do harm.
  @inlinable
  public var looksForHarm: Bool { C.looksForHarm }

  /// The indices of the operations in which the subject finds no memory for what it has to do: the
  /// one thing about a subject that an oracle is told (Specification 5.11). Empty, and nothing is
  /// run, if no plan refuses anything.
  ///
  /// A subject with a bug may ask for memory where a sound one does not, and may trap. Up to the
  /// first step at which it parts from the oracle, these are the steps of a sound one.
  /// O(operations x entries).
  @inlinable
  public mutating func refusedSteps(of scenario: Scenario) -> Set<Int> {
    let hasPlan = scenario.operations.contains { $0.kind == .refuse && $0.faultPlan != .none }
    guard hasPlan else { return [] }
    var subject = reset(for: scenario.world)
    var steps: Set<Int> = []
    for (step, operation) in scenario.operations.enumerated() {
      actual.reset()
      subject.perform(S.action(for: operation, in: scenario.world), answer: &actual)
      if actual.wasRefused { steps.insert(step) }
    }
    return steps
  }
}

/// What a search makes of the state after a run.
package enum Visit<State> {
  /// The run found a divergence.
  case divergence(Divergence)
  /// The state that it came to.
  case state(State)
}

extension Harness where S: ~Copyable {
  /// Runs `scenario`, whose first operations are known to be right: checks after those from index
  /// `checked` on, follows nothing up, and shows `look` what the subject and the checker are then. A
  /// state that `look` cannot name is a divergence.
  ///
  /// O(operations x (entries + pages of an operation)).
  package mutating func visit<State>(
    _ scenario: Scenario, checkingFrom checked: Int, look: (borrowing S, C) -> State?
  ) -> Visit<State> {
    var subject = reset(for: scenario.world)
    var difference: Divergence?
    let harm = drive(
      scenario, from: 0, checkingFrom: checked, comparing: comparing, on: &subject,
      difference: &difference)
    if let divergence = harm ?? difference { return .divergence(divergence) }
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
