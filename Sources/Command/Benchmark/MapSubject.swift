import CReverseMap
import ForeignMap
import RangeTree
import ReverseMap
import ReverseMapping

/// A map implementation to time.
package struct MapSubject {
  /// Its name in tables.
  package let name: String
  /// The path of its library; nil for a map of this package.
  package let library: String?
  /// Runs one round of a workload on a new map and compares its answers with `answers`; `walks` as
  /// in `MapBenchmark.round`.
  ///
  /// The closure hides the type of the map at the cost of one indirect call per round. Its body is
  /// specialised for that type.
  let round: (_ load: MapLoad, _ answers: Answers, _ walks: Bool) throws(WrongAnswer) -> MapRound
  /// Runs one round that is not timed and judges each answer; nil if the map is exact, so that the
  /// right answers are known.
  let judge: ((_ load: MapLoad) throws(WrongAnswer) -> (Answers, MapExcess))?

  /// Replays a trace on new maps and returns their answers, for the caller to compare.
  let replay: (_ load: TraceLoad) throws(WrongAnswer) -> (answers: Answers, round: MapRound)
  /// Whether its maps can have a direct map.
  package let hasDirectMaps: Bool

  /// The answers to each measurement.
  typealias Answers = [MapMeasure: MapTally]

  /// A subject whose maps `make` creates, empty and each with its own memory.
  ///
  /// - Parameters:
  ///   - isSound: whether the maps are only sound, and not exact.
  ///   - footprint: the memory that a map uses, or nil if unknown.
  init<Map: ReverseMapProtocol & ~Copyable>(
    name: String, library: String? = nil, isSound: Bool = false, hasDirectMaps: Bool = true,
    make: @escaping (MapConfiguration) -> Map,
    footprint: @escaping (borrowing Map) -> MapFootprint?
  ) {
    self.name = name
    self.library = library
    round = { load, answers, walks throws(WrongAnswer) in
      var map = make(Self.configuration)
      return try MapBenchmark.round(&map, load, walks: walks, footprint: footprint) {
        measure, tally throws(WrongAnswer) in
        try tally.check(against: answers[measure] ?? MapTally(), in: measure)
      }
    }
    judge =
      isSound
      ? { load throws(WrongAnswer) in try Self.judge(make(Self.configuration), load) } : nil
    replay = { load throws(WrongAnswer) in try TraceBenchmark.round(load, make: make) }
    self.hasDirectMaps = hasDirectMaps
  }

  /// Runs one round on `map` and judges each answer by the mappings that are live.
  private static func judge<Map: ReverseMapProtocol & ~Copyable>(
    _ map: consuming Map, _ load: MapLoad
  ) throws(WrongAnswer) -> (Answers, MapExcess) {
    let truth = MapTruth(load.records)
    var judged = JudgedMap(map: map, truth: truth)
    var answers: Answers = [:]
    let afterRecords = { (map: borrowing JudgedMap<Map>) -> MapFootprint? in
      // The next measurement makes the records again, which would hide one that was lost.
      var nested: [IPARange] = []
      for record in load.records {
        nested.removeAll(keepingCapacity: true)
        _ = try? map.query(record.canonical, appendingTo: &nested)
      }
      return nil
    }
    _ = try MapBenchmark.round(&judged, load, walks: false, footprint: afterRecords) {
      measure, tally throws(WrongAnswer) in
      var expected = tally
      expected.failed = 0
      try tally.check(against: expected, in: measure)
      if let miss = truth.miss { throw WrongAnswer("is unsound: it \(miss)", in: measure) }
      if truth.isEmptied {
        throw WrongAnswer(
          "cannot be timed: it answers everything to an unmap of one page, which empties the map,",
          in: measure, isUnfit: true)
      }
      answers[measure] = tally
    }
    if let fault = judged.map.checkInterface() {
      throw WrongAnswer("breaks a rule of reverse_map.h (\(fault))", in: .record)
    }
    return (answers, truth.excess)
  }

  /// The configuration of every map of a workload: the common address width, no direct map.
  static let configuration = MapConfiguration(nearestWidthTo: 48, layout: .mailed)

  /// The reverse map of this package, with `slots` entries in a node.
  static func reverseMap<let slots: Int>(_: ReverseMap<slots>.Type, name: String) -> MapSubject {
    MapSubject(name: name) {
      ReverseMap<slots>($0)
    } footprint: { map in
      MapFootprint(
        bytes: map.heldNodes * RangeTree<slots>.bytesPerNode, requests: map.memory.counts.requests)
    }
  }

  /// The node sizes, in slots, that a map of this package can be timed with.
  package enum Slots: String, CaseIterable {
    case sixteen = "16"
    case thirtyTwo = "32"
  }

  /// The reverse map of this package with nodes of this size. The switch is here, where the types
  /// are known, so that the timed loops are specialised for them.
  package static func reverseMap(_ slots: Slots) -> MapSubject {
    switch slots {
    case .sixteen: reverseMap(ReverseMap<16>.self, name: "swift-16")
    case .thirtyTwo: reverseMap(ReverseMap<32>.self, name: "swift")
    }
  }

  /// The production reverse map, which other subjects are compared with.
  package static var production: MapSubject { reverseMap(ProductionReverseMap.self, name: "swift") }

  /// The map in `library`. All rounds share one `PooledMemory`.
  package static func foreign(_ library: ForeignLibrary) -> MapSubject {
    let memory = PooledMemory()
    let allocator = reverse_map_allocator(
      context: memory.context, allocate: PooledMemory.allocate, release: PooledMemory.release)
    return MapSubject(
      name: library.name, library: library.path, isSound: library.agreement == .sound,
      hasDirectMaps: library.hasDirectMaps
    ) {
      memory.reset()
      return ForeignMap($0, in: library, allocator: allocator, isTrusted: true)
    } footprint: { map in
      if library.countsMemory {
        return MapFootprint(bytes: map.usage.bytes, requests: map.usage.requests)
      }
      // A map that allocates in another way makes no requests here, so its footprint is unknown.
      let counts = memory.counts
      return counts.requests == 0
        ? nil : MapFootprint(bytes: counts.liveBytes, requests: counts.requests)
    }
  }

  /// The same subjects with unique names: NAME, NAME-2, NAME-3, ...
  package static func distinct(_ subjects: [MapSubject]) -> [MapSubject] {
    var seen: [String: Int] = [:]
    return subjects.map { subject in
      let count = seen[subject.name, default: 0] + 1
      seen[subject.name] = count
      return count == 1 ? subject : subject.renamed("\(subject.name)-\(count)")
    }
  }

  private func renamed(_ name: String) -> MapSubject {
    MapSubject(
      name: name, library: library, round: round, judge: judge, replay: replay,
      hasDirectMaps: hasDirectMaps)
  }

  private init(
    name: String, library: String?,
    round: @escaping (MapLoad, Answers, Bool) throws(WrongAnswer) -> MapRound,
    judge: ((MapLoad) throws(WrongAnswer) -> (Answers, MapExcess))?,
    replay: @escaping (TraceLoad) throws(WrongAnswer) -> (answers: Answers, round: MapRound),
    hasDirectMaps: Bool
  ) {
    self.name = name
    self.library = library
    self.round = round
    self.judge = judge
    self.replay = replay
    self.hasDirectMaps = hasDirectMaps
  }
}
