import ReverseMapping

/// All operations of a workload and the expected answers, computed before any clock runs.
///
/// The expected answers follow from the records alone; no map is involved. All records are aligned
/// blocks, no two of the same size overlap, and if any overlap, they are pages and blocks of 2 MiB.
/// So an entry is unknown exactly where a block and a page in it are both recorded.
///
/// Memory: 16 bytes per record plus at most some 140 MB; half as much again during construction.
struct MapLoad: BenchLoad {
  let workload: MapWorkload
  let seed: UInt64
  /// The records, in the order in which they are made.
  let records: [MapRecord]
  /// The records whose entry is known in the end, at most `mostOperations` of them, in the order in
  /// which they are unmapped: ascending if the workload is, else a random order other than that of
  /// `records`.
  let known: [MapRecord]
  /// The first byte of a page in each of `known`.
  let knownPages: [UInt64]
  /// The first `mostOperations` records whose entry is unknown in the end, in the order of
  /// `records`.
  let unknown: [MapRecord]
  /// First bytes of random pages of known entries.
  let hits: [UInt64]
  /// First bytes of random pages of the window.
  let randomPages: [UInt64]
  /// First bytes of random aligned ranges of 2 MiB in which records begin.
  let blocks: [UInt64]
  /// Entries after all records.
  let entries: Int
  /// Known entries after all records.
  let knownEntries: Int
  /// Records that are missing from the map at any moment of the churn: a sixteenth, so that a
  /// returning record goes into a node that was not just used.
  let lag: Int
  /// The tallies of the expected answers to each measurement, if the map is exact.
  private(set) var tallies: [MapMeasure: MapTally] = [:]

  /// The most operations in a measurement other than the first: enough for a stable mean where
  /// there are millions of records.
  static let mostOperations = 1 << 20
  /// Records per query of 2 MiB. Such queries are few because each can report 512 ranges.
  static let recordsPerBlockQuery = 16

  /// The load of a workload with `records` records, 1000 or more. O(records log records).
  init(_ workload: MapWorkload, records count: Int, seed: UInt64) {
    self.workload = workload
    self.seed = seed
    let made = MapRecordMaker(workload, count: count, seed: seed).make()
    records = made.records
    unknown = Array(made.records.lazy.filter(\.isUnknown).prefix(Self.mostOperations))

    let settled = made.records.filter { !$0.isUnknown }
    knownEntries = settled.count
    let order = Permutation(count: settled.count, seed: seed &+ 5)
    let known = (0..<min(settled.count, Self.mostOperations)).map {
      settled[workload == .ascending ? $0 : Int(order($0))]
    }
    var random = SplitMix64(seed: seed &+ 6)
    func page(of record: MapRecord) -> UInt64 {
      record.start + random.below(record.canonical.size >> Page.shift) << Page.shift
    }
    self.known = known
    knownPages = known.map { page(of: $0) }
    lag = known.count < 2 ? 0 : max(1, known.count / 16)

    let entries = MapEntries(made.records)
    self.entries = entries.count
    let hitOrder = Permutation(count: settled.count, seed: seed &+ 7)
    let hit = known.indices.map { settled[Int(hitOrder($0))] }
    hits = hit.map { page(of: $0) }
    let window = UInt64(workload.windowPages(records: count))
    randomPages = (0..<min(count, Self.mostOperations)).map { _ in
      GuestMemory.base + random.below(window) << Page.shift
    }
    let touched = entries.touchedBlocks
    blocks = (0..<max(1, min(count, Self.mostOperations) / Self.recordsPerBlockQuery)).map { _ in
      touched.isEmpty ? GuestMemory.base : touched[random.index(touched.count)]
    }
    expect(made, hit, entries)
  }

  private mutating func expect(_ made: MapRecordMaker.Made, _ hit: [MapRecord], _ map: MapEntries) {
    var tally = MapTally()
    tally.stored = made.stored
    tally.polluted = records.count - made.stored
    tallies[.record] = tally
    tally = MapTally()
    tally.unchanged = known.count
    tallies[.rerecord] = tally
    tally = MapTally()
    tally.polluted = unknown.count
    tallies[.pollute] = tally
    tally = MapTally()
    for record in hit { tally.expect(CollectionOfOne(record)) }
    tallies[.hit] = tally
    tally = MapTally()
    for page in randomPages {
      tally.expect(map.intersecting(IPARange(start: page, size: Page.size)))
    }
    tallies[.random] = tally
    tally = MapTally()
    for block in blocks {
      tally.expect(map.intersecting(IPARange(start: block, size: MapRecordMaker.blockSize)))
    }
    tallies[.block] = tally
    tally = MapTally()
    for record in known { tally.expect(CollectionOfOne(record)) }
    tallies[.unmap] = tally
    // The last `lag` records are unmapped before the clock runs and recorded again after it.
    for record in known.suffix(lag) { tally.expect(CollectionOfOne(record)) }
    tally.stored = known.count + lag
    tallies[.churn] = tally
  }

  var name: String { workload.rawValue }
  var summary: String { workload.summary(records: records.count) }
  var windowBytes: UInt64 { UInt64(workload.windowPages(records: records.count)) << Page.shift }
  var recordCount: Int { records.count }

  func operations(_ measure: MapMeasure) -> Int {
    switch measure {
    case .record: records.count
    case .rerecord, .churn, .unmap: known.count
    case .pollute: unknown.count
    case .hit: hits.count
    case .random: randomPages.count
    case .block: blocks.count
    case .events, .ranges: 0
    }
  }

  /// Entries that are left in the end: those of no record in `known`.
  var entriesLeft: Int { entries - known.count }
}
