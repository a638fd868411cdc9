import Differential
import FuzzerEntry
import Harnesses

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension FuzzTarget {
  /// The target that fails on purpose. The environment variable REVFUZZ_CANARY selects how:
  /// `forget` (the default), `trap`, `hang` or `use-after-free`. Any other value ends the process
  /// with exit code 2.
  public static func canary(name: String) -> FuzzTarget {
    let word = environmentValue(of: "REVFUZZ_CANARY") ?? CanaryFault.forget.rawValue
    guard let fault = CanaryFault(rawValue: word) else {
      let words = CanaryFault.allCases.map(\.rawValue).joined(separator: ", ")
      printError("revfuzz: REVFUZZ_CANARY is '\(word)'; the choices are \(words)\n")
      exit(2)
    }
    var harness = CanaryHarness(canary: fault)
    return FuzzTarget(
      name: name, family: .vm, isKnownToCommand: true,
      commandOptions: ["--canary", fault.rawValue], hasGroundTruth: true,
      statistics: { RunStatistics(precision: harness.precision, memory: harness.memory) },
      run: { harness.run($0) })
  }
}
