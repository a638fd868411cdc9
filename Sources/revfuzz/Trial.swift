import ArgumentParser
import CTrial
import Differential
import Foundation
import Scenario

// One run of a scenario on behalf of another process, which must outlive whatever the scenario does
// to this one. Requests and answers are lines of JSON.

/// A scenario to run.
struct TrialRequest: Codable {
  /// What to find out.
  enum Question: String, Codable {
    /// How it fails by itself.
    case failure
    /// How it fails, with a difference followed up in search of the harm that it can do.
    case harm
    /// In which steps the subject is refused memory.
    case refusals
  }

  /// The scenario's bytes.
  var scenario: Data
  /// What to find out.
  var question: Question
  /// The longest that the run may take, in milliseconds.
  var limit: Int
}

/// What came of a run that did not end its process.
struct TrialAnswer: Codable {
  /// How it failed; nil if it passed.
  var kind: FailureKind?
  /// The index of the operation that it failed at.
  var step = 0
  /// The bytes of the scenario that failed, which is longer than the one asked for if following up
  /// has found harm.
  var scenario = Data()
  /// The indices of the operations that found no memory, if that was the question.
  var refusedSteps: [Int] = []
}

/// `revfuzz trial`: the other process. Not for people.
struct Trial: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the scenarios that another revfuzz sends.", shouldDisplay: false)

  /// Far more than any scenario takes; what asks for more has lost its way.
  private static let mostMemory: UInt = 2 << 30

  func run() throws {
    revfuzz_report_traps(STDOUT_FILENO)
    revfuzz_limit_memory(Self.mostMemory)
    var lanes = Lanes()
    let decoder = JSONDecoder()
    let encoder = JSONEncoder()
    while let line = readLine() {
      let request = try decoder.decode(TrialRequest.self, from: Data(line.utf8))
      let scenario = Scenario(decoding: request.scenario)
      revfuzz_limit_time(UInt32(clamping: request.limit))
      if request.question == .refusals {
        let answer = TrialAnswer(refusedSteps: scenario.refusedSteps().sorted())
        try ScenarioFile.write([UInt8](encoder.encode(answer)) + [10], to: nil)
        continue
      }
      let divergence = lanes.run(scenario, followingUp: request.question == .harm)
      revfuzz_limit_time(0)
      var answer = TrialAnswer()
      if let divergence {
        answer = TrialAnswer(
          kind: divergence.kind, step: divergence.step,
          scenario: Data(divergence.scenario.encoded()))
      } else if revfuzz_has_leaked() != 0 {
        // What is lost stays lost, so the next run would be blamed for it too.
        try ScenarioFile.write(Self.leakLine + "\n")
        throw ExitCode(1)
      }
      try ScenarioFile.write([UInt8](encoder.encode(answer)) + [10], to: nil)
    }
  }

  /// The line in place of an answer under LeakSanitizer, which has said more on standard error.
  static let leakLine = "leak"

  /// Whether `line` is one in place of an answer, before the end: of a leak, or of a trap
  /// (`revfuzz_report_traps`).
  static func isLastLine(_ line: String) -> Bool { line == leakLine || line.hasPrefix("trap ") }
}
