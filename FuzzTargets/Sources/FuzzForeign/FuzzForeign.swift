import Differential
import ForeignEntry
import FuzzerEntry

// Subject: a virtual machine of the reverse maps in the library that REVFUZZ_SUBJECT names.
// Oracle: ReferenceVM, if the library has to be exact. Ground truth: ShadowChecker, always.

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  .foreign(name: "FuzzForeign", watcher: watcher)
}

@_cdecl("FuzzForeign_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
