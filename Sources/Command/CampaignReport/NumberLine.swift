import Foundation

/// The numbers of a target at one minute of a run: a line of JSON in `numbers.jsonl`.
///
/// All counts start at 0 in each run, except the transitions, which accumulate over all runs like
/// the corpus.
public struct NumberLine: Codable, Equatable, Sendable {
  /// The time, in whole seconds.
  public var time: Date
  /// The target, as in `FuzzShadow`.
  public var target: String
  /// Executions of all its processes in this run.
  public var executions: Int
  /// Operations in these executions.
  public var operations: Int
  /// Total run time of its processes, in seconds.
  public var seconds: Double
  /// Coverage counters that are not 0: the maximum over its processes. Value-profile and sanitized
  /// jobs are left out, because their builds have other counters.
  public var edges: Int
  /// Coverage features, as counted by libFuzzer: counters together with how often each was hit.
  public var features: Int
  /// Inputs in the working corpus.
  public var corpus: Int
  /// Size of the working corpus, in bytes.
  public var corpusBytes: Int
  /// Transition counts; nil if no execution was watched.
  public var transitions: TransitionCounts?

  public init(
    time: Date, target: String, executions: Int = 0, operations: Int = 0, seconds: Double = 0,
    edges: Int = 0, features: Int = 0, corpus: Int = 0, corpusBytes: Int = 0,
    transitions: TransitionCounts? = nil
  ) {
    self.time = time
    self.target = target
    self.executions = executions
    self.operations = operations
    self.seconds = seconds
    self.edges = edges
    self.features = features
    self.corpus = corpus
    self.corpusBytes = corpusBytes
    self.transitions = transitions
  }
}

/// How many transitions were seen, and in how many executions.
public struct TransitionCounts: Codable, Equatable, Sendable {
  /// Watched executions.
  public var watched: Int
  /// Distinct transitions in them.
  public var distinct: Int
  /// Transitions seen in exactly one watched execution.
  public var singletons: Int
  /// Transitions seen in exactly two watched executions.
  public var doubletons: Int

  public init(watched: Int = 0, distinct: Int = 0, singletons: Int = 0, doubletons: Int = 0) {
    self.watched = watched
    self.distinct = distinct
    self.singletons = singletons
    self.doubletons = doubletons
  }
}
