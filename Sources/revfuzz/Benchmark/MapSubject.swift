import RangeTree
import ReverseMap
import ReverseMapping

/// A kind of map that is timed beside others.
struct MapSubject {
  /// What tables call it.
  let name: String
  /// The library that it comes from, or nil for one of this package.
  let library: String?
  /// One round of a workload with a new map; `walks` as in `MapBenchmark.round`.
  ///
  /// A closure, and called once a round: what is in it was compiled for one type of map.
  let round: (_ load: MapLoad, _ walks: Bool) throws(WrongAnswer) -> MapRound

  /// The maps that `make` makes, empty and each with memory of its own.
  ///
  /// - Parameter footprint: what a map uses, or nil if that is not known. O(1).
  init<Map: ReverseMapProtocol & ~Copyable>(
    name: String, library: String? = nil, make: @escaping () -> Map,
    footprint: @escaping (borrowing Map) -> MapFootprint?
  ) {
    self.name = name
    self.library = library
    round = { load, walks throws(WrongAnswer) in
      var map = make()
      return try MapBenchmark.round(&map, load, walks: walks, footprint: footprint)
    }
  }

  /// What every map is told: addresses as wide as common, no direct map.
  static let configuration = MapConfiguration(nearestWidthTo: 48, layout: .mailed)

  /// The reverse map of this package, with `slots` entries in a node.
  static func reverseMap<let slots: Int>(_: ReverseMap<slots>.Type, name: String) -> MapSubject {
    MapSubject(name: name) {
      ReverseMap<slots>(configuration)
    } footprint: { map in
      MapFootprint(
        bytes: map.heldNodes * RangeTree<slots>.bytesPerNode, requests: map.memory.counts.requests)
    }
  }

  /// What every other subject is compared with.
  static var production: MapSubject { reverseMap(ProductionReverseMap.self, name: "swift") }

  // MARK: - MERGE HERE: maps in C

  /// The map in the shared library at `path`.
  ///
  /// To be filled in with `ForeignLibrary.load(path)` and `ForeignMap`. Its memory is to come from
  /// one `PooledMemory` for all rounds, `reset` before each map is made:
  ///
  ///     let library = try ForeignLibrary.load(path)
  ///     let memory = PooledMemory()  // (memory.context, memory.allocate, memory.release)
  ///     return MapSubject(name: library.name, library: path) {
  ///       memory.reset()
  ///       return ForeignMap(library, configuration, allocator: ...)
  ///     } footprint: { map in
  ///       memory.counts.requests > 0
  ///         ? MapFootprint(bytes: memory.counts.liveBytes, requests: memory.counts.requests)
  ///         : map.counters.map { MapFootprint(bytes: $0.bytes, requests: $0.requests) }
  ///     }
  ///
  /// - Throws: `unreadable` if it cannot be loaded.
  static func foreign(_ path: String) throws(FileProblem) -> MapSubject {
    throw .unreadable(path, "this build loads no maps from libraries")
  }

  // MARK: -

  /// The same subjects, with a number behind the names of those that an earlier one has.
  static func distinct(_ subjects: [MapSubject]) -> [MapSubject] {
    var seen: [String: Int] = [:]
    return subjects.map { subject in
      let count = seen[subject.name, default: 0] + 1
      seen[subject.name] = count
      return count == 1 ? subject : subject.renamed("\(subject.name)-\(count)")
    }
  }

  private func renamed(_ name: String) -> MapSubject {
    MapSubject(name: name, library: library, round: round)
  }

  private init(
    name: String, library: String?,
    round: @escaping (MapLoad, Bool) throws(WrongAnswer) -> MapRound
  ) {
    self.name = name
    self.library = library
    self.round = round
  }
}
