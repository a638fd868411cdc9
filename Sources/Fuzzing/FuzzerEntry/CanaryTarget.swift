import Differential
import Foundation

extension FuzzTarget {
  /// The target that has to fail, as the environment variable REVFUZZ_CANARY says: `forget` (the
  /// default), `trap`, `hang` or `use-after-free`. With another word it ends the process with 2.
  public static func canary(name: String) -> FuzzTarget {
    let word = environmentValue(of: "REVFUZZ_CANARY") ?? CanaryFault.forget.rawValue
    guard let fault = CanaryFault(rawValue: word) else {
      let words = CanaryFault.allCases.map(\.rawValue).joined(separator: ", ")
      printError("revfuzz: REVFUZZ_CANARY is '\(word)', and can be one of: \(words)\n")
      exit(2)
    }
    var harness = CanaryHarness(canary: fault)
    return FuzzTarget(
      name: name, family: .vm, isKnownToCommand: true,
      commandOptions: ["--canary", fault.rawValue]
    ) { harness.runAndFollowUp($0) }
  }
}
