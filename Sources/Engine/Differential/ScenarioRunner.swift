import ReverseMapping
import Scenario

/// Runs scenarios: a `Harness`, or several that share the work.
public protocol ScenarioRunner: ~Copyable {
  /// The first divergence in `scenario`, or nil. A difference is not followed up: it is reported
  /// even if another continuation of the scenario would show that it is unsound.
  mutating func run(_ scenario: borrowing Scenario) -> Divergence?

  /// Runs `scenario`, follows up a difference, and runs the result again step by step to collect
  /// the answers and states of both sides.
  mutating func trace(_ scenario: Scenario) -> Trace

  /// The indices of the operations in which the subject gets no memory, counted in
  /// `Scenario.withoutFills`.
  mutating func refusedSteps(of scenario: Scenario) -> Set<Int>

  /// The cost of safety in all runs so far (Specification 9.6); nil without a ground truth.
  var precision: Precision? { get }

  /// The use of memory in the last run. All zero if the subject does not count it.
  var memory: MemoryCounts { get }

  /// Whether runs are checked against a ground truth, so that a difference can prove unsound.
  var hasGroundTruth: Bool { get }
}

extension ScenarioRunner where Self: ~Copyable {
  /// The first divergence, or nil. If the scenario shows a difference but nothing unsound,
  /// continuations of it are run, the same ones every time. Without a ground truth this is `run`.
  ///
  /// O(a run) if there is no difference, else O(`Divergence.continuations` x a run).
  @inlinable
  public mutating func runAndFollowUp(_ scenario: borrowing Scenario) -> Divergence? {
    guard let divergence = run(scenario) else { return nil }
    return hasGroundTruth ? divergence.followedUp { run($0) } : divergence
  }
}
