import CReverseMap
import Foundation
import ReverseMapping

/// The memory of the maps of one machine that are in a library: it hands out blocks or refuses them
/// as a plan says, through `struct reverse_map_allocator`, and counts. A node is a block here.
///
/// Every block is an allocation of its own, so that AddressSanitizer sees a use after free.
public final class ForeignMemory: MapMemory {
  /// What all maps share.
  struct Shared {
    var counts = MemoryCounts()
    var liveBytes = 0
    var context = Context.maySleep
    var refusals = FaultPlanRun()
    /// What a library did with memory that nobody may, as a sentence.
    var fault: StaticString?
    /// What the library calls its maps.
    var name = "the library"
    /// What is handed out, to whom, and how much.
    var blocks: [UnsafeMutableRawPointer: (size: Int, owner: UnsafeMutablePointer<Account>)] = [:]
    /// How a map has broken another rule for the first time: it outlives the map.
    var mapFault: String?
  }

  /// What one map has; the context of its allocator.
  struct Account {
    let shared: UnsafeMutablePointer<Shared>
    var live = 0
    var liveBytes = 0
    var requests = 0
    var refused = 0
  }

  let shared: UnsafeMutablePointer<Shared>
  /// They live as long as the memory does: a library may give a block back late.
  private var accounts: [UnsafeMutablePointer<Account>] = []

  /// Memory that is refused to nobody, and of which nothing is in use.
  public init() {
    shared = .allocate(capacity: 1)
    shared.initialize(to: Shared())
  }

  deinit {
    for account in accounts { account.deallocate() }
    shared.deinitialize(count: 1)
    shared.deallocate()
  }

  /// An account for one map.
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

  /// Notes that an operation found no memory for what it had to do.
  func noteFailure() { shared.pointee.counts.failures &+= 1 }

  /// Notes what the library calls its maps.
  func noteName(_ name: String) { shared.pointee.name = name }

  /// Notes how a map has broken the rules of its interface, if it is the first time.
  func noteFault(_ sentence: String) {
    shared.pointee.mapFault = shared.pointee.mapFault ?? sentence
  }

  // MARK: - MapMemory

  /// Where the code that uses it runs: which a library is not told.
  public var context: Context { shared.pointee.context }

  /// TODO
  public func enter(_ context: Context) { shared.pointee.context = context }

  /// Specification 4.6.
  public func refuse(_ plan: FaultPlan) {
    shared.pointee.refusals = FaultPlanRun(plan, liveBytes: shared.pointee.liveBytes)
  }

  /// TODO
  public var mayRefuse: Bool { shared.pointee.refusals.isArmed }

  /// Nothing is retired: a library gives memory back when it likes.
  public func reclaim() {}

  /// In blocks.
  public var counts: MemoryCounts { shared.pointee.counts }

  /// What a library did wrong with this memory, or a map that lives in it otherwise.
  public func fault() -> String? {
    shared.pointee.fault.map { "\(shared.pointee.name) \($0)" } ?? shared.pointee.mapFault
  }
}

extension ForeignMemory.Account {
  typealias Pointer = UnsafeMutablePointer<ForeignMemory.Account>

  /// Specification 4.6: a block, or nil if it is refused.
  static func allocate(_ account: Pointer, size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    let shared = account.pointee.shared
    guard size > 0, alignment > 0, alignment & (alignment - 1) == 0 else {
      shared.pointee.fault =
        shared.pointee.fault ?? "asks for a block of no bytes, or of a bad alignment"
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
    // What happens to be 0 must not hide what was not initialised.
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

  /// Takes a block back. One that was not handed out, or not by this map, or in another size, stays
  /// where it is and is a fault.
  static func release(_ account: Pointer, _ memory: UnsafeMutableRawPointer, size: Int) {
    let shared = account.pointee.shared
    guard let block = shared.pointee.blocks[memory], block.size == size, block.owner == account
    else {
      shared.pointee.fault =
        shared.pointee.fault ?? "gives back other blocks, or sizes, than it got"
      return
    }
    shared.pointee.blocks[memory] = nil
    account.pointee.live &-= 1
    account.pointee.liveBytes &-= size
    shared.pointee.liveBytes &-= size
    shared.pointee.counts.live &-= 1
    // Whoever reads on does not read what was there.
    memset(memory, poison, size)
    free(memory)
  }
}
