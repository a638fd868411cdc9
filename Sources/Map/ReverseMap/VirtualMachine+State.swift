import ReverseMapping

// The memory of a virtual machine, the state of its MMUs, and the checks of both.

extension VirtualMachine where Map: ~Copyable {
  // MARK: - Memory

  /// Sets the context of the operations that follow (Specification 4.5).
  @inlinable
  public mutating func enter(_ context: Context) {
    self.context = context
    memory.enter(context)
  }

  /// Installs a fault plan for the requests of all MMUs (Specification 4.6).
  @inlinable
  public mutating func refuse(_ plan: FaultPlan) { memory.refuse(plan) }

  /// Frees the trees that were retired in atomic context (Specification 4.7). O(retired nodes).
  ///
  /// - Throws: `cannotSleep` in atomic context.
  @inlinable
  public mutating func reclaim() throws(ReverseMapError) {
    guard context == .maySleep else { throw .cannotSleep }
    try memory.reclaim()
  }

  /// Fills the reserve of MMU `mmu` (Specification 4.4).
  ///
  /// - Throws: `notValid`; `cannotSleep` in atomic context.
  @inlinable
  public mutating func topUp(_ mmu: Int) throws(ReverseMapError) -> Bool {
    let map = try map(mmu)
    // Maps that never sleep do not check the context themselves.
    guard context == .maySleep else { throw .cannotSleep }
    return try map.pointee.topUp()
  }

  /// Memory statistics of all MMUs together.
  @inlinable
  public var memoryCounts: MemoryCounts { memory.counts }

  /// Whether a memory request might be refused.
  @inlinable
  public var mayRefuse: Bool { memory.mayRefuse }

  /// The sums of entries and nodes over all valid MMUs, and the greatest height. O(MMUs).
  @inlinable
  public func shape<let slots: Int>() -> MapShape where Map == ReverseMap<slots> {
    var all = MapShape()
    for mmu in 0..<mmuCount {
      guard let map = maps[mmu] else { continue }
      let own = map.pointee.shape
      all.entries &+= own.entries
      all.height = max(all.height, own.height)
      all.nodes &+= own.nodes
    }
    return all
  }

  // MARK: - State of the maps

  /// Calls `body` with the map of MMU `mmu`; nil if the MMU is not valid.
  @inlinable @inline(__always)
  func read<Value>(_ mmu: Int, _ body: (borrowing Map) -> Value) -> Value? {
    isValid(mmu) ? maps[mmu].map { body($0.pointee) } : nil
  }

  /// `reserve` of the map; 0 of 0 nodes if the MMU is not valid.
  @inlinable
  public func reserve(_ mmu: Int) -> Reserve {
    read(mmu) { $0.reserve } ?? Reserve(held: 0, bound: 0)
  }

  /// `fingerprint` of the map; 0 if the MMU is not valid.
  @inlinable
  public func fingerprint(_ mmu: Int) -> UInt64 { read(mmu) { $0.fingerprint() } ?? 0 }

  /// Whether the map of MMU `mmu` is broken; false if the MMU is not valid.
  @inlinable
  public func isBroken(_ mmu: Int) -> Bool { read(mmu) { $0.isBroken } ?? false }

  /// The number of full unmaps of MMU `mmu` in progress; 0 if the MMU is not valid.
  @inlinable
  public func fullUnmapsInProgress(_ mmu: Int) -> Int {
    read(mmu) { $0.fullUnmapsInProgress } ?? 0
  }

  /// `forEachEntry` of the map; does nothing if the MMU is not valid.
  @inlinable
  public func forEachEntry(_ mmu: Int, _ body: (Entry) -> Void) {
    read(mmu) { $0.forEachEntry(body) }
  }

  /// `forEachDirectEntry` of the map; does nothing if the MMU is not valid.
  @inlinable
  public func forEachDirectEntry(_ mmu: Int, _ body: (DirectEntry) -> Void) {
    read(mmu) { $0.forEachDirectEntry(body) }
  }

  /// `lastUnmapWasRefused` of the map; false if the MMU is not valid.
  @inlinable
  public func lastUnmapWasRefused(_ mmu: Int) -> Bool {
    read(mmu) { $0.lastUnmapWasRefused } ?? false
  }

  /// `checkInterface` of every map, including maps that have ended. O(MMUs) if maps have an
  /// interface.
  @inlinable
  public func checkInterface() -> String? {
    guard Map.hasInterface else { return nil }
    // The memory keeps the faults of maps that have ended.
    return firstFault { $0.checkInterface() } ?? memory.fault()
  }

  /// `checkInvariants` of every map; also checks that each allocated node is in a map or retired
  /// (Specification 5.12).
  @inlinable
  public func checkInvariants() -> String? {
    firstFault { $0.checkInvariants() } ?? memory.fault() ?? nodesFault()
  }

  /// The first fault that `check` finds in a valid MMU, prefixed with the MMU's number. O(MMUs).
  @inlinable @inline(__always)
  func firstFault(_ check: (borrowing Map) -> String?) -> String? {
    for mmu in 0..<mmuCount {
      if let map = maps[mmu], let fault = check(map.pointee) { return "in mmu \(mmu), \(fault)" }
    }
    return nil
  }

  /// A sentence if the allocated nodes are not exactly those that maps hold and those that are
  /// retired; otherwise nil. O(MMUs).
  @inlinable
  func nodesFault() -> String? {
    var held = 0
    for mmu in 0..<mmuCount {
      if let map = maps[mmu] { held &+= map.pointee.heldNodes }
    }
    let counts = memory.counts
    if counts.live &- counts.retired == held { return nil }
    return "\(counts.live) nodes are handed out, of which maps hold \(held) and \(counts.retired) "
      + "are retired"
  }

  /// `checkLockstep` of every map.
  @inlinable
  public func checkLockstep() -> String? {
    firstFault { $0.checkLockstep() }
  }

  /// `checkEmpty` of every map; also checks that every allocated node is in a reserve.
  @inlinable
  public func checkEmpty() -> String? {
    if let leak = firstFault({ $0.checkEmpty() }) { return leak }
    let retired = memory.counts.retired
    return retired > 0 ? "\(retired) nodes are retired after a reclaim" : nodesFault()
  }
}
