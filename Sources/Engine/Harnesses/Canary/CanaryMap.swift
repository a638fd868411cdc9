import RangeTree
import ReverseMap
import ReverseMapping

/// What a canary does wrong when an unmap meets two entries or more.
public enum CanaryFault: String, CaseIterable, Sendable {
  /// It leaves out one nested range: a mapping survives that should be dead.
  case forget
  /// It traps.
  case trap
  /// It never returns.
  case hang
  /// It reads freed memory, which only AddressSanitizer detects.
  case useAfterFree = "use-after-free"
}

/// A reverse map with a deliberate fault. It verifies that the tools find, save, replay and shrink
/// a failure. It is correct in everything else.
public struct CanaryMap: ~Copyable, ReverseMapProtocol {
  public typealias Memory = NodePool<4>

  @usableFromInline let fault: CanaryFault
  @usableFromInline var map: ReverseMap<4>

  /// An empty map with `fault`.
  @inlinable
  public init(_ configuration: MapConfiguration, memory: NodePool<4>, fault: CanaryFault) {
    self.fault = fault
    map = ReverseMap<4>(configuration, memory: memory)
  }

  /// Unmaps like `ReverseMap`, except for the fault.
  @inlinable
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let before = nested.count
    let result = try map.unmap(canonical, appendingTo: &nested)
    // A hang needs one range only, so that it comes before a bug that someone planted in the map.
    let most = fault == .hang ? 0 : 1
    if nested.count > before + most { misbehave(&nested) }
    return result
  }

  @usableFromInline @inline(never)
  func misbehave(_ nested: inout [IPARange]) {
    switch fault {
    case .forget: nested.removeLast()
    case .trap: fatalError("deliberate trap of the canary")
    case .hang: while !nested.isEmpty { nested.swapAt(0, nested.count - 1) }
    case .useAfterFree:
      let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 8)
      memory.initialize(repeating: nested[0].start, count: 8)
      memory.deallocate()
      nested[0].start ^= memory[3] & 1
    }
  }

  // Everything below forwards to the map.

  @inlinable
  public mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult { try map.record(canonical, nested: nested) }

  @inlinable
  public func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult { try map.query(canonical, appendingTo: &nested) }

  @inlinable
  public mutating func clear() { map.clear() }

  @inlinable
  public mutating func beginFullUnmap() { map.beginFullUnmap() }

  @inlinable
  public mutating func endFullUnmap() throws(ReverseMapError) { try map.endFullUnmap() }

  @inlinable
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try map.invalidate(nested)
  }

  @inlinable
  public mutating func topUp() throws(ReverseMapError) -> Bool { try map.topUp() }

  @inlinable
  public var isBroken: Bool { map.isBroken }

  @inlinable
  public var fullUnmapsInProgress: Int { map.fullUnmapsInProgress }

  @inlinable
  public func forEachEntry(_ body: (Entry) -> Void) { map.forEachEntry(body) }

  @inlinable
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) { map.forEachDirectEntry(body) }

  @inlinable
  public var reserve: Reserve { map.reserve }

  @inlinable
  public var heldNodes: Int { map.heldNodes }

  @inlinable
  public func fingerprint() -> UInt64 { map.fingerprint() }

  @inlinable
  public func checkInvariants() -> String? { map.checkInvariants() }

  @inlinable
  public func checkLockstep() -> String? { map.checkLockstep() }

  @inlinable
  public func checkEmpty() -> String? { map.checkEmpty() }
}
