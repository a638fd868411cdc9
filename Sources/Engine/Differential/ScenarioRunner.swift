import ReverseMapping
import Scenario

/// What runs scenarios: a `Harness`, or several of them that share the work.
public protocol ScenarioRunner: ~Copyable {
  /// The first divergence in `scenario`, or nil. A difference is reported as it is found, even if
  /// another end of the scenario would show that it does harm.
  mutating func run(_ scenario: borrowing Scenario) -> Divergence?

  /// Runs `scenario`, and once more step by step: what was found, followed up, and all that both sides
  /// held on the way.
  mutating func trace(_ scenario: Scenario) -> Trace

  /// The indices of the operations in which the subject finds no memory for what it has to do.
  mutating func refusedSteps(of scenario: Scenario) -> Set<Int>

  /// What safety has cost in all runs so far (Specification 9.6); nil without a ground truth.
  var precision: Precision? { get }

  /// What memory was used for in the last run: nothing, if the subject is never refused any.
  var memory: MemoryCounts { get }

  /// Whether a difference can turn out to do harm: whether there is a ground truth.
  var looksForHarm: Bool { get }
}

extension ScenarioRunner where Self: ~Copyable {
  /// The first divergence, or nil. A difference is followed up: if no harm comes of it in this
  /// scenario, others that begin alike are run, the same ones every time. Without a ground truth this
  /// is `run`.
  ///
  /// O(a run) if there is no difference, else O(`Divergence.continuations` x a run).
  @inlinable
  public mutating func runAndFollowUp(_ scenario: borrowing Scenario) -> Divergence? {
    guard let divergence = run(scenario) else { return nil }
    return looksForHarm ? divergence.followedUp { run($0) } : divergence
  }
}
