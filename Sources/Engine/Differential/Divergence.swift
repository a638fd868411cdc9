import Scenario

/// The first failed check of a run, with everything a reader needs to see why. Immutable. Only
/// `FuzzerEntry` turns it into an abort.
///
/// It is a class because it is large and most runs have none: an optional reference is one word.
public final class Divergence: Sendable {
  /// Which check failed.
  public enum Check: String, Codable, Sendable {
    /// A mapping is live that should be dead, or that no unmap would reach: a security hole.
    case unsound
    /// Subject and oracle answered differently.
    case answer
    /// They hold different entries afterwards, or their status differs: broken, or the number of
    /// full unmaps in progress.
    case state
    /// The subject's data structure is damaged.
    case structure
    /// The subject's entries and its direct map contradict each other.
    case lockstep
    /// A library broke the rules of its C interface, so its answers mean nothing.
    case interface
    /// The subject broke a memory rule: on reserves, on refused requests, or on how many nodes it
    /// may request.
    case memory
    /// The subject did something that may sleep in atomic context.
    case context
    /// Something stayed allocated after everything was cleared.
    case leak
  }

  /// Which check failed.
  public var check: Check { signature.check }
  /// The index of the operation after which the check failed; the number of operations if it
  /// failed at the end.
  public let step: Int
  /// The world and every operation up to and including the failing one.
  public let scenario: Scenario
  /// Whether the subject is compared with the oracle. If not, it only has to be sound.
  public let isCompared: Bool
  /// How it failed, without addresses.
  public let signature: FailureSignature
  /// The mapping that should be dead, if the check is `unsound`.
  public let unsoundness: Unsoundness?
  /// Where subject and oracle first differed, if that was before the failing step.
  public let firstDifference: FirstDifference?
  /// The oracle's answer, or the rule that should hold.
  public let expected: String
  /// The subject's answer, or how it breaks the rule.
  public let actual: String
  /// The oracle's entries and status afterwards, one a line; the live mappings, if the subject is
  /// not compared with the oracle.
  public let expectedState: [String]
  /// The subject's entries and status afterwards, one a line.
  public let actualState: [String]
  /// The oracle's answer to the failing operation, and its state afterwards; nil if the subject is
  /// not compared with the oracle.
  public let oracle: OracleSide?

  /// What the oracle answers and holds.
  public struct OracleSide: Sendable {
    /// Its answer. Of a fill, that to the record that was done last.
    public var answer: Answer
    /// Its entries, in ascending order.
    public var rows: [StateRow]
    /// Its status: 16 bits for each MMU (`MMUStatus`).
    public var status: UInt64
  }

  /// An earlier difference that led to an unsound state.
  public struct FirstDifference: Equatable, Sendable {
    /// The index of the operation after which they differed.
    public var step: Int
    /// The oracle's answer, or the rule that should hold.
    public var expected: String
    /// The subject's answer, or how it breaks the rule.
    public var actual: String
  }

  /// This divergence with `difference` as its first difference, if that was at an earlier step.
  @usableFromInline
  func following(_ difference: Divergence?) -> Divergence {
    guard let difference, difference.step < step else { return self }
    return Divergence(
      signature: signature, step: step, scenario: scenario, isCompared: isCompared,
      unsoundness: unsoundness,
      firstDifference: FirstDifference(
        step: difference.step, expected: difference.expected, actual: difference.actual),
      expected: expected, actual: actual, expectedState: expectedState, actualState: actualState,
      oracle: oracle)
  }

  /// This divergence, found by a probe, without the queries among the probes before it. Probes
  /// start at operation `count`. If the remaining ones exceed `Limits.operations`, the last
  /// operations before the probes are dropped. O(operations).
  @usableFromInline
  func withoutProbes(after count: Int) -> Divergence {
    var tail = scenario.operations.dropFirst(count)
    guard let last = tail.popLast() else { return self }
    let needed = tail.filter { $0.kind != .query } + [last]
    let room = max(0, Limits.operations - needed.count)
    let operations = scenario.operations.prefix(min(count, room)) + needed.suffix(Limits.operations)
    return Divergence(
      signature: signature, step: operations.count - 1,
      scenario: Scenario(world: scenario.world, operations: Array(operations)),
      isCompared: isCompared, unsoundness: unsoundness, firstDifference: firstDifference,
      expected: expected, actual: actual, expectedState: expectedState, actualState: actualState,
      oracle: oracle)
  }

  init(
    signature: FailureSignature, step: Int, scenario: Scenario, isCompared: Bool = true,
    unsoundness: Unsoundness? = nil, firstDifference: FirstDifference? = nil, expected: String,
    actual: String, expectedState: [String], actualState: [String], oracle: OracleSide? = nil
  ) {
    self.signature = signature
    self.step = step
    self.scenario = scenario
    self.isCompared = isCompared
    self.unsoundness = unsoundness
    self.firstDifference = firstDifference
    self.expected = expected
    self.actual = actual
    self.expectedState = expectedState
    self.actualState = actualState
    self.oracle = oracle
  }

  /// The failing operation as text, or nil if the failure showed at the end.
  public var operation: String? {
    // A library may break its interface before the first operation.
    scenario.operations.indices.contains(step)
      ? scenario.operations[step].text(in: scenario.world) : nil
  }
}
