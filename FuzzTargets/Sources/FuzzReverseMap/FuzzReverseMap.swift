import Differential
import FuzzerEntry

// Subject: a ReverseMap, with tiny or production nodes. Oracle: CellDictionary.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  var harness = ReverseMapHarness(watcher: watcher)
  return FuzzTarget(
    name: "FuzzReverseMap", family: .map, isKnownToCommand: true,
    statistics: { RunStatistics(precision: harness.precision, memory: harness.memory) }
  ) { harness.run($0) }
}

@_cdecl("FuzzReverseMap_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
