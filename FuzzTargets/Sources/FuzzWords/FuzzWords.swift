import Differential
import FuzzerEntry

// Subject: WordLayout. Reference: ReferenceWords.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget() -> FuzzTarget {
  var lane = WordLane()
  return FuzzTarget(name: "FuzzWords", family: .words, isKnownToCommand: true) { lane.run($0) }
}

@_cdecl("FuzzWords_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
