import Differential
import FuzzerEntry

// Subject: WordLayout. Reference: ReferenceWords. Its input is no scenario: nine bytes, a layout and a
// number (`WordLayoutCheck`).

@_silgen_name("revfuzz_fuzz_target")
public func fuzzTarget(watcher: TransitionWatcher?) -> FuzzTarget {
  FuzzTarget(name: "FuzzWords", largest: WordLayoutCheck.bytes) {
    WordLayoutCheck.failure(in: $0)
  }
}

@_cdecl("FuzzWords_main")
public func mainWithoutLibFuzzer() -> CInt { explainMissingLibFuzzer() }
