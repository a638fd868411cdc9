import ReverseMapping

/// The MMUs of a virtual machine, each with a reverse map of its own (Specification 8).
///
///     var machine = VirtualMachine(configuration, mmus: 2) { ProductionReverseMap($0) }
///     try machine.record(canonical, nested: base, mmu: 1)
///     try machine.unmap(canonical, appendingTo: &visits, &nested)   // in both
///
/// A map exists exactly while its MMU is valid: `create` makes it, `tearDown` ends it, and no name
/// for it gets out. It never moves, so a walk that holds on to an MMU finds its map in place.
public struct VirtualMachine<Map: ReverseMapProtocol & ~Copyable>: ~Copyable, VirtualMachineProtocol
{
  /// The most MMUs that a machine can have: one bit each in a word of flags.
  public static var mostMMUs: Int { 64 }

  /// How many MMUs there are, valid or not.
  public let mmuCount: Int

  @usableFromInline let configuration: MapConfiguration
  @usableFromInline let make: (MapConfiguration) -> Map
  /// Initialised where `valid` has a bit.
  @usableFromInline let maps: UnsafeMutablePointer<Map>
  @usableFromInline var valid: UInt64 = 0
  /// A bit for every valid MMU that was handed over and not unmapped since.
  @usableFromInline var deferred: UInt64 = 0

  /// A machine of `mmus` MMUs, 1 to `mostMMUs` (the nearest of them), all valid, with the maps that
  /// `make` makes. O(MMUs).
  @inlinable
  public init(
    _ configuration: MapConfiguration, mmus: Int, make: @escaping (MapConfiguration) -> Map
  ) {
    mmuCount = min(max(mmus, 1), Self.mostMMUs)
    self.configuration = configuration
    self.make = make
    maps = .allocate(capacity: mmuCount)
    for mmu in 0..<mmuCount { start(mmu) }
  }

  @inlinable
  deinit {
    for mmu in 0..<mmuCount where isValid(mmu) { (maps + mmu).deinitialize(count: 1) }
    maps.deallocate()
  }

  // MARK: - Lives of MMUs

  /// Specification 8.2. O(1).
  @inlinable
  public func isValid(_ mmu: Int) -> Bool {
    mmu >= 0 && mmu < mmuCount && valid &>> UInt64(truncatingIfNeeded: mmu) & 1 != 0
  }

  /// Specification 8.4. O(1).
  @inlinable
  public func isUnmapDeferred(_ mmu: Int) -> Bool {
    isValid(mmu) && deferred & Self.bit(mmu) != 0
  }

  /// Specification 8.3. O(1).
  @inlinable
  public mutating func create(_ mmu: Int) throws(ReverseMapError) {
    guard mmu >= 0, mmu < mmuCount else { throw .notValid }
    guard !isValid(mmu) else { throw .alreadyValid }
    start(mmu)
  }

  /// Specification 8.4. O(1).
  @inlinable
  public mutating func handOver(_ mmu: Int) throws(ReverseMapError) {
    try check(mmu)
    deferred |= Self.bit(mmu)
  }

  /// Specification 8.5. O(nodes).
  @inlinable
  public mutating func tearDown(_ mmu: Int) throws(ReverseMapError) {
    try check(mmu)
    guard maps[mmu].fullUnmapsInProgress == 0 else { throw .fullUnmapInProgress }
    (maps + mmu).deinitialize(count: 1)
    valid &= ~Self.bit(mmu)
    deferred &= ~Self.bit(mmu)
  }

  /// Makes the map of an MMU that has none.
  @inlinable
  mutating func start(_ mmu: Int) {
    (maps + mmu).initialize(to: make(configuration))
    valid |= Self.bit(mmu)
  }

  /// Specification 8.2.
  @inlinable
  func check(_ mmu: Int) throws(ReverseMapError) {
    guard isValid(mmu) else { throw .notValid }
  }

  @inlinable
  static func bit(_ mmu: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: mmu) }

  // MARK: - One MMU

  /// Specification 3.2, 7.2. As `record` of the map.
  @inlinable
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int
  ) throws(ReverseMapError) -> RecordResult {
    try check(mmu)
    return try maps[mmu].record(canonical, nested: nested)
  }

  /// Specification 7.3. As `invalidate` of the map.
  @inlinable
  public mutating func invalidate(_ nested: IPARange, mmu: Int) throws(ReverseMapError) {
    try check(mmu)
    try maps[mmu].invalidate(nested)
  }

  /// Specification 3.5. As `clear` of the map.
  @inlinable
  public mutating func clear(_ mmu: Int) throws(ReverseMapError) {
    try check(mmu)
    maps[mmu].clear()
  }

  /// Specification 3.6.a. As `beginFullUnmap` of the map.
  @inlinable
  public mutating func beginFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try check(mmu)
    maps[mmu].beginFullUnmap()
    deferred &= ~Self.bit(mmu)
  }

  /// Specification 3.6.c. As `endFullUnmap` of the map.
  @inlinable
  public mutating func endFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try check(mmu)
    try maps[mmu].endFullUnmap()
  }

  // MARK: - Every valid MMU

  /// Specification 8.6. As `unmap` of each map.
  @inlinable
  public mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    try configuration.check(canonical)
    for mmu in 0..<mmuCount where isValid(mmu) {
      let before = nested.count
      let result = try maps[mmu].unmap(canonical, appendingTo: &nested)
      if result == .everything { deferred &= ~Self.bit(mmu) }
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count &- before))
    }
  }

  /// Specification 8.6. As `query` of each map.
  @inlinable
  public func query(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    try configuration.check(canonical)
    for mmu in 0..<mmuCount where isValid(mmu) {
      let before = nested.count
      let result = try maps[mmu].query(canonical, appendingTo: &nested)
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count &- before))
    }
  }

  // MARK: - What there is

  /// O(1).
  @inlinable
  public func isBroken(_ mmu: Int) -> Bool { isValid(mmu) && maps[mmu].isBroken }

  /// O(1).
  @inlinable
  public func fullUnmapsInProgress(_ mmu: Int) -> Int {
    isValid(mmu) ? maps[mmu].fullUnmapsInProgress : 0
  }

  /// As `forEachEntry` of the map; nothing if the MMU is not valid.
  @inlinable
  public func forEachEntry(_ mmu: Int, _ body: (Entry) -> Void) {
    if isValid(mmu) { maps[mmu].forEachEntry(body) }
  }

  /// As `forEachDirectEntry` of the map; nothing if the MMU is not valid.
  @inlinable
  public func forEachDirectEntry(_ mmu: Int, _ body: (DirectEntry) -> Void) {
    if isValid(mmu) { maps[mmu].forEachDirectEntry(body) }
  }

  /// As `limitNodes` of the map.
  @inlinable
  public mutating func limitNodes(toFurther further: Int?, mmu: Int) throws(ReverseMapError) {
    try check(mmu)
    maps[mmu].limitNodes(toFurther: further)
  }

  /// As `refusals` of the map; 0 if the MMU is not valid.
  @inlinable
  public func refusals(_ mmu: Int) -> Int { isValid(mmu) ? maps[mmu].refusals : 0 }

  /// As `checkInvariants` of each map.
  @inlinable
  public func checkInvariants() -> String? {
    for mmu in 0..<mmuCount where isValid(mmu) {
      if let fault = maps[mmu].checkInvariants() { return "in mmu \(mmu), \(fault)" }
    }
    return nil
  }

  /// As `checkLockstep` of each map.
  @inlinable
  public func checkLockstep() -> String? {
    for mmu in 0..<mmuCount where isValid(mmu) {
      if let fault = maps[mmu].checkLockstep() { return "in mmu \(mmu), \(fault)" }
    }
    return nil
  }

  /// As `checkEmpty` of each map.
  @inlinable
  public func checkEmpty() -> String? {
    for mmu in 0..<mmuCount where isValid(mmu) {
      if let leak = maps[mmu].checkEmpty() { return "in mmu \(mmu), \(leak)" }
    }
    return nil
  }
}
