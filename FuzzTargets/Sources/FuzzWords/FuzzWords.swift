import Differential
import FuzzerEntry

// Subject: WordLayout. Oracle: ReferenceWords. Its input is not a scenario but nine bytes: a layout
// and a number (`WordLayoutCheck`).

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  FuzzTarget(name: "FuzzWords", largest: WordLayoutCheck.bytes) {
    WordLayoutCheck.failure(in: $0)
  }
}

@_cdecl("FuzzWords_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
