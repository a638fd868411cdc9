import RangeTree
import ReverseMap
import ReverseMapping
import Testing

/// How many maps live.
private final class Census {
  var maps = 0
  var mostMaps = 0
}

/// A map that holds nothing and is counted.
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

@Suite("Specification 8: a virtual machine of optimised maps")
struct VirtualMachineTests {
  private let configuration = MapConfiguration(nearestWidthTo: 48, layout: .mailed)

  private func pages(_ first: UInt64, _ count: UInt64) -> IPARange {
    IPARange(start: first << 12, size: count << 12)
  }

  @Test("8.5: a map lives exactly as long as its MMU is valid")
  func lives() throws {
    let census = Census()
    do {
      var machine = VirtualMachine(configuration, mmus: 3) { _ in CountedMap(census) }
      #expect(census.maps == 3)
      try machine.tearDown(1)
      #expect(census.maps == 2)
      try machine.create(1)
      #expect(census.maps == 3)
      try machine.tearDown(0)
      try machine.tearDown(2)
      #expect(census.maps == 1)
    }
    #expect(census.maps == 0)
    #expect(census.mostMaps == 3)
  }

  @Test(
    "as many MMUs as were asked for, from 1 to 64",
    arguments: [(-1, 1), (0, 1), (64, 64), (65, 64)])
  func counts(asked: Int, given: Int) throws {
    let census = Census()
    do {
      var machine = VirtualMachine(configuration, mmus: asked) { _ in CountedMap(census) }
      expect(machine.mmuCount == given)
      #expect(census.maps == given)
      expect(machine.isValid(given - 1) && !machine.isValid(given) && !machine.isValid(-1))
      try machine.tearDown(given - 1)
      #expect(census.maps == given - 1)
    }
    #expect(census.maps == 0)
  }

  /// As `#expect`, which cannot look into what a machine that is not copyable answers.
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

  @Test("8.2: naming an MMU that is not valid is an error, found first")
  func notValid() throws {
    var machine = VirtualMachine(configuration, mmus: 2, memory: NodePool()) {
      ReverseMap<4>($0, memory: $1)
    }
    try machine.tearDown(1)
    let bad = IPARange(start: 1, size: 1)
    for mmu in [1, 2, -1] {
      #expect(error { () throws(ReverseMapError) in try machine.handOver(mmu) } == .notValid)
      #expect(error { () throws(ReverseMapError) in try machine.tearDown(mmu) } == .notValid)
      #expect(error { () throws(ReverseMapError) in try machine.clear(mmu) } == .notValid)
      #expect(error { () throws(ReverseMapError) in try machine.beginFullUnmap(mmu) } == .notValid)
      #expect(error { () throws(ReverseMapError) in try machine.endFullUnmap(mmu) } == .notValid)
      #expect(
        error { () throws(ReverseMapError) in try machine.invalidate(bad, mmu: mmu) } == .notValid)
      #expect(
        error { () throws(ReverseMapError) in
          _ = try machine.record(bad, nested: 1, mmu: mmu)
        } == .notValid)
      #expect(
        error { () throws(ReverseMapError) in
          _ = try machine.topUp(mmu)
        } == .notValid)
    }
    #expect(error { () throws(ReverseMapError) in try machine.create(2) } == .notValid)
    #expect(error { () throws(ReverseMapError) in try machine.create(0) } == .alreadyValid)
    #expect(error { () throws(ReverseMapError) in try machine.create(1) } == nil)
  }

  @Test("8.6: an unmap visits every valid MMU in ascending order, and looks at its range first")
  func visits() throws {
    var machine = VirtualMachine(configuration, mmus: 3, memory: NodePool()) {
      ReverseMap<4>($0, memory: $1)
    }
    for mmu in 0..<3 {
      _ = try machine.record(pages(16, 1), nested: UInt64(mmu) << 12, mmu: mmu)
    }
    try machine.tearDown(1)
    var visits: [MMUVisit] = []
    var nested: [IPARange] = []
    let bad = IPARange(start: 16 << 12, size: 0)
    #expect(
      error { () throws(ReverseMapError) in
        try machine.unmap(bad, appendingTo: &visits, &nested)
      } == .empty)
    try machine.query(pages(16, 1), appendingTo: &visits, &nested)
    let expected = [
      MMUVisit(mmu: 0, result: .ranges, ranges: 1), MMUVisit(mmu: 2, result: .ranges, ranges: 1),
    ]
    #expect(visits == expected && nested == [pages(0, 1), pages(2, 1)])
    try machine.unmap(pages(16, 1), appendingTo: &visits, &nested)
    #expect(visits == expected + expected)
    #expect(nested == [pages(0, 1), pages(2, 1), pages(0, 1), pages(2, 1)])
    try machine.tearDown(0)
    try machine.tearDown(2)
    #expect(
      error { () throws(ReverseMapError) in
        try machine.unmap(bad, appendingTo: &visits, &nested)
      } == .empty)
  }

  @Test("8.4, 8.5: an unmap is deferred until one begins, and a walk keeps its MMU")
  func deferred() throws {
    var machine = VirtualMachine(configuration, mmus: 2, memory: NodePool()) {
      ReverseMap<4>($0, memory: $1)
    }
    _ = try machine.record(pages(16, 1), nested: 0, mmu: 0)
    try machine.handOver(0)
    expect(machine.isUnmapDeferred(0) && !machine.isUnmapDeferred(1))
    var entries = 0
    machine.forEachEntry(0) { _ in entries += 1 }
    #expect(entries == 1)
    try machine.clear(0)
    expect(machine.isUnmapDeferred(0))
    try machine.beginFullUnmap(0)
    expect(!machine.isUnmapDeferred(0))
    #expect(
      error { () throws(ReverseMapError) in try machine.tearDown(0) } == .fullUnmapInProgress)
    // In a walk an unmap answers everything, which begins another: that too is the deferred one.
    try machine.handOver(0)
    var visits: [MMUVisit] = []
    var nested: [IPARange] = []
    try machine.unmap(pages(0, 1), appendingTo: &visits, &nested)
    expect(!machine.isUnmapDeferred(0) && machine.fullUnmapsInProgress(0) == 2)
    expect(machine.fullUnmapsInProgress(1) == 0)
  }
}
