import Oracle
import ReverseMapping
import Traces

/// The events of a trace, as a benchmark replays them, and the expected answers, computed before
/// any clock runs.
///
/// The maps of all MMUs take the events in order. Once, at the moment when they have the most
/// entries, the ranges that were recorded until then are queried. The expected answers are those of
/// the oracle. Memory: some 40 bytes per event.
package struct TraceLoad: BenchLoad {
  package let name: String
  package let summary: String
  /// The configuration of all maps.
  let configuration: MapConfiguration
  /// The number of MMUs, which is that of the maps.
  let mmus: Int
  let events: [HostEvent]
  /// How many events come before the queries.
  let peak: Int
  /// The canonical ranges that were recorded before the queries, at most `MapLoad.mostOperations`
  /// of them, in random order.
  let queries: [IPARange]
  let windowBytes: UInt64
  let recordCount: Int
  private(set) var entries = 0
  private(set) var knownEntries = 0
  let seed: UInt64
  /// The tallies of the expected answers to each measurement, if the map is exact.
  private(set) var tallies: [MapMeasure: MapTally] = [:]

  /// The events of a trace, without invalidations unless maps have direct maps. O(events x cells of
  /// their ranges + MMUs x cells).
  ///
  /// - Throws: what reading throws.
  package init(_ load: StudyLoad, hasDirectMaps: Bool, seed: UInt64) throws {
    name = load.name
    let configuration = load.configuration(hasDirectMap: hasDirectMaps)
    self.configuration = configuration
    self.seed = seed
    mmus = load.cells.mmus
    var events: [HostEvent] = []
    try load.forEachEvent { event in
      if case .invalidate = event, !hasDirectMaps { return }
      events.append(event)
    }
    self.events = events
    let recorded = events.compactMap(\.recorded)
    recordCount = recorded.count
    let first = recorded.map(\.start).min() ?? 0
    windowBytes = recorded.map(\.last).max().map { $0 - first + 1 } ?? 0
    summary =
      "\(events.count) events of \(mmus) MMU\(mmus == 1 ? "" : "s"), "
      + (hasDirectMaps ? "with direct maps" : "without direct maps, so without invalidations")

    var oracles = OraclesOfTrace(load.cells, configuration)
    peak = try oracles.peak(of: events)
    let before = events[..<peak].compactMap(\.recorded)
    let order = Permutation(count: before.count, seed: seed)
    queries = (0..<min(before.count, MapLoad.mostOperations)).map { before[Int(order($0))] }
    oracles = OraclesOfTrace(load.cells, configuration)
    try oracles.take(events[..<peak])
    (entries, knownEntries) = oracles.entries
    tallies[.ranges] = try oracles.answers(to: queries)
    try oracles.take(events[peak...])
    tallies[.events] = oracles.tally
  }

  func operations(_ measure: MapMeasure) -> Int {
    switch measure {
    case .events: events.count
    case .ranges: queries.count
    default: 0
    }
  }
}

extension HostEvent {
  /// The canonical range of a record.
  fileprivate var recorded: IPARange? {
    if case .record(let canonical, _, _) = self { return canonical }
    return nil
  }
}

/// The oracles of all MMUs, and the tally of their answers.
private struct OraclesOfTrace {
  private var oracles: [CellDictionary]
  private(set) var tally = MapTally()

  init(_ cells: EventCells, _ configuration: MapConfiguration) {
    oracles = Array(repeating: cells.oracle(configuration), count: cells.mmus)
  }

  /// All entries, and the known ones. O(cells).
  var entries: (all: Int, known: Int) {
    var (all, known) = (0, 0)
    for oracle in oracles {
      oracle.forEachEntry {
        all += 1
        if $0.content.nested != nil { known += 1 }
      }
    }
    return (all, known)
  }

  /// The number of events after which there are the most entries, of some 256 numbers.
  /// O(events x cells of their ranges + MMUs x cells).
  mutating func peak(of events: [HostEvent]) throws(ReverseMapError) -> Int {
    var (peak, most) = (0, 0)
    var taken = 0
    while taken < events.count {
      let end = min(events.count, taken + max(1, events.count / 256))
      try take(events[taken..<end])
      taken = end
      let entries = entries.all
      if entries > most { (peak, most) = (taken, entries) }
    }
    return peak
  }

  /// Applies events as they are timed. O(events x cells of their ranges).
  mutating func take(_ events: ArraySlice<HostEvent>) throws(ReverseMapError) {
    var tally = tally
    try oracles.withUnsafeMutableBufferPointer { maps throws(ReverseMapError) in
      _ = try TraceBenchmark.take(events, maps, &tally)
    }
    self.tally = tally
  }

  /// The tally of the answers to queries of `ranges` in every MMU. O(cells of the ranges).
  mutating func answers(to ranges: [IPARange]) throws(ReverseMapError) -> MapTally {
    try oracles.withUnsafeMutableBufferPointer { maps throws(ReverseMapError) in
      try TraceBenchmark.query(ranges, maps).answers
    }
  }
}
