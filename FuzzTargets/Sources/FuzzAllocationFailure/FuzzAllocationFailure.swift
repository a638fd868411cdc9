import Differential
import FuzzerEntry

// Subject: a VirtualMachine of 1 to 4 ReverseMaps on one NodePool, which refuses requests by a
// fault plan, in contexts that may sleep and in atomic ones, with reserves and retired trees.
// Oracle: ReferenceVM. Ground truth: ShadowChecker. Rules of memory: MemoryAudit.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  var harness = ShadowHarness(watcher: watcher)
  return FuzzTarget(
    name: "FuzzAllocationFailure", family: .memory, isKnownToCommand: true,
    hasGroundTruth: true,
    statistics: { RunStatistics(precision: harness.precision, memory: harness.memory) }
  ) { harness.run($0) }
}

@_cdecl("FuzzAllocationFailure_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
