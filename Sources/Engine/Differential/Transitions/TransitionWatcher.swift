import Scenario

/// Counts what a fuzzing process does into a table: every execution and its operations, and the
/// transitions of some executions.
///
/// An *execution* is one scenario run. Transitions are counted only when the fuzzer makes its own
/// inputs, because those of the corpus are no sample of anything, and only in every `stride`-th
/// execution, which is cheap and as good: which ones are watched does not depend on what they are. All
/// counts are of the watched executions alone, so what is estimated from them holds for the others.
///
/// One thread uses it.
public final class TransitionWatcher {
  /// Every how many executions one is watched. A watched one takes a quarter longer, so that this
  /// costs less than 1 %.
  ///
  /// A power of two, because libFuzzer runs five mutants of an input after each other, each made of the
  /// one before: a multiple of five would always see the same one of them.
  public static let stride = 32

  /// Whether the execution that is going on is watched.
  @usableFromInline private(set) var isWatching = false
  private let table: TransitionTable
  private var isSampling = false
  /// Executions until the next one that is watched, it included.
  private var rest = TransitionWatcher.stride
  private var previous: Operation.Kind?
  private var before: StructureStatistics?

  /// A watcher that counts into `table`, and watches nothing until `startSampling`. O(1).
  public init(_ table: TransitionTable) { self.table = table }

  /// From now on executions are a sample of what the fuzzer makes. O(1).
  public func startSampling() { isSampling = true }

  /// An execution of so many operations is about to begin. O(1).
  public func beginExecution(operations: Int) {
    table.countExecution(operations: operations)
    isWatching = false
    guard isSampling else { return }
    rest -= 1
    if rest > 0 { return }
    rest = Self.stride
    isWatching = true
    table.beginWatched()
  }

  /// The watched run begins, on a machine which is as `statistics` says. O(1).
  @usableFromInline
  func start(_ statistics: StructureStatistics?) {
    previous = nil
    before = statistics
  }

  /// An operation was answered, and the machine is now as `statistics` says. O(visits).
  ///
  /// All that it calls is inlined here: each function has a coverage counter in a fuzz target, and
  /// those that only watched executions reach make the fuzzer keep inputs for no reason.
  @usableFromInline
  func see(_ kind: Operation.Kind, _ answer: Answer, _ statistics: StructureStatistics?) {
    table.count(Transition(kind, after: previous, answer, before: before, after: statistics))
    previous = kind
    before = statistics
  }
}
