import ReverseMapping

/// What a map uses for its entries.
struct MapFootprint: Equatable {
  /// Bytes of nodes that it holds.
  var bytes: Int
  /// Requests for a node since it was made.
  var requests: Int
}

/// One round of one subject.
struct MapRound {
  /// Nanoseconds an operation, of each measurement that the workload has operations for.
  var nanoseconds: [MapMeasure: Double] = [:]
  /// After the first measurement, or nil if nobody counts.
  var footprint: MapFootprint?
}

/// The loops that are timed.
///
/// Each is a function of its own, generic over the map: called with a type that is known at compile
/// time it is compiled for that type, and a profile names it. A clock runs around a whole loop.
/// What a loop does besides: it reads the arguments, one after the other, and adds the answers up.
enum MapBenchmark {
  /// Does everything to an empty map that the workload has to do, in the order of `MapMeasure`.
  ///
  /// - Parameter walks: whether to go through the entries as well, which takes long in large maps.
  /// - Throws: how an answer was wrong, as a sentence about the map.
  static func round<Map: ReverseMapProtocol & ~Copyable>(
    _ map: inout Map, _ load: MapLoad, walks: Bool, footprint: (borrowing Map) -> MapFootprint?
  ) throws(WrongAnswer) -> MapRound {
    var round = MapRound()
    for measure in MapMeasure.allCases where load.operations(measure) > 0 {
      let (tally, elapsed): (MapTally, Duration)
      do {
        (tally, elapsed) = try run(measure, &map, load)
      } catch {
        throw WrongAnswer("refuses what it has to take (\(error))", in: measure)
      }
      if let difference = tally.difference(from: load.expected(measure)) {
        throw WrongAnswer("answers " + difference, in: measure)
      }
      round.nanoseconds[measure] = nanoseconds(elapsed) / Double(load.operations(measure))
      if measure == .record { round.footprint = footprint(map) }
      guard walks, measure == .record || measure == .unmap else { continue }
      let expected = measure == .record ? load.entries : load.entriesLeft
      var entries = 0
      map.forEachEntry { _ in entries &+= 1 }
      if entries != expected {
        throw WrongAnswer("has \(entries) entries and not \(expected)", in: measure)
      }
    }
    return round
  }

  /// Does what `measure` measures.
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
      nested.removeAll(keepingCapacity: true)
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
      nested.removeAll(keepingCapacity: true)
      let result = try map.unmap(IPARange(start: page, size: Page.size), appendingTo: &nested)
      tally.add(result, nested)
    }
    return (tally, ContinuousClock.now - start)
  }

  /// Unmaps a page of every known entry once, and records as many again: `lag` entries are missing
  /// at any time, and in the end none is.
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
      nested.removeAll(keepingCapacity: true)
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

  /// Room for the answer to a query of 2 MiB, so that no loop asks for memory of its own.
  private static var buffer: [IPARange] {
    var buffer: [IPARange] = []
    buffer.reserveCapacity(Int(GuestMemory.blockPages))
    return buffer
  }

  private static func nanoseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
  }
}

/// A map that was timed gave a wrong answer, so its times mean nothing.
struct WrongAnswer: Error {
  /// What it does that it must not, as the rest of a sentence about it.
  var what: String
  /// In which measurement.
  var measure: MapMeasure

  init(_ what: String, in measure: MapMeasure) {
    self.what = what
    self.measure = measure
  }
}
