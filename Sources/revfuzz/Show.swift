import ArgumentParser
import Scenario

/// `revfuzz show`: a scenario as text.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a scenario file as text.")

  @Argument(help: "A scenario file, text or bytes.")
  var file: String

  func run() throws {
    try reportingProblems {
      let scenario = try ScenarioFile.load(file)
      try ScenarioFile.write(scenario.text)
    }
  }
}
