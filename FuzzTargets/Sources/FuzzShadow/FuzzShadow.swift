import Differential
import FuzzerEntry

// Subject: a VirtualMachine of 1 to 4 ReverseMaps. Oracle: ReferenceVM, with a CellDictionary for
// each MMU. Ground truth: ShadowChecker, with a ShadowStage2 for each MMU.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  var harness = ShadowHarness(watcher: watcher)
  return FuzzTarget(
    name: "FuzzShadow", family: .vm, isKnownToCommand: true,
    hasGroundTruth: true,
    statistics: { RunStatistics(precision: harness.precision, memory: harness.memory) }
  ) { harness.run($0) }
}

@_cdecl("FuzzShadow_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
