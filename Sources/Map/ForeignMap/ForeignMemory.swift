import CReverseMap
import ReverseMapping

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The allocator for the maps of one virtual machine that live in a library.
///
/// Through `struct reverse_map_allocator` it allocates blocks, counts them, and refuses requests
/// according to a fault plan. What `MemoryCounts` calls a node is one of these blocks.
///
/// Blocks are guarded (guarded_block.h). A released block is filled with poison and kept for a
/// while before it is freed. So in a build without a sanitizer, too, the use of a released block
/// and a write past the end of a block are noticed. With AddressSanitizer a released block is freed
/// at once, and the sanitizer reports its use.
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
    /// The allocated blocks.
    var blocks: [UnsafeMutableRawPointer: Block] = [:]
    /// Released blocks that are not freed yet, oldest first.
    var quarantine: [(memory: UnsafeMutableRawPointer, block: Block)] = []
    /// The bytes in `quarantine`.
    var quarantined = 0
    /// The first other violation by a map. Kept here because it must outlive the map.
    var mapFault: String?
  }

  /// An allocated block.
  struct Block {
    /// Its size and its alignment, in bytes.
    var size: Int
    var alignment: Int
    /// The account of the map that it belongs to.
    var owner: UnsafeMutablePointer<Account>
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

  /// The machine of the maps that use this memory; nil if they share no structure. It is here and
  /// not in the map: Swift 6.3 releases a wrong pointer in the map's initialiser then.
  private(set) var machine: ForeignMachine?

  /// An allocator without a fault plan.
  public init() {
    shared = .allocate(capacity: 1)
    shared.initialize(to: Shared())
  }

  deinit {
    machine = nil  // It may still release blocks.
    for released in shared.pointee.quarantine {
      guarded_free(released.memory, released.block.alignment)
    }
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

  /// The machine of the maps that use this memory. The first call creates it.
  func makeMachine(of library: ForeignLibrary) -> ForeignMachine {
    if let machine { return machine }
    let machine = ForeignMachine(library)
    self.machine = machine
    return machine
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

  /// How many blocks are checked after every operation. More are checked only at the end of a run,
  /// because each check reads all of them.
  private static let mostCheckedOften = 16

  /// Records as a fault if something was written beside a block, or to a released one.
  ///
  /// - Parameter always: whether to check if there are many blocks. O(bytes of all blocks).
  func checkBlocks(always: Bool = false) {
    let count = shared.pointee.blocks.count &+ shared.pointee.quarantine.count
    guard always || count <= Self.mostCheckedOften, shared.pointee.fault == nil else { return }
    let (live, released) = (shared.pointee.blocks, shared.pointee.quarantine)
    for (memory, block) in live where guarded_has_zones(memory, block.size) == 0 {
      shared.pointee.note(Self.writesBeside)
    }
    for released in released { shared.pointee.check(released.memory, released.block) }
  }

  fileprivate static let writesBeside: StaticString = "writes beside a block of memory"
  fileprivate static let writesReleased: StaticString = "writes to a block that it has released"

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
  /// Checks the blocks first if they are few. O(bytes of the blocks).
  public func fault() -> String? {
    checkBlocks()
    return noted
  }

  /// Like `fault`, without a check.
  var noted: String? {
    shared.pointee.fault.map { "\(shared.pointee.name) \($0)" } ?? shared.pointee.mapFault
  }
}

extension ForeignMemory.Account {
  typealias Pointer = UnsafeMutablePointer<ForeignMemory.Account>

  /// Allocates a block of `size` bytes; nil if the request is refused (Specification 4.6).
  static func allocate(_ account: Pointer, size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    let shared = account.pointee.shared
    guard size > 0, alignment > 0, alignment & (alignment - 1) == 0 else {
      shared.pointee.note("requests a block of 0 bytes or with a bad alignment")
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
    // Filled with poison: memory that happens to be 0 would hide a missing initialisation.
    guard let memory = guarded_allocate(size, alignment) else {
      account.pointee.refused &+= 1
      shared.pointee.counts.refused &+= 1
      return nil
    }
    shared.pointee.blocks[memory] = .init(size: size, alignment: alignment, owner: account)
    account.pointee.live &+= 1
    account.pointee.liveBytes &+= size
    shared.pointee.liveBytes &+= size
    shared.pointee.counts.live &+= 1
    let live = shared.pointee.counts.live
    shared.pointee.counts.peak = max(shared.pointee.counts.peak, live)
    shared.pointee.counts.peakInUse = max(shared.pointee.counts.peakInUse, live)
    return memory
  }

  /// Frees a block. If it is not allocated, belongs to another map or has another size, it is not
  /// freed, and that is recorded as a fault.
  static func release(_ account: Pointer, _ memory: UnsafeMutableRawPointer, size: Int) {
    let shared = account.pointee.shared
    guard let block = shared.pointee.blocks[memory], block.size == size, block.owner == account
    else {
      shared.pointee.note("releases a block that it does not own, or with a wrong size")
      return
    }
    shared.pointee.blocks[memory] = nil
    account.pointee.live &-= 1
    account.pointee.liveBytes &-= size
    shared.pointee.liveBytes &-= size
    shared.pointee.counts.live &-= 1
    if guarded_has_zones(memory, size) == 0 { shared.pointee.note(ForeignMemory.writesBeside) }
    shared.pointee.retire(memory, block)
  }
}

extension ForeignMemory.Shared {
  /// Records a misuse of the allocator, if it is the first.
  fileprivate mutating func note(_ sentence: StaticString) { fault = fault ?? sentence }

  /// Records as a fault if something was written to a released block.
  fileprivate mutating func check(
    _ memory: UnsafeMutableRawPointer, _ block: ForeignMemory.Block
  ) {
    if guarded_has_poison(memory, block.size) == 0 || guarded_has_zones(memory, block.size) == 0 {
      note(ForeignMemory.writesReleased)
    }
  }

  /// The limits of the quarantine, in blocks and in bytes.
  private static var mostQuarantined: (blocks: Int, bytes: Int) { (256, 1 << 20) }

  /// Poisons a released block and frees it later, or at once with AddressSanitizer.
  fileprivate mutating func retire(_ memory: UnsafeMutableRawPointer, _ block: ForeignMemory.Block)
  {
    guard guarded_has_sanitizer() == 0 else { return guarded_free(memory, block.alignment) }
    // A use after free must not find the old contents.
    guarded_poison(memory, block.size)
    quarantine.append((memory, block))
    quarantined &+= block.size
    let most = Self.mostQuarantined
    guard quarantine.count > most.blocks || quarantined > most.bytes else { return }
    // Half of it, so that a long run moves each block once.
    let count = (quarantine.count + 1) / 2
    for oldest in quarantine[..<count] {
      check(oldest.memory, oldest.block)
      quarantined &-= oldest.block.size
      guarded_free(oldest.memory, oldest.block.alignment)
    }
    quarantine.removeFirst(count)
  }
}
