import Differential
import ForeignMap
import Harnesses
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

/// The maps that a trace is replayed on.
package enum TraceSubject {
  /// The reverse map of this package.
  case production
  /// The map in a library.
  case library(ForeignLibrary)
  /// A map that fails on purpose, with which tests show that failures are found.
  case canary(CanaryFault)

  /// Whether the maps can have a direct map.
  package var hasDirectMaps: Bool {
    if case .library(let library) = self { return library.hasDirectMaps }
    return true
  }

  /// Runs `scenario` on such maps, and follows a difference up.
  func run(_ scenario: Scenario) -> Divergence? {
    var harness: ScenarioHarness
    switch self {
    case .production: harness = ScenarioHarness()
    case .library(let library): harness = ScenarioHarness(subject: library)
    case .canary(let fault): harness = ScenarioHarness(canary: fault)
    }
    return harness.runAndFollowUp(scenario)
  }
}

/// Makes the maps of a replay.
struct MapMaker<Map: ReverseMapProtocol & ~Copyable> {
  /// Makes the memory that all maps of a virtual machine share.
  let memory: () -> Map.Memory
  let map: (MapConfiguration, Map.Memory) -> Map
  /// Whether the maps must agree with the oracle, or only be sound.
  var isCompared = true
  /// Whether the maps list their entries.
  var listsEntries = true
}

extension MapMaker<ProductionReverseMap> {
  static var production: MapMaker {
    MapMaker(memory: { NodePool() }, map: { ProductionReverseMap($0, memory: $1) })
  }
}

extension MapMaker<CanaryMap> {
  static func canary(_ fault: CanaryFault) -> MapMaker {
    MapMaker(memory: { NodePool() }, map: { CanaryMap($0, memory: $1, fault: fault) })
  }
}

extension MapMaker<ForeignMap> {
  static func library(_ library: ForeignLibrary) -> MapMaker {
    MapMaker(
      memory: { ForeignMemory() }, map: { ForeignMap($0, in: library, memory: $1) },
      isCompared: library.agreement == .exact, listsEntries: library.listsEntries)
  }
}
