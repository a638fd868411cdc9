import RangeTree
import ReverseMap
import ReverseMapping
import Testing

/// Counts the maps that exist.
private final class Census {
  var maps = 0
  var mostMaps = 0
}

/// A map that stores nothing and is counted in a census.
private struct CountedMap: ReverseMapProtocol, ~Copyable {
  let census: Census
  var isBroken: Bool { false }
  private(set) var fullUnmapsInProgress = 0

  init(_ census: Census) {
    self.census = census
    census.maps += 1
    census.mostMaps = max(census.mostMaps, census.maps)
  }

  deinit { census.maps -= 1 }

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult { .stored }
  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult { .ranges }
  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult { .ranges }
  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {}
  mutating func clear() {}
  mutating func beginFullUnmap() { fullUnmapsInProgress += 1 }
  mutating func endFullUnmap() throws(ReverseMapError) { fullUnmapsInProgress -= 1 }
  func forEachEntry(_ body: (Entry) -> Void) {}
  func checkInvariants() -> String? { nil }
  func checkEmpty() -> String? { nil }
}

@Suite("Specification 8: a virtual machine with optimised maps")
struct VirtualMachineTests {
  private let configuration = MapConfiguration(nearestWidthTo: 48, layout: .mailed)

  private func pages(_ first: UInt64, _ count: UInt64) -> IPARange {
    IPARange(start: first << 12, size: count << 12)
  }

  @Test("8.5: a map exists exactly as long as its MMU is valid")
  func lives() throws {
    let census = Census()
    do {
      var vm = VirtualMachine(configuration, mmus: 3) { _ in CountedMap(census) }
      #expect(census.maps == 3)
      try vm.tearDown(1)
      #expect(census.maps == 2)
      try vm.create(1)
      #expect(census.maps == 3)
      try vm.tearDown(0)
      try vm.tearDown(2)
      #expect(census.maps == 1)
    }
    #expect(census.maps == 0)
    #expect(census.mostMaps == 3)
  }

  @Test(
    "a VM has the requested number of MMUs, clamped to 1...64",
    arguments: [(-1, 1), (0, 1), (64, 64), (65, 64)])
  func counts(asked: Int, given: Int) throws {
    let census = Census()
    do {
      var vm = VirtualMachine(configuration, mmus: asked) { _ in CountedMap(census) }
      expect(vm.mmuCount == given)
      #expect(census.maps == given)
      expect(vm.isValid(given - 1) && !vm.isValid(given) && !vm.isValid(-1))
      try vm.tearDown(given - 1)
      #expect(census.maps == given - 1)
    }
    #expect(census.maps == 0)
  }

  /// Like `#expect`, which cannot take an expression with a VM, because a VM is not copyable.
  private func expect(_ holds: Bool, at place: SourceLocation = #_sourceLocation) {
    #expect(holds, sourceLocation: place)
  }

  /// The error that `body` throws.
  private func error(_ body: () throws(ReverseMapError) -> Void) -> ReverseMapError? {
    do throws(ReverseMapError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test("8.2: naming an MMU that is not valid throws before any other check")
  func notValid() throws {
    var vm = VirtualMachine(configuration, mmus: 2, memory: NodePool()) {
      ReverseMap<4>($0, memory: $1)
    }
    try vm.tearDown(1)
    let bad = IPARange(start: 1, size: 1)
    for mmu in [1, 2, -1] {
      #expect(error { () throws(ReverseMapError) in try vm.handOver(mmu) } == .notValid)
      #expect(error { () throws(ReverseMapError) in try vm.tearDown(mmu) } == .notValid)
      #expect(error { () throws(ReverseMapError) in try vm.clear(mmu) } == .notValid)
      #expect(error { () throws(ReverseMapError) in try vm.beginFullUnmap(mmu) } == .notValid)
      #expect(error { () throws(ReverseMapError) in try vm.endFullUnmap(mmu) } == .notValid)
      #expect(
        error { () throws(ReverseMapError) in try vm.invalidate(bad, mmu: mmu) } == .notValid)
      #expect(
        error { () throws(ReverseMapError) in
          _ = try vm.record(bad, nested: 1, mmu: mmu)
        } == .notValid)
      #expect(
        error { () throws(ReverseMapError) in
          _ = try vm.topUp(mmu)
        } == .notValid)
    }
    #expect(error { () throws(ReverseMapError) in try vm.create(2) } == .notValid)
    #expect(error { () throws(ReverseMapError) in try vm.create(0) } == .alreadyValid)
    #expect(error { () throws(ReverseMapError) in try vm.create(1) } == nil)
  }

  @Test("8.6: an unmap visits every valid MMU in ascending order, and checks its range first")
  func visits() throws {
    var vm = VirtualMachine(configuration, mmus: 3, memory: NodePool()) {
      ReverseMap<4>($0, memory: $1)
    }
    for mmu in 0..<3 {
      _ = try vm.record(pages(16, 1), nested: UInt64(mmu) << 12, mmu: mmu)
    }
    try vm.tearDown(1)
    var visits: [MMUVisit] = []
    var nested: [IPARange] = []
    let bad = IPARange(start: 16 << 12, size: 0)
    #expect(
      error { () throws(ReverseMapError) in
        try vm.unmap(bad, appendingTo: &visits, &nested)
      } == .empty)
    try vm.query(pages(16, 1), appendingTo: &visits, &nested)
    let expected = [
      MMUVisit(mmu: 0, result: .ranges, ranges: 1), MMUVisit(mmu: 2, result: .ranges, ranges: 1),
    ]
    #expect(visits == expected && nested == [pages(0, 1), pages(2, 1)])
    try vm.unmap(pages(16, 1), appendingTo: &visits, &nested)
    #expect(visits == expected + expected)
    #expect(nested == [pages(0, 1), pages(2, 1), pages(0, 1), pages(2, 1)])
    try vm.tearDown(0)
    try vm.tearDown(2)
    #expect(
      error { () throws(ReverseMapError) in
        try vm.unmap(bad, appendingTo: &visits, &nested)
      } == .empty)
  }

  @Test("8.4, 8.5: an unmap is deferred until one begins, and a walk prevents tearDown")
  func deferred() throws {
    var vm = VirtualMachine(configuration, mmus: 2, memory: NodePool()) {
      ReverseMap<4>($0, memory: $1)
    }
    _ = try vm.record(pages(16, 1), nested: 0, mmu: 0)
    try vm.handOver(0)
    expect(vm.isUnmapDeferred(0) && !vm.isUnmapDeferred(1))
    var entries = 0
    vm.forEachEntry(0) { _ in entries += 1 }
    #expect(entries == 1)
    try vm.clear(0)
    expect(vm.isUnmapDeferred(0))
    try vm.beginFullUnmap(0)
    expect(!vm.isUnmapDeferred(0))
    #expect(
      error { () throws(ReverseMapError) in try vm.tearDown(0) } == .fullUnmapInProgress)
    // During a walk an unmap answers everything and so begins another. That ends the deferral too.
    try vm.handOver(0)
    var visits: [MMUVisit] = []
    var nested: [IPARange] = []
    try vm.unmap(pages(0, 1), appendingTo: &visits, &nested)
    expect(!vm.isUnmapDeferred(0) && vm.fullUnmapsInProgress(0) == 2)
    expect(vm.fullUnmapsInProgress(1) == 0)
  }
}
