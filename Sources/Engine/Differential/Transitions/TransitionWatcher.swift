import Scenario

/// Counts the executions and operations of a fuzzing process in a table, and the transitions of
/// some executions.
///
/// An *execution* is one scenario run. Transitions are counted only once the fuzzer generates its
/// own inputs, because the inputs of the corpus are not a random sample, and only in every
/// `stride`-th execution. That is cheap, and the watched executions are still an unbiased sample:
/// whether an execution is watched does not depend on its content. So estimates from the counts of
/// the watched executions hold for all executions that the fuzzer generates.
///
/// One thread uses it.
public final class TransitionWatcher {
  /// One in this many executions is watched. A watched one takes a quarter longer, so this costs
  /// less than 1 %.
  ///
  /// It is a power of two because libFuzzer runs five successive mutants of an input, each derived
  /// from the one before: a multiple of five would always see the same one of the five.
  public static let stride = 32

  /// Whether the current execution is watched.
  @usableFromInline private(set) var isWatching = false
  private let table: TransitionTable
  private var isSampling = false
  /// Executions up to and including the next watched one.
  private var rest = TransitionWatcher.stride
  private var previous: Operation.Kind?
  private var before: StructureStatistics?

  /// A watcher that counts into `table`. It watches nothing until `startSampling`.
  public init(_ table: TransitionTable) { self.table = table }

  /// Starts watching: from now on the fuzzer generates the inputs.
  public func startSampling() { isSampling = true }

  /// Call before each execution, with its number of operations.
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

  /// Begins a watched run on a subject with `statistics`.
  @usableFromInline
  func start(_ statistics: StructureStatistics?) {
    previous = nil
    before = statistics
  }

  /// Counts the transition of an operation that was answered; `statistics` are those afterwards.
  /// O(visits).
  ///
  /// Everything it calls is inlined. In a fuzz target each function has a coverage counter, and
  /// counters that only watched executions reach would make the fuzzer keep inputs for no reason.
  @usableFromInline
  func see(_ kind: Operation.Kind, _ answer: Answer, _ statistics: StructureStatistics?) {
    table.count(Transition(kind, after: previous, answer, before: before, after: statistics))
    previous = kind
    before = statistics
  }
}
