import Scenario

/// The first step at which a subject and its oracle part, with all that a reader needs to see
/// why. It never changes, and only `FuzzerEntry` turns it into an abort.
///
/// A class because it is large and most runs have none: a harness hands "none" on by the word.
public final class Divergence: Sendable {
  /// Which check failed.
  public enum Check: String, Codable, Sendable {
    /// A mapping lives that should be dead, or that no unmap would reach: a security hole.
    case unsound
    /// The two answered differently.
    case answer
    /// They hold different entries afterwards, or differ in broken or full unmaps in progress.
    case state
    /// The structure that the subject keeps its state in is damaged.
    case structure
    /// The subject's entries and its direct map contradict each other.
    case lockstep
    /// A library broke the rules of the interface that it is called through, so nothing that it
    /// answers means anything.
    case interface
    /// A rule of memory is broken: of reserves, of refusals, of what is asked for.
    case memory
    /// Something that can sleep was done in atomic context.
    case context
    /// Something stayed allocated after everything was cleared.
    case leak
  }

  /// Which check failed.
  public var check: Check { signature.check }
  /// The index of the operation after which it failed; the number of operations if it was the end.
  public let step: Int
  /// The world and every operation up to and including the failing one.
  public let scenario: Scenario
  /// In which way it failed, without addresses.
  public let signature: FailureSignature
  /// The mapping that lives, if the check is `unsound`.
  public let unsoundness: Unsoundness?
  /// Where subject and oracle first differed, if that was before the harm.
  public let firstDifference: FirstDifference?
  /// What the oracle answered, or the rule that should hold.
  public let expected: String
  /// What the subject answered, or how it breaks the rule.
  public let actual: String
  /// The oracle's entries afterwards, one a line.
  public let expectedState: [String]
  /// The subject's entries afterwards, one a line.
  public let actualState: [String]

  /// A difference that harm came of.
  public struct FirstDifference: Equatable, Sendable {
    /// The index of the operation after which they differed.
    public var step: Int
    /// What the oracle answered, or the rule that should hold.
    public var expected: String
    /// What the subject answered, or how it breaks the rule.
    public var actual: String
  }

  /// This harm, as what came of `difference`. O(1).
  @usableFromInline
  func following(_ difference: Divergence?) -> Divergence {
    guard let difference, difference.step < step else { return self }
    return Divergence(
      signature: signature, step: step, scenario: scenario, unsoundness: unsoundness,
      firstDifference: FirstDifference(
        step: difference.step, expected: difference.expected, actual: difference.actual),
      expected: expected, actual: actual, expectedState: expectedState, actualState: actualState)
  }

  /// This harm, which a probe has shown, with the probes before it left out that only ask: they were
  /// after operation `count`. Where there is no room for the others, the last operations before them
  /// go. O(operations).
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
      unsoundness: unsoundness, firstDifference: firstDifference, expected: expected,
      actual: actual,
      expectedState: expectedState, actualState: actualState)
  }

  init(
    signature: FailureSignature, step: Int, scenario: Scenario, unsoundness: Unsoundness? = nil,
    firstDifference: FirstDifference? = nil, expected: String, actual: String,
    expectedState: [String],
    actualState: [String]
  ) {
    self.signature = signature
    self.step = step
    self.scenario = scenario
    self.unsoundness = unsoundness
    self.firstDifference = firstDifference
    self.expected = expected
    self.actual = actual
    self.expectedState = expectedState
    self.actualState = actualState
  }

  /// The failing operation as text, or nil if the failure showed at the end.
  public var operation: String? {
    step < scenario.operations.count
      ? scenario.operations[step].text(in: scenario.world) : nil
  }
}
