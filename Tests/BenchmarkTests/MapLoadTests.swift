import Oracle
import ReverseMap
import ReverseMapping
import Testing

@testable import Benchmark

@Suite("The benchmark's loads: records as their workload describes, and correct expected answers")
struct MapLoadTests {
  private static let count = 2048

  private func load(_ workload: MapWorkload, seed: UInt64 = 1) -> MapLoad {
    MapLoad(workload, records: Self.count, seed: seed)
  }

  /// Whether no two of the ranges overlap.
  private func areDisjoint(_ ranges: [IPARange]) -> Bool {
    let sorted = ranges.sorted { $0.start < $1.start }
    return zip(sorted, sorted.dropFirst()).allSatisfy { $0.last < $1.start }
  }

  @Test("A permutation reaches every number once", arguments: [1, 2, 3, 5, 64, 1000, 4097])
  func permutation(count: Int) {
    let images = (0..<count).map(Permutation(count: count, seed: 7).callAsFunction)
    #expect(images.sorted() == (0..<UInt64(count)).map { $0 })
    guard count >= 64 else { return }
    #expect(images != (0..<count).map(Permutation(count: count, seed: 8).callAsFunction))
    // A random permutation has one fixed point on average, and half of its steps rise.
    #expect(images.enumerated().filter { UInt64($0) == $1 }.count < 8)
    let rises = zip(images, images.dropFirst()).filter { $0 < $1 }.count
    #expect(rises > count / 3 && rises < count * 2 / 3)
  }

  @Test(
    "There are as many records as requested, aligned, scattered, with disjoint nested ranges",
    arguments: MapWorkload.allCases)
  func records(workload: MapWorkload) {
    let load = load(workload)
    #expect(load.records.count == Self.count)
    let end =
      GuestMemory.base + UInt64(workload.windowPages(records: Self.count)) * Page.size
    for record in load.records {
      let range = record.canonical
      let sizes: Set<UInt64> = workload == .hosts ? Self.hostSizes : [4096, 2 << 20]
      #expect(sizes.contains(range.size) && record.isBlock == (range.size > 4096))
      #expect(range.start % range.size == 0 && record.nested % range.size == 0)
      #expect(range.start >= GuestMemory.base && range.last < end)
    }
    #expect(
      areDisjoint(load.records.map { IPARange(start: $0.nested, size: $0.canonical.size) }))
    let steps = zip(load.records, load.records.dropFirst())
      .filter { $1.nested &- $0.nested == $1.start &- $0.start }
    #expect(steps.count < Self.count / 100)
    let isMixed = workload == .blocks || workload == .overlapping
    if workload != .hosts {
      #expect(load.records.filter(\.isBlock).count == (isMixed ? Self.count / 10 : 0))
    }
  }

  private static let hostSizes: Set<UInt64> = [
    4 << 10, 16 << 10, 64 << 10, 2 << 20, 32 << 20, 512 << 20, 1 << 30,
  ]

  @Test("Hosts map blocks of every size, most of them pages")
  func hosts() {
    let counts = Dictionary(grouping: load(.hosts).records, by: \.canonical.size)
      .mapValues(\.count)
    #expect(Set(counts.keys) == Self.hostSizes)
    #expect(counts[1 << 30] == 4 && counts[512 << 20] == 8 && counts[2 << 20] == 384)
    #expect(counts[4 << 10]! > Self.count / 2)
  }

  @Test("Canonical ranges are disjoint, except in the workload 'overlapping'")
  func disjointness() {
    for workload in MapWorkload.allCases where workload != .overlapping {
      #expect(areDisjoint(load(workload).records.map(\.canonical)), "\(workload)")
      #expect(load(workload).unknown.isEmpty && load(workload).entries == Self.count)
    }
    let overlapping = load(.overlapping)
    for isBlock in [false, true] {
      #expect(
        areDisjoint(overlapping.records.filter { $0.isBlock == isBlock }.map(\.canonical)))
    }
    let blocks = overlapping.records.filter(\.isBlock).map(\.canonical)
    let inside = overlapping.records.filter { record in
      !record.isBlock
        && blocks.contains { $0.start <= record.start && record.start <= $0.last }
    }
    // Blocks are a tenth of the records and four fifths of the window.
    #expect(inside.count > Self.count / 2 && inside.count < Self.count * 9 / 10)
    #expect(inside.count { $0.isUnknown } == inside.count)
  }

  @Test("Records come in the order that the workload names")
  func orders() {
    let ascending = load(.ascending)
    let starts = (0..<UInt64(Self.count)).map { GuestMemory.base + $0 * Page.size }
    #expect(ascending.records.map(\.start) == starts)
    #expect(ascending.knownPages == starts)
    for workload in [MapWorkload.dense, .sparse] {
      let load = load(workload)
      #expect(load.records.map(\.start) != load.records.map(\.start).sorted())
      #expect(load.known.map(\.start) != load.records.map(\.start))
      #expect(load.known.map(\.start).sorted() == load.records.map(\.start).sorted())
    }
    #expect(load(.dense).records.map(\.start).sorted() == starts)
    #expect(load(.sparse, seed: 2).records.map(\.start) != load(.sparse).records.map(\.start))
  }

  @Test(
    "Probes are pages of known entries, and aligned ranges that records touch",
    arguments: MapWorkload.allCases)
  func probes(workload: MapWorkload) {
    let load = load(workload)
    #expect(load.known.count == load.knownPages.count && load.known.count == load.knownEntries)
    #expect(load.known.count + load.unknown.count == Self.count)
    for (record, page) in zip(load.known, load.knownPages) {
      #expect(!record.isUnknown && page % Page.size == 0)
      #expect(page >= record.start && page <= record.canonical.last)
    }
    #expect(load.blocks.count == Self.count / MapLoad.recordsPerBlockQuery)
    for block in load.blocks {
      #expect(block % (2 << 20) == 0)
      #expect(load.records.contains { $0.start >= block && $0.start < block + 2 << 20 })
    }
    #expect(load.lag == load.known.count / 16)
  }

  @Test(
    "The expected answers are those of the oracle and of ReverseMap",
    arguments: MapWorkload.allCases)
  func expectations(workload: MapWorkload) throws {
    // The oracle shares no code with the loads or with ReverseMap.
    let load = MapLoad(workload, records: 320, seed: 1)
    var oracle = CellDictionary(MapSubject.configuration)
    func judge(_ measure: MapMeasure, _ tally: MapTally) throws(WrongAnswer) {
      try tally.check(against: load.tallies[measure] ?? MapTally(), in: measure)
    }
    var round = try MapBenchmark.round(
      &oracle, load, walks: true, footprint: { _ in nil }, judge: judge)
    #expect(round.footprint == nil)
    var tiny = ReverseMap<4>(MapSubject.configuration)
    round = try MapBenchmark.round(
      &tiny, load, walks: true, footprint: { _ in MapFootprint(bytes: 1, requests: 2) },
      judge: judge)
    #expect(round.footprint == MapFootprint(bytes: 1, requests: 2))
    let measures = MapMeasure.allCases.filter {
      !$0.isOfTraces && ($0 != .pollute || workload == .overlapping)
    }
    #expect(Set(round.nanoseconds.keys) == Set(measures))
  }
}
