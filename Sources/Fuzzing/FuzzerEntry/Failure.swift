import CLibFuzzer
import CReverseMap
import Differential
import Presentation
import Scenario

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A failure of an input, as a fuzz target reports it.
struct Failure {
  /// The result of the run: unsound, divergence, crash or timeout.
  let result: String
  /// What distinguishes it from other failures.
  let signature: String
  /// The report for people.
  let report: String
}

extension FuzzTarget {
  /// Runs `scenario` again, which has just failed with `divergence`. If a library answers
  /// differently now, in the same process, its maps are not independent of each other: then a
  /// replay in a new process may pass, and this failure explains that. Otherwise returns nil.
  func failureOfState(_ divergence: Divergence, in scenario: Scenario) -> Failure? {
    let again = run(scenario)
    if again?.signature == divergence.signature, again?.step == divergence.step { return nil }
    let words = CommandLine.arguments.map(shellWord).joined(separator: " ")
    return Failure(
      result: "divergence",
      signature: FailureSignature(
        check: .interface, operation: nil, symptom: "keeps-state-between-maps"
      ).description,
      report: """
        revfuzz: DIVERGENCE in \(name): the library keeps state between maps
          The same scenario answers differently the second time in one process.
          first time   \(Self.line(divergence))
          second time  \(again.map(Self.line) ?? "passes")
          Each map must be independent of earlier ones (docs/YourOwnMap.md). Static data that
          outlives a map, memory that is not initialised, or decisions by address do this.
          A replay runs in a new process and may pass. To see it again, run this, with the seed
          that the log states if none is given:
            \(words)
          The first time:

        \(divergence.report(of: name))
        """)
  }

  /// For example `fails at step 3, unmap 0x0 size 0x1000: unmap-reports-too-few-ranges (answer)`.
  private static func line(_ divergence: Divergence) -> String {
    let place = divergence.operation.map { "at step \(divergence.step + 1), \($0)" } ?? "at the end"
    return "fails \(place): \(divergence.signature)"
  }

  /// Runs `scenario` in a child process. Returns how that ended, if it did not survive.
  ///
  /// - Parameter milliseconds: the time limit of the child process.
  func failureInChild(_ scenario: Scenario, milliseconds: Int) -> Failure? {
    /// Owns the closure while C holds a pointer to it.
    final class Trial {
      let run: () -> Void
      init(run: @escaping () -> Void) { self.run = run }
    }
    let trial = Trial { _ = run(scenario) }
    var number: CInt = 0
    var text = [CChar](repeating: 0, count: 512)
    let death = withExtendedLifetime(trial) {
      revfuzz_try(
        { Unmanaged<Trial>.fromOpaque($0!).takeUnretainedValue().run() },
        Unmanaged.passUnretained(trial).toOpaque(), CUnsignedInt(milliseconds),
        { text, capacity, _ in
          guard let text else { return }
          let length = reverse_map_describe_call(text, capacity)
          guard length > 0, length + 1 < capacity else { return }
          text[length] = 10
          var frame = reverse_map_find_frame()
          reverse_map_describe_frame(&frame, text + length + 1, capacity - length - 1)
        }, &number, &text, text.count)
    }
    let words = String(
      decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self
    )
    .split(separator: "\n").map(String.init)
    let call = words.first.map { " in \($0)" } ?? ""
    let place = words.dropFirst().first.map { ", at \($0)" } ?? ""
    let what: String
    switch death {
    case revfuzz_signalled: what = "signal \(number)\(call)\(place)"
    case revfuzz_exited: what = "exit \(number)"
    case revfuzz_hung: what = "no end within \(milliseconds) ms"
    default: return nil
    }
    let result = death == revfuzz_hung ? "timeout" : "crash"
    return Failure(
      result: result,
      // Of the call only the operation: its addresses differ from input to input.
      signature: "\(result): "
        + (death == revfuzz_hung ? "" : death == revfuzz_signalled ? "signal \(number)" : what)
        + (words.first.map { " in \(FailureSignature.withoutNumbers($0))" } ?? "") + place,
      report: "revfuzz: \(result.uppercased()) in \(name): \(what)\n" + scenario.listing())
  }
}
