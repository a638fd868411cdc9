import ReverseMapping
import Scenario

/// How a machine under test has broken a rule of memory (Specification 4).
public enum MemoryFault: Equatable, Sendable {
  /// It did in atomic context what can sleep.
  case slept(String)
  /// It broke another rule.
  case broke(String)
}

/// What a machine's memory is before an operation, to be compared with what it is afterwards.
///
/// *Checks* (Specification 4, 5.12 and 5.13)
/// 1. Nothing sleeps in atomic context.
/// 2. With a full reserve no record breaks, whatever is refused.
/// 3. A record asks for no more nodes than the height allows, and one that has nothing to store for
///    none.
/// 4. A record that finds no memory leaves the structure as it was, node for node, unless it empties
///    the map.
/// 5. A top-up that says so has filled the reserve.
@usableFromInline
struct MemoryAudit {
  @usableFromInline let counts: MemoryCounts
  @usableFromInline var reserve = Reserve(held: 0, bound: 0)
  /// Nil where nothing can be refused.
  @usableFromInline var fingerprint: UInt64?

  /// Looks at `vm` before `action`. O(nodes) before a record that might be refused memory, else O(1).
  @inlinable
  init<VM: VirtualMachineProtocol & ~Copyable>(_ vm: borrowing VM, before action: MapAction) {
    counts = vm.memoryCounts
    guard action.kind == .record else { return }
    reserve = vm.reserve(action.mmu)
    if vm.mayRefuse, !vm.isBroken(action.mmu) { fingerprint = vm.fingerprint(action.mmu) }
  }

  /// What is wrong with `vm` after `action`, which was answered with `outcome`; or nil. O(nodes)
  /// after a record that found no memory, else O(1).
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
    let most = outcome == .stored || outcome == .polluted || outcome == .broke ? reserve.bound : 0
    if asked > most { return tooMany(asked, most) }
    guard outcome == .broke else { return nil }
    if reserve.isFull, reserve.bound > 0 { return brokeInSpite }
    if let fingerprint, vm.fingerprint(mmu) != fingerprint {
      var hasEntries = false
      vm.forEachEntry(mmu) { _ in hasEntries = true }
      if hasEntries { return leftTraces }
    }
    return nil
  }

  // In words, out of the way of what runs all the time.

  @usableFromInline @inline(never)
  func slept(_ kind: Operation.Kind) -> MemoryFault {
    .slept("\(kind.word) did what can sleep in atomic context")
  }

  @usableFromInline @inline(never)
  func shortReserve(_ reserve: Reserve) -> MemoryFault {
    .broke("the reserve is called full, and has \(reserve.held) nodes of \(reserve.bound)")
  }

  @usableFromInline @inline(never)
  func tooMany(_ asked: Int, _ most: Int) -> MemoryFault {
    .broke("the record asked for \(asked) nodes, and may ask for \(most)")
  }

  @usableFromInline
  var brokeInSpite: MemoryFault {
    .broke(
      "the record broke the map although \(reserve.held) nodes of \(reserve.bound) were in reserve")
  }

  @usableFromInline
  var leftTraces: MemoryFault {
    .broke("a record that found no memory has changed the structure")
  }
}
