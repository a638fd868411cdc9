import Differential
import FuzzerEntry

// Subject: VirtualMachine of 1 to 4 ReverseMaps on one NodePool, which refuses as planned, in contexts
// that may sleep and that may not, with reserves and retired trees. Reference: ReferenceMachine.
// Ground truth: ShadowJudge. Rules of memory: MemoryAudit.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget() -> FuzzTarget {
  var lane = ShadowLane()
  return FuzzTarget(
    name: "FuzzAllocationFailure", family: .memory, isKnownToCommand: true,
    summary: { lane.precision.description }
  ) { lane.run($0) }
}

@_cdecl("FuzzAllocationFailure_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
