import Differential
import FuzzerEntry

// Subject: VirtualMachine of 1 to 4 ReverseMaps. Reference: ReferenceVM, of as many
// PageDictionaries. Ground truth: ShadowChecker, with a ShadowStage2 for each.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  var harness = ShadowHarness(watcher: watcher)
  return FuzzTarget(
    name: "FuzzShadow", family: .vm, isKnownToCommand: true,
    summary: { harness.precision?.description }
  ) { harness.runAndFollowUp($0) }
}

@_cdecl("FuzzShadow_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
