import RangeTree
import ReverseMapping
import Testing

@testable import ReverseMap

@Suite("Memory of maps and machines (Specification 4)")
struct MemoryTests {
  func configuration(direct: Bool) throws -> MapConfiguration {
    try MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: direct)
  }

  func page(_ number: UInt64, pages: UInt64 = 1) -> IPARange {
    IPARange(start: number << 12, size: pages << 12)
  }

  @Test("A shadow stage-2 without a map costs one pointer")
  func footprint() throws {
    typealias Driver = VirtualMachine<ProductionReverseMap>
    #expect(MemoryLayout<UnsafeMutablePointer<ProductionReverseMap>?>.size == 8)
    #expect(Driver.bytesPerMMU == 8)
    let pool = NodePool<32>()
    var machine = Driver(try configuration(direct: true), mmus: 64, memory: pool) {
      ProductionReverseMap($0, memory: $1)
    }
    // Neither do maps have nodes before they have entries.
    #expect(pool.counts.live == 0)
    for mmu in 0..<64 { try machine.tearDown(mmu) }
    #expect(pool.counts.requests == 0)
  }

  @Test("With a full reserve no record breaks, whatever is refused", arguments: [false, true])
  func fullReserve(direct: Bool) throws {
    let pool = NodePool<4>()
    var map = ReverseMap<4>(try configuration(direct: direct), memory: pool)
    for page in 0..<200 as Range<UInt64> {
      pool.refuse(.none)
      #expect(try map.topUp() && map.reserve.isFull)
      pool.refuse(.from(1))
      pool.enter(.atomic)
      // Every third one pollutes.
      let canonical = page % 3 == 2 ? self.page(page - 1, pages: 2) : self.page(page)
      let result = try map.record(canonical, nested: (1000 + 2 * page) << 12)
      #expect(result == (page % 3 == 2 ? .polluted : .stored))
      #expect(map.checkInvariants() == nil && map.checkLockstep() == nil)
      pool.enter(.maySleep)
    }
    #expect(pool.counts.sleepsInAtomic == 0)
  }

  @Test("A map broken without a direct map keeps its tree node for node; with one it is empty")
  func brokenMap() throws {
    for direct in [false, true] {
      let pool = NodePool<4>()
      var map = ReverseMap<4>(try configuration(direct: direct), memory: pool)
      for page in 0..<4 as Range<UInt64> {
        _ = try map.record(self.page(page * 2), nested: page << 12)
      }
      let fingerprint = map.fingerprint()
      pool.refuse(.from(1))
      #expect(try map.record(page(20), nested: 100 << 12) == .broke)
      #expect(try map.record(page(22), nested: 102 << 12) == .ignored)
      #expect((map.fingerprint() == fingerprint) == !direct)
      #expect((map.liveNodes == 0) == direct)
      var nested: [IPARange] = []
      #expect(try map.query(page(50), appendingTo: &nested) == .everything && nested.isEmpty)
      map.clear()
      #expect(!map.isBroken && map.liveNodes == 0 && pool.counts.live == 0)
    }
  }

  @Test("What can sleep is refused in atomic context, and changes nothing")
  func atomicContext() throws {
    let pool = NodePool<4>()
    var machine = VirtualMachine(try configuration(direct: true), mmus: 2, memory: pool) {
      ReverseMap<4>($0, memory: $1)
    }
    for page in 0..<30 as Range<UInt64> {
      _ = try machine.record(self.page(page), nested: page << 12, mmu: 0)
    }
    let nodes = pool.counts.live
    machine.enter(.atomic)
    #expect(throws: ReverseMapError.cannotSleep) { _ = try machine.topUp(0) }
    #expect(throws: ReverseMapError.notValid) { _ = try machine.topUp(2) }
    #expect(throws: ReverseMapError.cannotSleep) { try machine.reclaim() }
    try machine.tearDown(0)
    #expect(pool.counts.live == nodes && pool.counts.retired == nodes)
    #expect(machine.checkInvariants() == nil && machine.checkEmpty() != nil)
    machine.enter(.maySleep)
    try machine.reclaim()
    #expect(pool.counts.live == 0 && machine.checkEmpty() == nil)
    #expect(pool.counts.sleepsInAtomic == 0)
  }

  @Test("The maps of a machine share its memory, and one that breaks leaves the others alone")
  func sharedMemory() throws {
    let pool = NodePool<4>()
    var machine = VirtualMachine(try configuration(direct: false), mmus: 2, memory: pool) {
      ReverseMap<4>($0, memory: $1)
    }
    _ = try machine.record(page(1), nested: 0x1000, mmu: 0)
    machine.refuse(.from(1))
    #expect(try machine.record(page(1), nested: 0x1000, mmu: 1) == .broke)
    #expect(try machine.record(page(2), nested: 0x2000, mmu: 0) == .stored)
    #expect(machine.isBroken(1) && !machine.isBroken(0))
    #expect(machine.memoryCounts.failures == 1)
  }
}
