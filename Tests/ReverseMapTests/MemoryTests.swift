import RangeTree
import ReverseMapping
import Testing

@testable import ReverseMap

@Suite("Memory of maps and virtual machines (Specification 4)")
struct MemoryTests {
  func configuration(direct: Bool) throws -> MapConfiguration {
    try MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: direct)
  }

  func page(_ number: UInt64, pages: UInt64 = 1) -> IPARange {
    IPARange(start: number << 12, size: pages << 12)
  }

  @Test("A shadow stage-2 without a map costs one pointer")
  func footprint() throws {
    typealias VM = VirtualMachine<ProductionReverseMap>
    #expect(MemoryLayout<UnsafeMutablePointer<ProductionReverseMap>?>.size == 8)
    #expect(VM.bytesPerMMU == 8)
    let pool = NodePool<32>()
    var vm = VM(try configuration(direct: true), mmus: 64, memory: pool) {
      ProductionReverseMap($0, memory: $1)
    }
    // An empty map has no nodes either.
    #expect(pool.counts.live == 0)
    for mmu in 0..<64 { try vm.tearDown(mmu) }
    #expect(pool.counts.requests == 0)
  }

  @Test(
    "With a full reserve no record breaks the map, whatever is refused", arguments: [false, true])
  func fullReserve(direct: Bool) throws {
    let pool = NodePool<4>()
    var map = ReverseMap<4>(try configuration(direct: direct), memory: pool)
    for page in 0..<200 as Range<UInt64> {
      pool.refuse(.none)
      #expect(try map.topUp() && map.reserve.isFull)
      pool.refuse(.from(1))
      pool.enter(.atomic)
      // Every third record pollutes.
      let canonical = page % 3 == 2 ? self.page(page - 1, pages: 2) : self.page(page)
      let result = try map.record(canonical, nested: (1000 + 2 * page) << 12)
      #expect(result == (page % 3 == 2 ? .polluted : .stored))
      #expect(map.checkInvariants() == nil && map.checkLockstep() == nil)
      pool.enter(.maySleep)
    }
    #expect(pool.counts.sleepsInAtomic == 0)
  }

  @Test("A broken map keeps its tree node for node; with a direct map it is emptied")
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

  @Test("Operations that can sleep throw in atomic context and change nothing")
  func atomicContext() throws {
    let pool = NodePool<4>()
    var vm = VirtualMachine(try configuration(direct: true), mmus: 2, memory: pool) {
      ReverseMap<4>($0, memory: $1)
    }
    for page in 0..<30 as Range<UInt64> {
      _ = try vm.record(self.page(page), nested: page << 12, mmu: 0)
    }
    let nodes = pool.counts.live
    vm.enter(.atomic)
    #expect(throws: ReverseMapError.cannotSleep) { _ = try vm.topUp(0) }
    #expect(throws: ReverseMapError.notValid) { _ = try vm.topUp(2) }
    #expect(throws: ReverseMapError.cannotSleep) { try vm.reclaim() }
    try vm.tearDown(0)
    #expect(pool.counts.live == nodes && pool.counts.retired == nodes)
    #expect(vm.checkInvariants() == nil && vm.checkEmpty() != nil)
    vm.enter(.maySleep)
    try vm.reclaim()
    #expect(pool.counts.live == 0 && vm.checkEmpty() == nil)
    #expect(pool.counts.sleepsInAtomic == 0)
  }

  @Test("The maps of a VM share its memory, and a broken map does not affect the others")
  func sharedMemory() throws {
    let pool = NodePool<4>()
    var vm = VirtualMachine(try configuration(direct: false), mmus: 2, memory: pool) {
      ReverseMap<4>($0, memory: $1)
    }
    _ = try vm.record(page(1), nested: 0x1000, mmu: 0)
    vm.refuse(.from(1))
    #expect(try vm.record(page(1), nested: 0x1000, mmu: 1) == .broke)
    #expect(try vm.record(page(2), nested: 0x2000, mmu: 0) == .stored)
    #expect(vm.isBroken(1) && !vm.isBroken(0))
    #expect(vm.memoryCounts.failures == 1)
  }
}
