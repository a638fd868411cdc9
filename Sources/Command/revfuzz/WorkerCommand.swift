import ArgumentParser
import Differential
import Files
import Foundation
import Processes
import Scenario

/// `revfuzz trial`: runs scenarios for another process. Not for people.
struct TrialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trial", abstract: "Run the scenarios that another revfuzz sends.",
    shouldDisplay: false)

  @OptionGroup var subject: SubjectOptions

  func run() throws {
    try reportingProblems {
      let hasLeaked = try Trial.serve {
        var lanes = Lanes(subject: try subject.load(), canary: subject.canary)
        return { Self.answer(to: $0, &lanes) }
      }
      if hasLeaked { throw ExitCode(1) }
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
