import ReverseMapping
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

/// A live mapping that should be dead, or that nothing could kill (Specification 9.4, 9.5).
public struct Unsoundness: Equatable, Sendable {
  /// Which rule is broken.
  public enum Rule: Sendable {
    /// No entry tells of the mapping.
    case coverage
    /// It survived an unmap of its canonical pages.
    case completeness
    /// It would survive, if the answer of a query were believed.
    case query
  }

  /// Which rule is broken.
  public var rule: Rule
  /// The MMU that has the mapping.
  public var mmu: Int
  /// The nested bytes of the mapping.
  public var nested: IPARange
  /// Its canonical bytes.
  public var canonical: IPARange
  /// The index of the operation that made it.
  public var made: Int
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

extension Unsoundness {
  /// What should be so, in words.
  var rightfulEnd: String {
    switch rule {
    case .coverage:
      return "an entry of mmu \(mmu) tells of every live mapping"
    case .completeness:
      return "no mapping of the canonical range lives on in mmu \(mmu)"
    case .query:
      return "the answer of mmu \(mmu) names every live mapping of the canonical range"
    }
  }
}
