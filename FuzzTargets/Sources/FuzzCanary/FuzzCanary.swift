import Differential
import ForeignEntry
import FuzzerEntry

// Fails on purpose, so that `revfuzz doctor` can check that failures are detected. No campaign
// fuzzes it. Subject: a virtual machine of CanaryMaps, which fail as REVFUZZ_CANARY selects. Oracle
// and ground truth: as FuzzShadow.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget { .canary(name: "FuzzCanary") }

@_cdecl("FuzzCanary_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
