import CLibFuzzer
import CReverseMap
import Differential
import FileNames
import ForeignMap
import FuzzerEntry
import Harnesses

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// Environment variables of this target, because libFuzzer parses its arguments:
//
//   REVFUZZ_SUBJECT    the path of the library; default: the file beside the executable that has
//                      its name and `.so`, as on a build service, which sets no variables
//   REVFUZZ_AGREEMENT  exact or sound; default: as the library declares
//   REVFUZZ_BLOCKS     laminar or any: the records that it gets; default: as the library declares
//   REVFUZZ_MOST_NEEDLESS
//                      the most needless kills, in percent of all; more of them fail the run

extension FuzzTarget {
  /// The target whose subject is the library named by REVFUZZ_SUBJECT, or the one beside the
  /// executable. The oracle is dictionaries of cells, and the ground truth is checked too.
  ///
  /// If there is none, prints an error, and ends the process with exit code 2 at the first scenario
  /// that has operations. If the library cannot be used, ends it at once.
  public static func foreign(name: String, watcher: TransitionWatcher?) -> FuzzTarget {
    guard let path = environmentValue(of: "REVFUZZ_SUBJECT") ?? libraryBesideExecutable() else {
      let problem =
        "\(name) has no subject: set REVFUZZ_SUBJECT to the path of a library, or put the library "
        + "beside this executable, with its name and '.so'"
      printError("revfuzz: \(problem)\n")
      return FuzzTarget(name: name, family: .vm) { scenario in
        // Not `exit`, which libFuzzer reports as a failure of the input.
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
    var bound: NeedlessBound?
    if let text = environmentValue(of: "REVFUZZ_MOST_NEEDLESS") {
      bound = NeedlessBound(text)
      if bound == nil {
        printError(
          "revfuzz: REVFUZZ_MOST_NEEDLESS is '\(text)'; it must be a number from 0 to 100\n")
        exit(2)
      }
    }
    let counters =
      library.isInstrumented
      ? "instrumented"
      : "NOT instrumented, so its coverage does not guide the fuzzer; "
        + "build it with clang -fsanitize=fuzzer-no-link"
    printOut("revfuzz: \(name) runs \(library.summary), \(counters)\n")
    var harness = ForeignHarness(library, watcher: watcher)
    return FuzzTarget(
      name: name, family: .vm, isKnownToCommand: true, commandOptions: options.arguments(path),
      fit: { ForeignHarness.fit(&$0, to: library) },
      start: { reverse_map_report_deaths(revfuzz_errors()) },
      hasGroundTruth: true, isOfLibrary: true, mostNeedless: bound,
      statistics: { RunStatistics(precision: harness.precision, memory: harness.memory) },
      run: { harness.run($0) })
  }
}

/// The path of the executable with `.so` appended, if there is such a file.
private func libraryBesideExecutable() -> String? {
  var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
  let length = readlink("/proc/self/exe", &bytes, bytes.count)
  // A path that fills the buffer may have been cut.
  guard length > 0, length < bytes.count else { return nil }
  let path = FileName.text(of: bytes[..<length].map { UInt8(bitPattern: $0) }) + ".so"
  return FileName.withCString(path) { access($0, F_OK) } == 0 ? path : nil
}
