/// Where code runs, which decides what it may do with memory (Specification 4.5). The raw value is
/// the wire value: never reuse one.
public enum Context: UInt8, CaseIterable, Sendable {
  /// No lock is held: it may wait for memory, and take its time to give some back.
  case maySleep
  /// Locks are held: nothing may sleep.
  case atomic
}

/// Which requests for memory are refused from now on (Specification 4.6). A request is one for one
/// node; `k` counts from 1, and what is below 1 counts as 1.
public enum FaultPlan: Equatable, Hashable, Sendable {
  /// None.
  case none
  /// The `k`-th from now, and no other.
  case request(Int)
  /// Every `k`-th.
  case every(Int)
  /// All from the `k`-th on.
  case from(Int)
  /// The next `k`.
  case next(Int)
  /// Those that do not fit into so many bytes beyond what is handed out now.
  case budget(bytes: Int)
  /// Each with a probability of `parts` in 2^32, drawn from `seed`.
  case chance(parts: UInt32, seed: UInt64)
}

/// What memory has been used for, in nodes and in requests for one node.
public struct MemoryCounts: Equatable, Sendable {
  /// Nodes handed out and not yet given back: in trees, in reserves, and retired.
  public var live = 0
  /// The most nodes that were handed out at one time.
  public var peak = 0
  /// The most nodes that were in use, in trees and reserves, at one time.
  public var peakInUse = 0
  /// Requests, refused ones included.
  public var requests = 0
  /// Requests that were refused.
  public var refused = 0
  /// Edits that found no memory anywhere and so did not happen.
  public var failures = 0
  /// Nodes of dead trees that wait for a context that may sleep (Specification 4.7).
  public var retired = 0
  /// Retired nodes that were put to use again in place of a request.
  public var recycled = 0
  /// How often something that can sleep was done in atomic context: 0, or there is a bug.
  public var sleepsInAtomic = 0

  /// Nothing was used. O(1).
  @inlinable
  public init() {}
}

/// Where the maps of one machine get their memory: it hands out nodes or refuses them as a plan
/// says, knows the context, and keeps what cannot be given back in atomic context.
///
/// It is shared by all maps that it was given to, so its methods do not mutate.
public protocol MapMemory {
  /// Where the code that uses it runs. At first it may sleep. O(1).
  var context: Context { get }

  /// From now on the code runs in `context`. O(1).
  func enter(_ context: Context)

  /// From now on requests are refused as `plan` says, and no longer as an earlier one did. O(1).
  func refuse(_ plan: FaultPlan)

  /// Whether a request might be refused. O(1).
  var mayRefuse: Bool { get }

  /// Gives back every retired node (Specification 4.7). O(retired nodes).
  ///
  /// - Throws: `cannotSleep` in atomic context.
  func reclaim() throws(ReverseMapError)

  /// What it was used for. O(1).
  var counts: MemoryCounts { get }

  /// How its own books are wrong, as a sentence, or nil. O(retired nodes).
  func fault() -> String?
}

/// The memory of maps that are never refused any, such as oracles, and that never sleep.
public struct UnlimitedMemory: MapMemory, Sendable {
  /// Never in atomic context. O(1).
  @inlinable
  public var context: Context { .maySleep }

  /// Memory that is never refused. O(1).
  @inlinable
  public init() {}

  /// Nothing depends on the context. O(1).
  @inlinable
  public func enter(_ context: Context) {}

  /// Refuses nothing all the same. O(1).
  @inlinable
  public func refuse(_ plan: FaultPlan) {}

  /// False. O(1).
  @inlinable
  public var mayRefuse: Bool { false }

  /// Nothing was retired. O(1).
  @inlinable
  public func reclaim() {}

  /// Nothing is counted. O(1).
  @inlinable
  public var counts: MemoryCounts { MemoryCounts() }

  /// There are no books. O(1).
  @inlinable
  public func fault() -> String? { nil }
}

/// The nodes that a map has set aside for its next record, and how many that can take
/// (Specification 4.4).
public struct Reserve: Equatable, Sendable {
  /// Nodes set aside.
  public var held: Int
  /// The most nodes that the next record asks for, by the height of its trees alone.
  public var bound: Int

  /// So many nodes held, of so many. O(1).
  @inlinable
  public init(held: Int, bound: Int) {
    self.held = held
    self.bound = bound
  }

  /// Whether the next record succeeds, whatever is refused. O(1).
  @inlinable
  public var isFull: Bool { held >= bound }
}
