import ReverseMapping
import Scenario

/// How a subject broke a memory rule (Specification 4), as a sentence.
public enum MemoryFault: Equatable, Sendable {
  /// It did something that may sleep in atomic context.
  case slept(String)
  /// It broke another rule.
  case broke(String)
}

/// The memory counters of a virtual machine before an operation, for comparison with those after
/// it.
///
/// *Checks* (Specification 4, 5.12 and 5.13)
/// 1. Nothing sleeps in atomic context.
/// 2. With a full reserve no record breaks the map, whatever is refused.
/// 3. A record requests no more nodes than the height allows, and none if it has nothing to store.
/// 4. A record that gets no memory leaves the structure as it was, node for node, unless it empties
///    the map.
/// 5. A top-up that reports a full reserve has filled it.
@usableFromInline
struct MemoryAudit {
  @usableFromInline let counts: MemoryCounts
  @usableFromInline var reserve = Reserve(held: 0, bound: 0)
  /// The map's fingerprint before a record; nil if no request can be refused.
  @usableFromInline var fingerprint: UInt64?

  /// Captures the state of `vm` before `action`. O(nodes) before a record that might be refused
  /// memory, else O(1).
  @inlinable
  init<VM: VirtualMachineProtocol & ~Copyable>(_ vm: borrowing VM, before action: MapAction) {
    counts = vm.memoryCounts
    guard action.kind == .record else { return }
    reserve = vm.reserve(action.mmu)
    if vm.mayRefuse, !vm.isBroken(action.mmu) { fingerprint = vm.fingerprint(action.mmu) }
  }

  /// The first memory rule that `vm` broke in `action`, whose answer was `outcome`, or nil.
  /// O(nodes) after a record that got no memory, else O(1).
  @inlinable
  func fault<VM: VirtualMachineProtocol & ~Copyable>(
    of vm: borrowing VM, after action: MapAction, _ outcome: Answer.Outcome
  ) -> MemoryFault? {
    let after = vm.memoryCounts
    if after.sleepsInAtomic != counts.sleepsInAtomic { return slept(action.kind) }
    switch action.kind {
    case .record: return recordFault(vm, action.mmu, outcome, after)
    case .topUp where outcome == .full && !vm.reserve(action.mmu).isFull:
      return shortReserve(vm.reserve(action.mmu))
    default: return nil
    }
  }

  @inlinable
  func recordFault<VM: VirtualMachineProtocol & ~Copyable>(
    _ vm: borrowing VM, _ mmu: Int, _ outcome: Answer.Outcome, _ after: MemoryCounts
  ) -> MemoryFault? {
    let asked =
      (after.requests &- counts.requests) &+ (after.recycled &- counts.recycled)
    let most =
      outcome == .ignored || outcome == .unchanged || outcome == .rejected ? 0 : reserve.bound
    if asked > most { return tooMany(asked, most) }
    guard outcome == .broke else { return nil }
    if reserve.isFull, reserve.bound > 0 { return brokeDespiteReserve }
    if let fingerprint, vm.fingerprint(mmu) != fingerprint {
      var hasEntries = false
      vm.forEachEntry(mmu) { _ in hasEntries = true }
      if hasEntries { return leftTraces }
    }
    return nil
  }

  // The messages, out of line so that they do not weigh on the checks above.

  @usableFromInline @inline(never)
  func slept(_ kind: Operation.Kind) -> MemoryFault {
    .slept("\(kind.word) did something that may sleep in atomic context")
  }

  @usableFromInline @inline(never)
  func shortReserve(_ reserve: Reserve) -> MemoryFault {
    .broke(
      "the top-up reported a full reserve that holds \(reserve.held) of \(reserve.bound) nodes")
  }

  @usableFromInline @inline(never)
  func tooMany(_ asked: Int, _ most: Int) -> MemoryFault {
    .broke("the record requested \(asked) nodes; the limit is \(most)")
  }

  @usableFromInline
  var brokeDespiteReserve: MemoryFault {
    .broke(
      "the record broke the map with a full reserve (\(reserve.held) of \(reserve.bound) nodes)")
  }

  @usableFromInline
  var leftTraces: MemoryFault {
    .broke("a record that got no memory changed the structure")
  }
}
