import Differential
import FuzzerEntry

// Subject: ReverseMap with its direct map, tiny or production nodes. Reference: PageDictionary.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget() -> FuzzTarget {
  var lane = ReverseMapLane()
  return FuzzTarget(name: "FuzzDirectMap", family: .direct, isKnownToCommand: true) {
    lane.run($0)
  }
}

@_cdecl("FuzzDirectMap_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
