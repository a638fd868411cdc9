import ReverseMapping
import Traces

/// The timed loops of a trace. As in `MapBenchmark`, each is specialised for the type of the map.
enum TraceBenchmark {
  /// Replays the trace on a new map for each MMU.
  ///
  /// - Parameter make: creates an empty map.
  /// - Throws: `WrongAnswer` if a valid call is rejected.
  static func round<Map: ReverseMapProtocol & ~Copyable>(
    _ load: TraceLoad, make: (MapConfiguration) -> Map
  ) throws(WrongAnswer) -> (answers: MapSubject.Answers, round: MapRound) {
    let maps = UnsafeMutableBufferPointer<Map>.allocate(capacity: load.mmus)
    for mmu in maps.indices { maps.initializeElement(at: mmu, to: make(load.configuration)) }
    defer {
      maps.deinitialize()
      maps.deallocate()
    }
    do {
      var tally = MapTally()
      var elapsed = try take(load.events[..<load.peak], maps, &tally)
      let (found, queried) = try query(load.queries, maps)
      elapsed += try take(load.events[load.peak...], maps, &tally)
      var round = MapRound()
      func note(_ measure: MapMeasure, _ elapsed: Duration) {
        guard load.operations(measure) > 0 else { return }
        round.nanoseconds[measure] =
          MapBenchmark.nanoseconds(elapsed) / Double(load.operations(measure))
      }
      note(.events, elapsed)
      note(.ranges, queried)
      return ([.events: tally, .ranges: found], round)
    } catch {
      throw WrongAnswer("rejected a valid call (\(error))", in: .events)
    }
  }

  /// Applies the events to the maps, one for each MMU, adds their answers to `tally`, and returns
  /// how long that took. O(events x cost of an operation).
  @inline(never)
  static func take<Map: ReverseMapProtocol & ~Copyable>(
    _ events: ArraySlice<HostEvent>, _ maps: UnsafeMutableBufferPointer<Map>,
    _ tally: inout MapTally
  ) throws(ReverseMapError) -> Duration {
    var nested = MapBenchmark.buffer
    let start = ContinuousClock.now
    for event in events {
      switch event {
      case .record(let canonical, let base, let mmu):
        tally.add(try maps[mmu].record(canonical, nested: base))
      case .unmap(let canonical):
        for mmu in maps.indices {
          nested.removeLast(nested.count)
          let result = try maps[mmu].unmap(canonical, appendingTo: &nested)
          tally.add(result, nested)
          if result == .everything { try maps[mmu].endFullUnmap() }
        }
      case .invalidate(let range, let mmu): try maps[mmu].invalidate(range)
      case .fullUnmap(let mmu):
        maps[mmu].beginFullUnmap()
        try maps[mmu].endFullUnmap()
      }
    }
    return ContinuousClock.now - start
  }

  /// The answers of all maps to queries of `ranges`, and how long they took.
  /// O(ranges x cost of an operation).
  @inline(never)
  static func query<Map: ReverseMapProtocol & ~Copyable>(
    _ ranges: [IPARange], _ maps: UnsafeMutableBufferPointer<Map>
  ) throws(ReverseMapError) -> (answers: MapTally, elapsed: Duration) {
    var tally = MapTally()
    var nested = MapBenchmark.buffer
    let start = ContinuousClock.now
    for range in ranges {
      for mmu in maps.indices {
        nested.removeLast(nested.count)
        let result = try maps[mmu].query(range, appendingTo: &nested)
        tally.add(result, nested)
      }
    }
    return (tally, ContinuousClock.now - start)
  }
}
