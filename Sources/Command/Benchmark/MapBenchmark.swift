import ReverseMapping

/// The memory that a map uses.
struct MapFootprint: Equatable {
  /// Bytes in the nodes that the map holds.
  var bytes: Int
  /// Requests for a node since the map was created.
  var requests: Int
}

/// The results of one round of one subject.
struct MapRound {
  /// Nanoseconds per operation, for each measurement that the workload has operations for.
  var nanoseconds: [MapMeasure: Double] = [:]
  /// The footprint after the first measurement; nil if unknown.
  var footprint: MapFootprint?
}

/// The timed loops.
///
/// Each is a separate function, generic over the map. The compiler specialises it for the map's
/// type, and a profile shows it by name. The clock runs around the whole loop, so a time includes
/// reading the arguments in order and adding up the answers. `removeLast` empties the buffer of
/// answers, because `removeAll(keepingCapacity:)` would add 6 ns to each query of a page.
enum MapBenchmark {
  /// Runs all measurements of the workload on an empty map, in the order of `MapMeasure`.
  ///
  /// - Parameters:
  ///   - walks: whether to count the entries as well, which takes long in large maps.
  ///   - judge: receives the answers of each measurement, and throws if one is wrong.
  /// - Throws: `WrongAnswer`.
  static func round<Map: ReverseMapProtocol & ~Copyable>(
    _ map: inout Map, _ load: MapLoad, walks: Bool, footprint: (borrowing Map) -> MapFootprint?,
    judge: (MapMeasure, MapTally) throws(WrongAnswer) -> Void
  ) throws(WrongAnswer) -> MapRound {
    var round = MapRound()
    for measure in MapMeasure.allCases where load.operations(measure) > 0 {
      let (tally, elapsed): (MapTally, Duration)
      do {
        (tally, elapsed) = try run(measure, &map, load)
      } catch {
        throw WrongAnswer("rejected a valid call (\(error))", in: measure)
      }
      if measure == .record { round.footprint = footprint(map) }
      try judge(measure, tally)
      round.nanoseconds[measure] = nanoseconds(elapsed) / Double(load.operations(measure))
      guard walks, measure == .record || measure == .unmap else { continue }
      let expected = measure == .record ? load.entries : load.entriesLeft
      var entries = 0
      map.forEachEntry { _ in entries &+= 1 }
      if entries != expected {
        throw WrongAnswer("has \(entries) entries instead of \(expected)", in: measure)
      }
    }
    return round
  }

  /// Runs the loop of `measure`.
  @inline(__always)
  private static func run<Map: ReverseMapProtocol & ~Copyable>(
    _ measure: MapMeasure, _ map: inout Map, _ load: MapLoad
  ) throws(ReverseMapError) -> (MapTally, Duration) {
    switch measure {
    case .record: try record(load.records, in: &map)
    case .rerecord: try record(load.known, in: &map)
    case .pollute: try record(load.unknown, in: &map)
    case .hit: try query(load.hits, size: Page.size, in: map)
    case .random: try query(load.randomPages, size: Page.size, in: map)
    case .block: try query(load.blocks, size: MapRecordMaker.blockSize, in: map)
    case .churn: try churn(load, in: &map)
    case .unmap: try unmap(load.knownPages, in: &map)
    case .events, .ranges: (MapTally(), .zero)
    }
  }

  @inline(never)
  private static func record<Map: ReverseMapProtocol & ~Copyable>(
    _ records: [MapRecord], in map: inout Map
  ) throws(ReverseMapError) -> (MapTally, Duration) {
    var tally = MapTally()
    let start = ContinuousClock.now
    for record in records {
      tally.add(try map.record(record.canonical, nested: record.nested))
    }
    return (tally, ContinuousClock.now - start)
  }

  @inline(never)
  private static func query<Map: ReverseMapProtocol & ~Copyable>(
    _ starts: [UInt64], size: UInt64, in map: borrowing Map
  ) throws(ReverseMapError) -> (MapTally, Duration) {
    var tally = MapTally()
    var nested = buffer
    let start = ContinuousClock.now
    for first in starts {
      nested.removeLast(nested.count)
      let result = try map.query(IPARange(start: first, size: size), appendingTo: &nested)
      tally.add(result, nested)
    }
    return (tally, ContinuousClock.now - start)
  }

  @inline(never)
  private static func unmap<Map: ReverseMapProtocol & ~Copyable>(
    _ pages: some RandomAccessCollection<UInt64>, in map: inout Map
  ) throws(ReverseMapError) -> (MapTally, Duration) {
    var tally = MapTally()
    var nested = buffer
    let start = ContinuousClock.now
    for page in pages {
      nested.removeLast(nested.count)
      let result = try map.unmap(IPARange(start: page, size: Page.size), appendingTo: &nested)
      tally.add(result, nested)
    }
    return (tally, ContinuousClock.now - start)
  }

  /// Unmaps a page of every known entry once and records the entry again `lag` operations later.
  /// While the clock runs, `lag` entries are missing; afterwards they are recorded again.
  @inline(never)
  private static func churn<Map: ReverseMapProtocol & ~Copyable>(
    _ load: MapLoad, in map: inout Map
  ) throws(ReverseMapError) -> (MapTally, Duration) {
    let (known, pages, lag) = (load.known, load.knownPages, load.lag)
    var (tally, _) = try unmap(pages.suffix(lag), in: &map)
    var nested = buffer
    let start = ContinuousClock.now
    var back = known.count &- lag
    for page in pages {
      if back == known.count { back = 0 }
      nested.removeLast(nested.count)
      let result = try map.unmap(IPARange(start: page, size: Page.size), appendingTo: &nested)
      tally.add(result, nested)
      let record = known[back]
      tally.add(try map.record(record.canonical, nested: record.nested))
      back &+= 1
    }
    let elapsed = ContinuousClock.now - start
    for record in known.suffix(lag) {
      tally.add(try map.record(record.canonical, nested: record.nested))
    }
    return (tally, elapsed)
  }

  /// A buffer for the answer to a query of 2 MiB, so that no timed loop allocates one.
  static var buffer: [IPARange] {
    var buffer: [IPARange] = []
    buffer.reserveCapacity(Int(GuestMemory.blockPages))
    return buffer
  }

  static func nanoseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
  }
}

/// A timed map gave a wrong answer, so its times mean nothing, or a sound one cannot be timed.
struct WrongAnswer: Error {
  /// What the map did wrong, as the predicate of a sentence about it.
  var what: String
  /// The measurement that it happened in.
  var measure: MapMeasure
  /// Whether the answers are right, but leave nothing to time.
  var isUnfit = false

  init(_ what: String, in measure: MapMeasure, isUnfit: Bool = false) {
    self.what = what
    self.measure = measure
    self.isUnfit = isUnfit
  }
}
