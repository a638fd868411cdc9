import ArgumentParser
import Files
import ReverseMapping
import Scenario

/// `revfuzz generate`: prints a random scenario as text.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a random scenario as text.",
    discussion: """
      The same seed prints the same scenario.

      Families: map is one reverse map; direct is one with its direct map; vm is a virtual machine \
      of 1 to 4 MMUs with a map each; memory is a vm with contexts and reserves; tree is a range \
      tree alone.

      Example:
        revfuzz generate --seed 1 --family vm --operations 16
      """)

  @Option(help: "Seed of the random generator, a whole number from 0 to 2^64 - 1.")
  var seed: UInt64

  @Option(
    help: "What the scenario drives: \(names(of: World.Family.self)). (default: map)",
    completion: .choices(of: World.Family.self), transform: choice(named:))
  var family: World.Family = .map

  @Option(
    help: ArgumentHelp("Operations, 0 to \(Limits.operations).", valueName: "count"))
  var operations = 32

  func validate() throws {
    guard (0...Limits.operations).contains(operations) else {
      throw ValidationError(
        "--operations is \(operations); it must be 0 to \(Limits.operations).")
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
