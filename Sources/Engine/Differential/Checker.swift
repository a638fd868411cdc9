import Scenario

/// Checks a run against the ground truth: it models which mappings are live and reports any that
/// should be dead. It is independent of the oracle, which follows the same rules as the subject, so
/// a mistake in those rules does not hide from it.
public protocol Checker {
  /// An operation with its arguments.
  associatedtype Action
  /// A line of the subject's state.
  associatedtype Row

  /// Whether there is a ground truth. If so, a run continues after subject and oracle differ, to
  /// see whether the difference is unsound.
  static var hasGroundTruth: Bool { get }

  /// The cost of safety in all runs so far (Specification 9.6); nil without a ground truth.
  var precision: Precision? { get }

  /// Resets the ground truth to the start of a run in `world`.
  mutating func reset(for world: World)

  /// Applies `action`, the operation with index `step`, to the ground truth, given the subject's
  /// `answer`.
  mutating func follow(_ action: Action, step: Int, answer: Answer)

  /// The first unsoundness found so far in the run, or nil.
  var unsoundness: Unsoundness? { get }

  /// The first unsoundness in the answers so far or in the current state of `subject`, or nil.
  mutating func violation<S: Subject & ~Copyable>(by subject: borrowing S) -> Unsoundness?
  where S.Row == Row

  /// The live mappings as rows of the canonical and of the nested space, for a reader. O(mappings).
  var liveRows: [StateRow] { get }

  /// Operations, normalised in `world`, that expose an unsound state.
  func probes(in world: World) -> [Operation]
}

/// The checker of harnesses without a ground truth. It never reports anything.
public struct NoChecker<Action, Row>: Checker {
  @inlinable
  public init() {}

  @inlinable
  public static var hasGroundTruth: Bool { false }

  @inlinable
  public var precision: Precision? { nil }

  @inlinable
  public mutating func reset(for world: World) {}

  @inlinable
  public mutating func follow(_ action: Action, step: Int, answer: Answer) {}

  @inlinable
  public var unsoundness: Unsoundness? { nil }

  @inlinable
  public mutating func violation<S: Subject & ~Copyable>(by subject: borrowing S) -> Unsoundness?
  where S.Row == Row { nil }

  public var liveRows: [StateRow] { [] }

  @inlinable
  public func probes(in world: World) -> [Operation] { [] }
}
