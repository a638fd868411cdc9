import ArgumentParser
import Differential
import Files
import ForeignMap
import Foundation
import Harnesses
import Processes
import Scenario

/// `revfuzz worker`: runs scenarios for another revfuzz process. Internal.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Run scenarios for another revfuzz process.",
    shouldDisplay: false)

  @OptionGroup var subject: SubjectOptions

  /// The file to record the calls of the library in.
  @Option(help: .hidden)
  var record: String?

  func run() throws {
    try reportingProblems {
      let hasLeaked = try Worker.serve {
        let library = try subject.load()
        if let record, let library {
          let descriptor = try FileSystem.open(record, O_WRONLY | O_TRUNC | O_APPEND)
          var harness = ForeignHarness(library.recording(to: descriptor))
          return {
            harness.perform(Scenario(decoding: $0.scenario))
            return WorkerAnswer()
          }
        }
        var harness = ScenarioHarness(subject: library, canary: subject.canary)
        return { request in
          guard request.question == .answers, let library else {
            return Self.answer(to: request, &harness)
          }
          var answers = ScenarioHarness(subject: library.withoutEntries)
          return Self.answer(to: request, &answers)
        }
      }
      if hasLeaked { throw ExitCode(1) }
    }
  }

  private static func answer(to request: WorkerRequest, _ harness: inout ScenarioHarness)
    -> WorkerAnswer
  {
    let scenario = Scenario(decoding: request.scenario)
    if request.question == .refusals {
      return WorkerAnswer(refusedSteps: scenario.refusedSteps().sorted())
    }
    let divergence =
      request.question == .unsoundness ? harness.runAndFollowUp(scenario) : harness.run(scenario)
    guard let divergence else {
      return WorkerAnswer()
    }
    return WorkerAnswer(
      signature: divergence.signature, step: divergence.step,
      scenario: Data(divergence.scenario.encoded()))
  }
}
