import ReverseMapping

// The memory of a virtual machine, what its MMUs hold, and whether all of it is sound.

extension VirtualMachine where Map: ~Copyable {
  // MARK: - Memory

  /// Specification 4.5.
  @inlinable
  public mutating func enter(_ context: Context) {
    self.context = context
    memory.enter(context)
  }

  /// Specification 4.6.
  @inlinable
  public mutating func refuse(_ plan: FaultPlan) { memory.refuse(plan) }

  /// Specification 4.7. O(retired nodes).
  @inlinable
  public mutating func reclaim() throws(ReverseMapError) {
    guard context == .maySleep else { throw .cannotSleep }
    try memory.reclaim()
  }

  /// Specification 4.4. As `topUp` of the map.
  @inlinable
  public mutating func topUp(_ mmu: Int) throws(ReverseMapError) -> Bool {
    let map = try map(mmu)
    // Here too, for maps that never sleep and do not ask.
    guard context == .maySleep else { throw .cannotSleep }
    return try map.pointee.topUp()
  }

  /// What memory was used for, by all MMUs.
  @inlinable
  public var memoryCounts: MemoryCounts { memory.counts }

  /// Whether a request for memory might be refused.
  @inlinable
  public var mayRefuse: Bool { memory.mayRefuse }

  /// Entries and nodes of all valid MMUs together, and the most levels. O(MMUs).
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

  // MARK: - What there is

  /// What `body` returns for the map of MMU `mmu`; nil if the MMU is not valid.
  @inlinable @inline(__always)
  func read<Value>(_ mmu: Int, _ body: (borrowing Map) -> Value) -> Value? {
    isValid(mmu) ? maps[mmu].map { body($0.pointee) } : nil
  }

  /// As `reserve` of the map; none and for nothing if the MMU is not valid.
  @inlinable
  public func reserve(_ mmu: Int) -> Reserve {
    read(mmu) { $0.reserve } ?? Reserve(held: 0, bound: 0)
  }

  /// As `fingerprint` of the map; 0 if the MMU is not valid.
  @inlinable
  public func fingerprint(_ mmu: Int) -> UInt64 { read(mmu) { $0.fingerprint() } ?? 0 }

  /// TODO
  @inlinable
  public func isBroken(_ mmu: Int) -> Bool { read(mmu) { $0.isBroken } ?? false }

  /// TODO
  @inlinable
  public func fullUnmapsInProgress(_ mmu: Int) -> Int {
    read(mmu) { $0.fullUnmapsInProgress } ?? 0
  }

  /// As `forEachEntry` of the map; nothing if the MMU is not valid.
  @inlinable
  public func forEachEntry(_ mmu: Int, _ body: (Entry) -> Void) {
    read(mmu) { $0.forEachEntry(body) }
  }

  /// As `forEachDirectEntry` of the map; nothing if the MMU is not valid.
  @inlinable
  public func forEachDirectEntry(_ mmu: Int, _ body: (DirectEntry) -> Void) {
    read(mmu) { $0.forEachDirectEntry(body) }
  }

  /// As `lastUnmapWasRefused` of the map; false if the MMU is not valid.
  @inlinable
  public func lastUnmapWasRefused(_ mmu: Int) -> Bool {
    read(mmu) { $0.lastUnmapWasRefused } ?? false
  }

  /// As `checkInterface` of each map, and of those that have ended; O(MMUs), if they have an
  /// interface.
  @inlinable
  public func checkInterface() -> String? {
    guard Map.hasInterface else { return nil }
    // The memory, too, of maps that have ended.
    return firstFault { $0.checkInterface() } ?? memory.fault()
  }

  /// As `checkInvariants` of each map; and every node that was handed out is in a map or retired.
  @inlinable
  public func checkInvariants() -> String? {
    firstFault { $0.checkInvariants() } ?? memory.fault() ?? nodesFault()
  }

  /// What `check` finds in the first valid MMU in which it finds something, and in which that is.
  /// O(MMUs).
  @inlinable @inline(__always)
  func firstFault(_ check: (borrowing Map) -> String?) -> String? {
    for mmu in 0..<mmuCount {
      if let map = maps[mmu], let fault = check(map.pointee) { return "in mmu \(mmu), \(fault)" }
    }
    return nil
  }

  /// How the nodes that are handed out are not those that maps hold and those that are retired, as
  /// a sentence, or nil. O(MMUs).
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

  /// As `checkLockstep` of each map.
  @inlinable
  public func checkLockstep() -> String? {
    firstFault { $0.checkLockstep() }
  }

  /// As `checkEmpty` of each map; and no node is handed out that no reserve holds.
  @inlinable
  public func checkEmpty() -> String? {
    if let leak = firstFault({ $0.checkEmpty() }) { return leak }
    let retired = memory.counts.retired
    return retired > 0 ? "\(retired) nodes are retired after a reclaim" : nodesFault()
  }
}
