import ReverseMapping

/// The MMUs of a virtual machine, each with a reverse map of its own (Specification 8).
///
///     var vm = VirtualMachine(configuration, mmus: 2, memory: NodePool()) {
///       ProductionReverseMap($0, memory: $1)
///     }
///     try vm.record(canonical, nested: base, mmu: 1)
///     try vm.unmap(canonical, appendingTo: &visits, &nested)   // in both
///
/// A map exists exactly while its MMU is valid: `create` makes it and `tearDown` ends it. No
/// reference to it escapes. The map never moves, so it stays in place for a walk in progress. An
/// MMU without a map costs one pointer (Specification 4.8).
public struct VirtualMachine<Map: ReverseMapProtocol & ~Copyable>: ~Copyable, VirtualMachineProtocol
{
  /// The most MMUs that a VM can have: each takes one bit in a 64-bit word of flags.
  public static var mostMMUs: Int { 64 }
  /// The size in bytes of an MMU without a map: one pointer (Specification 4.8).
  public static var bytesPerMMU: Int { MemoryLayout<UnsafeMutablePointer<Map>?>.stride }

  /// The number of MMUs, valid or not.
  public let mmuCount: Int

  @usableFromInline let configuration: MapConfiguration
  @usableFromInline let memory: Map.Memory
  @usableFromInline let make: (MapConfiguration, Map.Memory) -> Map
  /// The map of each MMU; nil if the MMU is not valid.
  @usableFromInline let maps: UnsafeMutablePointer<UnsafeMutablePointer<Map>?>
  @usableFromInline var context = Context.maySleep
  /// One bit for every valid MMU that was handed over and has had no full unmap since.
  @usableFromInline var deferred: UInt64 = 0

  /// A VM with `mmus` MMUs, clamped to 1...`mostMMUs`. All are valid and share `memory`, and `make`
  /// creates their maps. O(MMUs).
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

  // MARK: - Life cycle of an MMU

  /// Whether MMU `mmu` is valid (Specification 8.2); false if no MMU has that number.
  @inlinable
  public func isValid(_ mmu: Int) -> Bool {
    mmu >= 0 && mmu < mmuCount && maps[mmu] != nil
  }

  /// Whether MMU `mmu` was handed over and no full unmap has begun since (Specification 8.4).
  @inlinable
  public func isUnmapDeferred(_ mmu: Int) -> Bool {
    isValid(mmu) && deferred & Self.bit(mmu) != 0
  }

  /// Makes MMU `mmu` valid, with an empty map (Specification 8.3).
  ///
  /// - Throws: `notValid` if no MMU has that number; `alreadyValid`.
  @inlinable
  public mutating func create(_ mmu: Int) throws(ReverseMapError) {
    guard mmu >= 0, mmu < mmuCount else { throw .notValid }
    guard !isValid(mmu) else { throw .alreadyValid }
    start(mmu)
  }

  /// Hands MMU `mmu` over: its unmap is deferred (Specification 8.4).
  ///
  /// - Throws: `notValid`.
  @inlinable
  public mutating func handOver(_ mmu: Int) throws(ReverseMapError) {
    _ = try map(mmu)
    deferred |= Self.bit(mmu)
  }

  /// Ends MMU `mmu` and its map (Specification 8.5). O(nodes).
  ///
  /// - Throws: `notValid`; `fullUnmapInProgress`.
  @inlinable
  public mutating func tearDown(_ mmu: Int) throws(ReverseMapError) {
    let map = try map(mmu)
    guard map.pointee.fullUnmapsInProgress == 0 else { throw .fullUnmapInProgress }
    map.deinitialize(count: 1)
    map.deallocate()
    maps[mmu] = nil
    deferred &= ~Self.bit(mmu)
  }

  /// Creates the map of an MMU that has none.
  @inlinable
  mutating func start(_ mmu: Int) {
    let map = UnsafeMutablePointer<Map>.allocate(capacity: 1)
    map.initialize(to: make(configuration, memory))
    maps[mmu] = map
  }

  /// The map of MMU `mmu` (Specification 8.2).
  ///
  /// - Throws: `notValid`.
  @inlinable
  func map(_ mmu: Int) throws(ReverseMapError) -> UnsafeMutablePointer<Map> {
    guard mmu >= 0, mmu < mmuCount, let map = maps[mmu] else { throw .notValid }
    return map
  }

  @inlinable
  static func bit(_ mmu: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: mmu) }

  // MARK: - One MMU

  /// `record` of the map of MMU `mmu` (Specification 3.2, 7.2).
  @inlinable
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int
  ) throws(ReverseMapError) -> RecordResult {
    return try map(mmu).pointee.record(canonical, nested: nested)
  }

  /// `invalidate` of the map of MMU `mmu` (Specification 7.3).
  @inlinable
  public mutating func invalidate(_ nested: IPARange, mmu: Int) throws(ReverseMapError) {
    try map(mmu).pointee.invalidate(nested)
  }

  /// `clear` of the map of MMU `mmu` (Specification 3.5).
  @inlinable
  public mutating func clear(_ mmu: Int) throws(ReverseMapError) {
    try map(mmu).pointee.clear()
  }

  /// `beginFullUnmap` of the map of MMU `mmu` (Specification 3.6.a). This carries out a deferred
  /// unmap (8.4).
  @inlinable
  public mutating func beginFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try map(mmu).pointee.beginFullUnmap()
    deferred &= ~Self.bit(mmu)
  }

  /// `endFullUnmap` of the map of MMU `mmu` (Specification 3.6.c).
  @inlinable
  public mutating func endFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try map(mmu).pointee.endFullUnmap()
  }

  // MARK: - Every valid MMU

  /// Checks the range before any visit (Specification 8.6). Maps behind an interface must show how
  /// they treat a bad range, so it is passed on to them; it is then checked here only if no MMU is
  /// valid. O(MMUs) for maps with an interface.
  @inlinable
  func check(_ canonical: IPARange) throws(ReverseMapError) {
    if Map.hasInterface {
      for mmu in 0..<mmuCount where isValid(mmu) { return }
    }
    try configuration.check(canonical)
  }

  /// `unmap` of every valid MMU's map, in ascending order (Specification 8.6).
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

  /// `query` of every valid MMU's map, in ascending order (Specification 8.6).
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
  /// A VM with `mmus` MMUs, clamped to 1...`mostMMUs`. All are valid, and `make` creates their
  /// maps, whose memory is never refused. O(MMUs).
  @inlinable
  public init(
    _ configuration: MapConfiguration, mmus: Int, make: @escaping (MapConfiguration) -> Map
  ) {
    self.init(configuration, mmus: mmus, memory: UnlimitedMemory()) { configuration, _ in
      make(configuration)
    }
  }
}
