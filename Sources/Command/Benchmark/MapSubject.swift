import CReverseMap
import ForeignMap
import RangeTree
import ReverseMap
import ReverseMapping

/// A kind of map that is timed beside others.
package struct MapSubject {
  /// What tables call it.
  package let name: String
  /// The library that it comes from, or nil for one of this package.
  package let library: String?
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

  /// Numbers of slots, beside that of production, that a map of this package can be timed with.
  package enum Slots: String, CaseIterable {
    case sixteen = "16"
    case thirtyTwo = "32"
  }

  /// The reverse map of this package with so many slots. Chosen here, where its type is known, so that
  /// what is timed is compiled for it.
  package static func reverseMap(_ slots: Slots) -> MapSubject {
    switch slots {
    case .sixteen: reverseMap(ReverseMap<16>.self, name: "swift-16")
    case .thirtyTwo: reverseMap(ReverseMap<32>.self, name: "swift")
    }
  }

  /// What every other subject is compared with.
  package static var production: MapSubject { reverseMap(ProductionReverseMap.self, name: "swift") }

  /// The map in `library`. Its memory comes from one `PooledMemory` for all rounds.
  package static func foreign(_ library: ForeignLibrary) -> MapSubject {
    let memory = PooledMemory()
    let allocator = reverse_map_allocator(
      context: memory.context, allocate: PooledMemory.allocate, release: PooledMemory.release)
    return MapSubject(name: library.name, library: library.path) {
      memory.reset()
      return ForeignMap(configuration, in: library, allocator: allocator, isTrusted: true)
    } footprint: { map in
      if library.countsMemory {
        return MapFootprint(bytes: map.usage.bytes, requests: map.usage.requests)
      }
      // A map with memory of its own asks for none of this.
      let counts = memory.counts
      return counts.requests == 0
        ? nil : MapFootprint(bytes: counts.liveBytes, requests: counts.requests)
    }
  }

  /// The same subjects, with a number behind the names of those that an earlier one has.
  package static func distinct(_ subjects: [MapSubject]) -> [MapSubject] {
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
