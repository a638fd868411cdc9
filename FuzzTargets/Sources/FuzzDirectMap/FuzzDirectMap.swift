import Differential
import FuzzerEntry

// Subject: a ReverseMap with its direct map, tiny or production nodes. Oracle: CellDictionary.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  var harness = ReverseMapHarness(watcher: watcher)
  return FuzzTarget(
    name: "FuzzDirectMap", family: .direct, isKnownToCommand: true,
    statistics: { RunStatistics(precision: harness.precision, memory: harness.memory) }
  ) { harness.run($0) }
}

@_cdecl("FuzzDirectMap_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
