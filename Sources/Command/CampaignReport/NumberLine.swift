import Foundation

/// What a target had come to at some minute of a run: a line of JSON in `numbers.jsonl`.
///
/// Everything that is counted begins anew with each run, except the transitions, which are kept from
/// run to run as the corpus is.
public struct NumberLine: Codable, Equatable, Sendable {
  /// When it was, in whole seconds.
  public var time: Date
  /// The target, as in `FuzzShadow`.
  public var target: String
  /// Executions of all its processes this run.
  public var executions: Int
  /// Operations in them.
  public var operations: Int
  /// Seconds that its processes have had, together.
  public var seconds: Double
  /// Coverage counters that were not 0, the most that any of its processes without other
  /// instrumentation has told.
  public var edges: Int
  /// The same with how often they were reached, as libFuzzer counts features.
  public var features: Int
  /// Inputs of the working corpus.
  public var corpus: Int
  /// Bytes of the working corpus.
  public var corpusBytes: Int
  /// Distinct transitions; nil if none were counted.
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
  /// Executions that were watched.
  public var watched: Int
  /// Distinct transitions in them.
  public var distinct: Int
  /// Transitions that were seen in exactly one of them.
  public var singletons: Int
  /// Transitions that were seen in exactly two of them.
  public var doubletons: Int

  public init(watched: Int = 0, distinct: Int = 0, singletons: Int = 0, doubletons: Int = 0) {
    self.watched = watched
    self.distinct = distinct
    self.singletons = singletons
    self.doubletons = doubletons
  }
}
