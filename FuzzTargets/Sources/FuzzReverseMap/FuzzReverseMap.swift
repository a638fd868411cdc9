import Differential
import FuzzerEntry

// Subject: ReverseMap, with tiny or production nodes. Reference: PageDictionary.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget() -> FuzzTarget {
  var lane = ReverseMapLane()
  return FuzzTarget(name: "FuzzReverseMap", family: .map, isKnownToCommand: true) { lane.run($0) }
}

@_cdecl("FuzzReverseMap_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
