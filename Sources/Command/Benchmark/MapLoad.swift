import ReverseMapping

/// Everything that a workload does to a map, made before any clock runs, with what has to come of it.
///
/// What is expected is computed from the records alone. All of them are pages or aligned blocks of
/// 2 MiB, no two of one size overlap, and pollution does not reach beyond a block: so an entry is
/// unknown exactly where a block and a page in it are both recorded. No map is asked.
///
/// Memory: 16 bytes a record, and some 50 MB at the most; half as much again while it is made.
struct MapLoad {
  let workload: MapWorkload
  let seed: UInt64
  /// In the order in which they are made.
  let records: [MapRecord]
  /// Those whose entry is known in the end, or some of them if they are more than are worked on; in
  /// the order in which they are unmapped: ascending where the workload is, and else in another
  /// random order than that in which they were made.
  let known: [MapRecord]
  /// A page of each of `known`: its first byte.
  let knownPages: [UInt64]
  /// Those whose entry is unknown in the end, or the first of them, in the order in which they are
  /// made.
  let unknown: [MapRecord]
  /// Pages of known entries, at random: their first bytes.
  let hits: [UInt64]
  /// Pages of the window, at random: their first bytes.
  let randomPages: [UInt64]
  /// Aligned ranges of 2 MiB that records touch, at random: their first bytes.
  let blocks: [UInt64]
  /// Entries when all records are made.
  let entries: Int
  /// The known ones among them.
  let knownEntries: Int
  /// Records that are out of the map at any moment of the churn: a sixteenth, so that what comes
  /// back goes into a node that was not just in use.
  let lag: Int
  private var tallies: [MapMeasure: MapTally] = [:]

  /// The most that is done in a measurement other than the first: as much as tells, where there are
  /// millions of records.
  static let mostOperations = 1 << 20
  /// One query of 2 MiB in so many, for it can report 512 ranges.
  static let recordsPerBlockQuery = 16

  /// What `records` records, 1000 or more, of a workload come to. O(records log records).
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
    // The last `lag` go before the clock runs, and come back after it.
    for record in known.suffix(lag) { tally.expect(CollectionOfOne(record)) }
    tally.stored = known.count + lag
    tallies[.churn] = tally
  }

  /// What the answers to a measurement have to add up to. O(1).
  func expected(_ measure: MapMeasure) -> MapTally { tallies[measure] ?? MapTally() }

  /// How often a measurement does what it measures: 0 if the workload has nothing to do it with.
  /// O(1).
  func operations(_ measure: MapMeasure) -> Int {
    switch measure {
    case .record: records.count
    case .rerecord, .churn, .unmap: known.count
    case .pollute: unknown.count
    case .hit: hits.count
    case .random: randomPages.count
    case .block: blocks.count
    }
  }

  /// Entries that are left in the end: the unknown ones, and those of no record in `known`. O(1).
  var entriesLeft: Int { entries - known.count }
}
