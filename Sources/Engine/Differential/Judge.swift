import Scenario

/// The ground truth beside a run: it follows what really happens, and says when something that
/// should be dead lives on. It is told nothing of the reference, which follows the subject's rules
/// and could share a mistake in them.
public protocol Judge: ~Copyable {
  /// An operation with its arguments.
  associatedtype Action
  /// A line of the subject's state.
  associatedtype Row

  /// Whether a run goes on when subject and reference have parted, to see if harm comes of it.
  static var looksForHarm: Bool { get }

  /// Does what `action`, the operation of index `step`, does to the truth when the subject gives
  /// `answer`.
  mutating func follow(_ action: Action, step: Int, answer: Answer)

  /// What is unsound in the last answer or in the state of `subject` now, or nil.
  mutating func verdict<S: Subject & ~Copyable>(on subject: borrowing S) -> Unsoundness?
  where S.Row == Row

  /// Operations that make harm show if the state can do any: normal in `world`.
  func probes(in world: World) -> [Operation]
}

/// No ground truth: subject and reference are all there is.
public struct NoJudge<Action, Row>: Judge {
  @inlinable
  public init() {}

  @inlinable
  public static var looksForHarm: Bool { false }

  @inlinable
  public mutating func follow(_ action: Action, step: Int, answer: Answer) {}

  @inlinable
  public mutating func verdict<S: Subject & ~Copyable>(on subject: borrowing S) -> Unsoundness?
  where S.Row == Row { nil }

  @inlinable
  public func probes(in world: World) -> [Operation] { [] }
}
