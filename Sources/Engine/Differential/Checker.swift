import Scenario

/// The ground truth beside a run: it follows what really happens, and reports what lives on although
/// it should be dead. It sees nothing of the oracle, which follows the subject's rules and could
/// share a mistake in them.
public protocol Checker {
  /// An operation with its arguments.
  associatedtype Action
  /// A line of the subject's state.
  associatedtype Row

  /// Whether a run goes on after subject and oracle differ, to see if harm comes of it.
  static var looksForHarm: Bool { get }

  /// What safety has cost in all runs so far (Specification 9.6); nil without a ground truth.
  var precision: Precision? { get }

  /// Becomes the truth at the start of a run in `world`.
  mutating func reset(for world: World)

  /// Applies `action`, the operation of index `step`, to the truth, given that the subject answers
  /// `answer`.
  mutating func follow(_ action: Action, step: Int, answer: Answer)

  /// What is unsound in the last answer or in the state of `subject` now, or nil.
  mutating func violation<S: Subject & ~Copyable>(by subject: borrowing S) -> Unsoundness?
  where S.Row == Row

  /// Operations that make harm show if the state can do any: normal in `world`.
  func probes(in world: World) -> [Operation]
}

/// No ground truth: subject and oracle are all there is.
public struct NoChecker<Action, Row>: Checker {
  @inlinable
  public init() {}

  @inlinable
  public static var looksForHarm: Bool { false }

  @inlinable
  public var precision: Precision? { nil }

  @inlinable
  public mutating func reset(for world: World) {}

  @inlinable
  public mutating func follow(_ action: Action, step: Int, answer: Answer) {}

  @inlinable
  public mutating func violation<S: Subject & ~Copyable>(by subject: borrowing S) -> Unsoundness?
  where S.Row == Row { nil }

  @inlinable
  public func probes(in world: World) -> [Operation] { [] }
}
