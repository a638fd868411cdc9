import ArgumentParser
import Differential
import Files
import Harnesses
import Presentation
import Scenario

/// `revfuzz show`: prints a scenario as text, or as a Swift test.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a scenario as text, or as a Swift test.",
    discussion: """
      With --swift, prints a Swift Testing test that makes the same calls of the public API and \
      expects the oracle's answers. It goes into any test target that depends on ReverseMapping, \
      RangeTree and ReverseMap.

      Only the oracle runs, with one exception: if the scenario refuses memory, the project's own \
      map runs too, to find the steps that could not get memory.

      Examples:
        revfuzz show crash-1a2b
        revfuzz show --swift crash-1a2b --name unmap-misses-mapping
      """)

  @Argument(help: "Scenario file, text or bytes.", completion: .file())
  var file: String

  @Flag(help: "Print a Swift test.")
  var swift = false

  @Option(
    help: "With --swift: name of the test, as in unmap-misses-mapping. (default: the file's name)"
  )
  var name: String?

  func validate() throws {
    if name != nil, !swift {
      throw ValidationError("--name is the name of a Swift test; it needs --swift.")
    }
  }

  func run() throws {
    try reportingProblems {
      let scenario = try ScenarioFile.load(file)
      guard swift else { return try ScenarioFile.write(scenario.text) }
      try ScenarioFile.write(
        scenario.swiftTest(
          named: name ?? Self.name(of: file), refusedSteps: scenario.refusedSteps()))
    }
  }

  /// The last component of `path`, up to its first dot.
  private static func name(of path: String) -> String {
    let last = path.split(separator: "/").last ?? ""
    return last.split(separator: ".").first.map(String.init) ?? ""
  }
}
