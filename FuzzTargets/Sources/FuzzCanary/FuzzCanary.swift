import Differential
import FuzzerEntry

// Fails on purpose. Subject: a virtual machine of CanaryMaps, which do what REVFUZZ_CANARY says.
// Reference and ground truth: as FuzzShadow. No campaign fuzzes it; `revfuzz doctor` asks it whether
// failures are seen here.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget { .canary(name: "FuzzCanary") }

@_cdecl("FuzzCanary_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
