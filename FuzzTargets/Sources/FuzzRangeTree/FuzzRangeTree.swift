import Differential
import FuzzerEntry

// Subject: a RangeTree, with tiny or production nodes. Oracle: SortedRanges.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  var harness = RangeTreeHarness(watcher: watcher)
  return FuzzTarget(
    name: "FuzzRangeTree", family: .tree, isKnownToCommand: true,
    statistics: { RunStatistics(precision: harness.precision, memory: harness.memory) }
  ) { harness.run($0) }
}

@_cdecl("FuzzRangeTree_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
