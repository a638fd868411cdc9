import ArgumentParser
import Files
import ReverseMapping
import Scenario

/// `revfuzz generate`: a random scenario as text.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a random scenario as text. The same seed prints the same scenario.")

  @Option(help: "The seed.")
  var seed: UInt64

  @Option(
    help: "What the scenario drives: \(names(of: World.Family.self)) (default: map).",
    transform: choice(named:))
  var family: World.Family = .map

  @Option(help: "How many operations, 0 to \(Limits.operations).")
  var operations = 32

  func validate() throws {
    guard (0...Limits.operations).contains(operations) else {
      throw ValidationError(
        "--operations is \(operations), and a scenario has 0 to \(Limits.operations).")
    }
  }

  func run() throws {
    try reportingProblems {
      var random = SplitMix64(seed: seed)
      let scenario = Scenario.random(family: family, operations: operations, using: &random)
      try ScenarioFile.write(scenario.text)
    }
  }
}
