import Differential
import FuzzerEntry

// Subject: RangeTree, with tiny or production nodes. Reference: SortedRanges.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget() -> FuzzTarget {
  var lane = RangeTreeLane()
  return FuzzTarget(name: "FuzzRangeTree", family: .tree, isKnownToCommand: true) { lane.run($0) }
}

@_cdecl("FuzzRangeTree_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
