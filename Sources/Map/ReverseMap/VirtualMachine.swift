import ReverseMapping

/// The MMUs of a virtual machine, each with a reverse map of its own (Specification 8).
///
///     var machine = VirtualMachine(configuration, mmus: 2, memory: NodePool()) {
///       ProductionReverseMap($0, memory: $1)
///     }
///     try machine.record(canonical, nested: base, mmu: 1)
///     try machine.unmap(canonical, appendingTo: &visits, &nested)   // in both
///
/// A map exists exactly while its MMU is valid: `create` makes it, `tearDown` ends it, and no name
/// for it gets out. It never moves, so a walk that holds on to an MMU finds its map in place. An MMU
/// without a map costs one pointer (Specification 4.8).
public struct VirtualMachine<Map: ReverseMapProtocol & ~Copyable>: ~Copyable, VirtualMachineProtocol
{
  /// The most MMUs that a machine can have: one bit each in a word of flags.
  public static var mostMMUs: Int { 64 }
  /// What an MMU costs that has no map, in bytes: a pointer (Specification 4.8).
  public static var bytesPerMMU: Int { MemoryLayout<UnsafeMutablePointer<Map>?>.stride }

  /// How many MMUs there are, valid or not.
  public let mmuCount: Int

  @usableFromInline let configuration: MapConfiguration
  @usableFromInline let memory: Map.Memory
  @usableFromInline let make: (MapConfiguration, Map.Memory) -> Map
  /// The map of each valid MMU.
  @usableFromInline let maps: UnsafeMutablePointer<UnsafeMutablePointer<Map>?>
  @usableFromInline var context = Context.maySleep
  /// A bit for every valid MMU that was handed over and not unmapped since.
  @usableFromInline var deferred: UInt64 = 0

  /// A machine of `mmus` MMUs, 1 to `mostMMUs` (the nearest of them), all valid, with the maps that
  /// `make` makes, and `memory` for all of them. O(MMUs).
  @inlinable
  public init(
    _ configuration: MapConfiguration, mmus: Int, memory: Map.Memory,
    make: @escaping (MapConfiguration, Map.Memory) -> Map
  ) {
    mmuCount = min(max(mmus, 1), Self.mostMMUs)
    self.configuration = configuration
    self.memory = memory
    self.make = make
    maps = .allocate(capacity: mmuCount)
    maps.initialize(repeating: nil, count: mmuCount)
    for mmu in 0..<mmuCount { start(mmu) }
  }

  @inlinable
  deinit {
    for mmu in 0..<mmuCount {
      if let map = maps[mmu] {
        map.deinitialize(count: 1)
        map.deallocate()
      }
    }
    maps.deallocate()
  }

  // MARK: - Lives of MMUs

  /// Specification 8.2.
  @inlinable
  public func isValid(_ mmu: Int) -> Bool {
    mmu >= 0 && mmu < mmuCount && maps[mmu] != nil
  }

  /// Specification 8.4.
  @inlinable
  public func isUnmapDeferred(_ mmu: Int) -> Bool {
    isValid(mmu) && deferred & Self.bit(mmu) != 0
  }

  /// Specification 8.3.
  @inlinable
  public mutating func create(_ mmu: Int) throws(ReverseMapError) {
    guard mmu >= 0, mmu < mmuCount else { throw .notValid }
    guard !isValid(mmu) else { throw .alreadyValid }
    start(mmu)
  }

  /// Specification 8.4.
  @inlinable
  public mutating func handOver(_ mmu: Int) throws(ReverseMapError) {
    _ = try map(mmu)
    deferred |= Self.bit(mmu)
  }

  /// Specification 8.5. O(nodes).
  @inlinable
  public mutating func tearDown(_ mmu: Int) throws(ReverseMapError) {
    let map = try map(mmu)
    guard map.pointee.fullUnmapsInProgress == 0 else { throw .fullUnmapInProgress }
    map.deinitialize(count: 1)
    map.deallocate()
    maps[mmu] = nil
    deferred &= ~Self.bit(mmu)
  }

  /// Makes the map of an MMU that has none.
  @inlinable
  mutating func start(_ mmu: Int) {
    let map = UnsafeMutablePointer<Map>.allocate(capacity: 1)
    map.initialize(to: make(configuration, memory))
    maps[mmu] = map
  }

  /// Specification 8.2.
  @inlinable
  func map(_ mmu: Int) throws(ReverseMapError) -> UnsafeMutablePointer<Map> {
    guard mmu >= 0, mmu < mmuCount, let map = maps[mmu] else { throw .notValid }
    return map
  }

  @inlinable
  static func bit(_ mmu: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: mmu) }

  // MARK: - One MMU

  /// Specification 3.2, 7.2. As `record` of the map.
  @inlinable
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int
  ) throws(ReverseMapError) -> RecordResult {
    return try map(mmu).pointee.record(canonical, nested: nested)
  }

  /// Specification 7.3. As `invalidate` of the map.
  @inlinable
  public mutating func invalidate(_ nested: IPARange, mmu: Int) throws(ReverseMapError) {
    try map(mmu).pointee.invalidate(nested)
  }

  /// Specification 3.5. As `clear` of the map.
  @inlinable
  public mutating func clear(_ mmu: Int) throws(ReverseMapError) {
    try map(mmu).pointee.clear()
  }

  /// Specification 3.6.a. As `beginFullUnmap` of the map.
  @inlinable
  public mutating func beginFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try map(mmu).pointee.beginFullUnmap()
    deferred &= ~Self.bit(mmu)
  }

  /// Specification 3.6.c. As `endFullUnmap` of the map.
  @inlinable
  public mutating func endFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try map(mmu).pointee.endFullUnmap()
  }

  // MARK: - Every valid MMU

  /// Specification 8.6: the range is looked at before any visit. Maps behind an interface look at it
  /// themselves, so that what they do there is seen; then it is only for want of one that it is done
  /// here. O(1), or O(MMUs).
  @inlinable
  func check(_ canonical: IPARange) throws(ReverseMapError) {
    if Map.hasInterface {
      for mmu in 0..<mmuCount where isValid(mmu) { return }
    }
    try configuration.check(canonical)
  }

  /// Specification 8.6. As `unmap` of each map.
  @inlinable
  public mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    try check(canonical)
    for mmu in 0..<mmuCount {
      guard let map = maps[mmu] else { continue }
      let before = nested.count
      let result = try map.pointee.unmap(canonical, appendingTo: &nested)
      if result == .everything { deferred &= ~Self.bit(mmu) }
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count &- before))
    }
  }

  /// Specification 8.6. As `query` of each map.
  @inlinable
  public func query(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    try check(canonical)
    for mmu in 0..<mmuCount {
      guard let map = maps[mmu] else { continue }
      let before = nested.count
      let result = try map.pointee.query(canonical, appendingTo: &nested)
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count &- before))
    }
  }
}

extension VirtualMachine where Map: ~Copyable, Map.Memory == UnlimitedMemory {
  /// A machine of `mmus` MMUs, 1 to `mostMMUs` (the nearest of them), all valid, with the maps that
  /// `make` makes, which are never refused memory. O(MMUs).
  @inlinable
  public init(
    _ configuration: MapConfiguration, mmus: Int, make: @escaping (MapConfiguration) -> Map
  ) {
    self.init(configuration, mmus: mmus, memory: UnlimitedMemory()) { configuration, _ in
      make(configuration)
    }
  }
}
