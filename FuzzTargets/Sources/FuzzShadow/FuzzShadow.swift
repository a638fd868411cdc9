import Differential
import FuzzerEntry

// Subject: VirtualMachine of 1 to 4 ReverseMaps. Reference: ReferenceMachine, of as many
// PageDictionaries. Ground truth: ShadowJudge, with a ShadowStage2 for each.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget() -> FuzzTarget {
  var lane = ShadowLane()
  return FuzzTarget(
    name: "FuzzShadow", family: .vm, isKnownToCommand: true,
    summary: { lane.precision.description }
  ) { lane.run($0) }
}

@_cdecl("FuzzShadow_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
