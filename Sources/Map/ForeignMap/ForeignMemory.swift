import CReverseMap
import Foundation
import ReverseMapping

/// The allocator for the maps of one virtual machine that live in a library.
///
/// Through `struct reverse_map_allocator` it allocates blocks, counts them, and refuses requests
/// according to a fault plan. What `MemoryCounts` calls a node is one of these blocks.
///
/// Every block is a separate allocation, so AddressSanitizer detects a use after free.
public final class ForeignMemory: MapMemory {
  /// The state that all maps share.
  struct Shared {
    var counts = MemoryCounts()
    var liveBytes = 0
    var context = Context.maySleep
    var refusals = FaultPlanRun()
    /// The first misuse of the allocator, as a sentence without its subject.
    var fault: StaticString?
    /// The name that the library gives its maps.
    var name = "the library"
    /// The allocated blocks, with their sizes in bytes and the accounts of their maps.
    var blocks: [UnsafeMutableRawPointer: (size: Int, owner: UnsafeMutablePointer<Account>)] = [:]
    /// The first other violation by a map. Kept here because it must outlive the map.
    var mapFault: String?
  }

  /// The memory of one map; the `context` of its allocator.
  struct Account {
    let shared: UnsafeMutablePointer<Shared>
    var live = 0
    var liveBytes = 0
    var requests = 0
    var refused = 0
  }

  let shared: UnsafeMutablePointer<Shared>
  /// The accounts of all maps, including ended ones: a library may release a block late.
  private var accounts: [UnsafeMutablePointer<Account>] = []

  /// An allocator without a fault plan.
  public init() {
    shared = .allocate(capacity: 1)
    shared.initialize(to: Shared())
  }

  deinit {
    for account in accounts { account.deallocate() }
    shared.deinitialize(count: 1)
    shared.deallocate()
  }

  /// Creates the account of a new map.
  func makeAccount() -> UnsafeMutablePointer<Account> {
    let account = UnsafeMutablePointer<Account>.allocate(capacity: 1)
    account.initialize(to: Account(shared: shared))
    accounts.append(account)
    return account
  }

  /// The allocator whose context is `account`.
  static func allocator(of account: UnsafeMutablePointer<Account>) -> reverse_map_allocator {
    reverse_map_allocator(
      context: account,
      allocate: { context, size, alignment in
        guard let context else { return nil }
        return Account.allocate(
          context.assumingMemoryBound(to: Account.self), size: size, alignment: alignment)
      },
      release: { context, memory, size in
        guard let context, let memory else { return }
        Account.release(context.assumingMemoryBound(to: Account.self), memory, size: size)
      })
  }

  /// Counts an operation that failed for lack of memory.
  func noteFailure() { shared.pointee.counts.failures &+= 1 }

  /// Records the name of the library's maps, for messages.
  func noteName(_ name: String) { shared.pointee.name = name }

  /// Records a violation of the interface's rules by a map, if it is the first.
  func noteFault(_ sentence: String) {
    shared.pointee.mapFault = shared.pointee.mapFault ?? sentence
  }

  // MARK: - MapMemory

  /// The current context. It is not passed on to the library.
  public var context: Context { shared.pointee.context }

  /// Sets the current context.
  public func enter(_ context: Context) { shared.pointee.context = context }

  /// Installs a fault plan (Specification 4.6).
  public func refuse(_ plan: FaultPlan) {
    shared.pointee.refusals = FaultPlanRun(plan, liveBytes: shared.pointee.liveBytes)
  }

  /// Whether a request might be refused.
  public var mayRefuse: Bool { shared.pointee.refusals.isArmed }

  /// Does nothing: nothing is retired, because a library frees memory whenever it likes.
  public func reclaim() {}

  /// Usage statistics, in blocks.
  public var counts: MemoryCounts { shared.pointee.counts }

  /// The first misuse of the allocator, or else the first other violation by a map; nil if none.
  public func fault() -> String? {
    shared.pointee.fault.map { "\(shared.pointee.name) \($0)" } ?? shared.pointee.mapFault
  }
}

extension ForeignMemory.Account {
  typealias Pointer = UnsafeMutablePointer<ForeignMemory.Account>

  /// Allocates a block of `size` bytes; nil if the request is refused (Specification 4.6).
  static func allocate(_ account: Pointer, size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    let shared = account.pointee.shared
    guard size > 0, alignment > 0, alignment & (alignment - 1) == 0 else {
      shared.pointee.fault =
        shared.pointee.fault ?? "requests a block of 0 bytes or with a bad alignment"
      return nil
    }
    account.pointee.requests &+= 1
    shared.pointee.counts.requests &+= 1
    if shared.pointee.refusals.isArmed,
      shared.pointee.refusals.refusesNext(bytesAfter: shared.pointee.liveBytes &+ size)
    {
      account.pointee.refused &+= 1
      shared.pointee.counts.refused &+= 1
      return nil
    }
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, max(alignment, MemoryLayout<Int>.size), size) == 0, let memory
    else {
      account.pointee.refused &+= 1
      shared.pointee.counts.refused &+= 1
      return nil
    }
    // Poison the block: memory that happens to be 0 would hide a missing initialisation.
    memset(memory, poison, size)
    shared.pointee.blocks[memory] = (size, account)
    account.pointee.live &+= 1
    account.pointee.liveBytes &+= size
    shared.pointee.liveBytes &+= size
    shared.pointee.counts.live &+= 1
    let live = shared.pointee.counts.live
    shared.pointee.counts.peak = max(shared.pointee.counts.peak, live)
    shared.pointee.counts.peakInUse = max(shared.pointee.counts.peakInUse, live)
    return memory
  }

  private static let poison: CInt = 0xa5

  /// Frees a block. If it is not allocated, belongs to another map or has another size, it is not
  /// freed, and that is recorded as a fault.
  static func release(_ account: Pointer, _ memory: UnsafeMutableRawPointer, size: Int) {
    let shared = account.pointee.shared
    guard let block = shared.pointee.blocks[memory], block.size == size, block.owner == account
    else {
      shared.pointee.fault =
        shared.pointee.fault ?? "releases a block that it does not own, or with a wrong size"
      return
    }
    shared.pointee.blocks[memory] = nil
    account.pointee.live &-= 1
    account.pointee.liveBytes &-= size
    shared.pointee.liveBytes &-= size
    shared.pointee.counts.live &-= 1
    // Poison the block: a use after free must not find the old contents.
    memset(memory, poison, size)
    free(memory)
  }
}
