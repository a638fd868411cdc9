import ArgumentParser
import CTrial
import Differential
import Presentation
import ForeignMap
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

  /// The first line: requests may come.
  static let readyLine = "ready"
  /// The line in place of an answer under LeakSanitizer, which has said more on standard error.
  static let leakLine = "leak"

  /// Far more than any scenario takes; what asks for more has lost its way.
  private static let mostMemory: UInt = 2 << 30

  @OptionGroup var subject: SubjectOptions

  func run() throws {
    // A subject may print: that must not get between the answers.
    let answers = FileHandle(fileDescriptor: dup(STDOUT_FILENO))
    let nowhere = open("/dev/null", O_WRONLY)
    dup2(nowhere, STDOUT_FILENO)
    revfuzz_report_traps(answers.fileDescriptor)
    revfuzz_limit_memory(Self.mostMemory)
    func say(_ line: Data) throws { try answers.write(contentsOf: line + [10]) }
    let library: ForeignLibrary?
    do throws(FileProblem) {
      library = try subject.load()
    } catch {
      error.print()
      throw error.exitCode
    }
    try say(Data(Self.readyLine.utf8))
    var lanes = Lanes(subject: library, canary: subject.canary)
    while let line = readLine() {
      let request = try JSONDecoder().decode(TrialRequest.self, from: Data(line.utf8))
      revfuzz_limit_time(UInt32(clamping: request.limit))
      let answer = Self.answer(to: request, &lanes)
      revfuzz_limit_time(0)
      if answer.kind == nil, revfuzz_has_leaked() != 0 {
        // What is lost stays lost, so the next run would be blamed for it too.
        try say(Data(Self.leakLine.utf8))
        throw ExitCode(1)
      }
      try say(JSONEncoder().encode(answer))
    }
  }

  private static func answer(to request: TrialRequest, _ lanes: inout Lanes) -> TrialAnswer {
    let scenario = Scenario(decoding: request.scenario)
    if request.question == .refusals {
      return TrialAnswer(refusedSteps: scenario.refusedSteps().sorted())
    }
    guard let divergence = lanes.run(scenario, followingUp: request.question == .harm) else {
      return TrialAnswer()
    }
    return TrialAnswer(
      kind: divergence.kind, step: divergence.step,
      scenario: Data(divergence.scenario.encoded()))
  }
}
