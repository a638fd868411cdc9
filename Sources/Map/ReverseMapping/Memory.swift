/// The execution context, which decides how code may allocate and free memory (Specification 4.5).
/// The raw value is the wire value: never reuse one.
public enum Context: UInt8, CaseIterable, Sendable {
  /// No lock is held: requests may wait for memory, and freeing may take long.
  case maySleep
  /// Locks are held: nothing may sleep.
  case atomic
}

/// Which memory requests are refused from now on (Specification 4.6).
///
/// This is the kernel's failslab in small: `request` is fail-nth, `every` is interval, `next` is
/// times, `budget` is space, and `chance` is probability. A request asks for one node. `k` counts
/// from 1; values below 1 count as 1.
public enum FaultPlan: Equatable, Hashable, Sendable {
  /// No request.
  case none
  /// Only the `k`-th request.
  case request(Int)
  /// Every `k`-th request.
  case every(Int)
  /// Every request from the `k`-th on.
  case from(Int)
  /// The next `k` requests.
  case next(Int)
  /// Requests that would raise the allocated bytes by more than `bytes` above the present level.
  case budget(bytes: Int)
  /// Each request with probability `parts` / 2^32, drawn from `seed`.
  case chance(parts: UInt32, seed: UInt64)
}

/// Memory statistics, in nodes and in requests. A request asks for one node.
public struct MemoryCounts: Equatable, Sendable {
  /// Nodes allocated and not yet freed: in trees, in reserves, and retired.
  public var live = 0
  /// The maximum of `live`.
  public var peak = 0
  /// The maximum of `live` - `retired`: nodes in trees and reserves.
  public var peakInUse = 0
  /// Requests, including refused ones.
  public var requests = 0
  /// Requests that were refused.
  public var refused = 0
  /// Edits that were abandoned because no memory was available from any source.
  public var failures = 0
  /// Nodes of dead trees that wait for a context that may sleep (Specification 4.7).
  public var retired = 0
  /// Retired nodes that were reused in place of a request.
  public var recycled = 0
  /// Operations that can sleep and ran in atomic context. Anything but 0 is a bug.
  public var sleepsInAtomic = 0

  /// All counts 0.
  @inlinable
  public init() {}
}

/// The allocator shared by all maps of one virtual machine.
///
/// It allocates nodes, refuses requests according to a fault plan, tracks the context, and keeps
/// the trees that cannot be freed in atomic context. The methods are not `mutating` because several
/// maps share one instance.
public protocol MapMemory {
  /// The current context; `maySleep` at first.
  var context: Context { get }

  /// Sets the current context.
  func enter(_ context: Context)

  /// Installs `plan` in place of any earlier fault plan.
  func refuse(_ plan: FaultPlan)

  /// Whether a request might be refused.
  var mayRefuse: Bool { get }

  /// Frees every retired node (Specification 4.7). O(retired nodes).
  ///
  /// - Throws: `cannotSleep` in atomic context.
  func reclaim() throws(ReverseMapError)

  /// Usage statistics.
  var counts: MemoryCounts { get }

  /// A sentence that describes an inconsistency in its own bookkeeping, or nil. O(retired nodes).
  func fault() -> String?
}

/// The memory of maps that never sleep and whose requests are never refused, such as oracles.
public struct UnlimitedMemory: MapMemory, Sendable {
  /// Always `maySleep`.
  @inlinable
  public var context: Context { .maySleep }

  /// Memory that is never refused.
  @inlinable
  public init() {}

  /// Does nothing: the context makes no difference.
  @inlinable
  public func enter(_ context: Context) {}

  /// Does nothing: requests are never refused.
  @inlinable
  public func refuse(_ plan: FaultPlan) {}

  /// Always false.
  @inlinable
  public var mayRefuse: Bool { false }

  /// Does nothing: no node is ever retired.
  @inlinable
  public func reclaim() {}

  /// Always 0: nothing is counted.
  @inlinable
  public var counts: MemoryCounts { MemoryCounts() }

  /// Always nil: there is no bookkeeping.
  @inlinable
  public func fault() -> String? { nil }
}

/// The nodes that a map holds in reserve, and how many its next record can need
/// (Specification 4.4).
public struct Reserve: Equatable, Sendable {
  /// Nodes in reserve.
  public var held: Int
  /// The most nodes that the next record can ask for. It depends only on the height of the trees.
  public var bound: Int

  /// A reserve of `held` nodes, of the `bound` that the next record can need.
  @inlinable
  public init(held: Int, bound: Int) {
    self.held = held
    self.bound = bound
  }

  /// Whether the next record succeeds even if every request is refused.
  @inlinable
  public var isFull: Bool { held >= bound }
}
