import CReverseMap
import Differential
import ForeignMap
import Foundation

// Environment variables, because the arguments of a target are libFuzzer's:
//
//   REVFUZZ_SUBJECT    the library
//   REVFUZZ_AGREEMENT  exact or sound, if not as the library says
//   REVFUZZ_BLOCKS     laminar or any, likewise: which records it gets

extension FuzzTarget {
  /// The target whose subject is the library that the environment names, beside page dictionaries and
  /// the ground truth. Without one it says so, and ends the process with 2 at the first scenario; with
  /// one that cannot be used, at once.
  public static func foreign(name: String, watcher: TransitionWatcher?) -> FuzzTarget {
    guard let path = environmentValue(of: "REVFUZZ_SUBJECT") else {
      let problem = "\(name) has no subject: set REVFUZZ_SUBJECT to the path of a library"
      printError("revfuzz: \(problem)\n")
      return FuzzTarget(name: name, family: .vm) { scenario in
        // Not `exit`: libFuzzer takes that for a failure of the input.
        if !scenario.operations.isEmpty { _exit(2) }
        return nil
      }
    }
    let options = ForeignOptions(
      agreement: environmentValue(of: "REVFUZZ_AGREEMENT"),
      blocks: environmentValue(of: "REVFUZZ_BLOCKS"))
    let library: ForeignLibrary
    do throws(ForeignLibraryError) {
      library = try options.load(path)
    } catch {
      printError("revfuzz: \(error)\n")
      exit(2)
    }
    let counters =
      library.isInstrumented
      ? "instrumented"
      : "NOT instrumented, so that its code does "
        + "not guide the fuzzer: build it with clang -fsanitize=fuzzer-no-link"
    printOut("revfuzz: \(name) runs \(library.summary), \(counters)\n")
    var harness = ForeignHarness(library, watcher: watcher)
    return FuzzTarget(
      name: name, family: .vm, isKnownToCommand: true, commandOptions: options.arguments(path),
      fit: { harness.fit(&$0) }, start: reverse_map_report_deaths,
      summary: { harness.precision?.description }
    ) { harness.runAndFollowUp($0) }
  }
}
