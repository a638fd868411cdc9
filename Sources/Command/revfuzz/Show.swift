import ArgumentParser
import Differential
import Files
import Presentation
import Scenario

/// `revfuzz show`: a scenario as text, or as a Swift test.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a scenario file as text, or as a Swift test.",
    discussion: """
      With --swift, prints a test for Swift Testing that does the same to the public API and expects \
      what the oracle answers. It goes into any test target that depends on ReverseMapping, \
      RangeTree and ReverseMap. Where memory is refused, this build's own subject is run to see in \
      which steps it found none; otherwise nothing is run but the oracle.
      """)

  @Argument(help: "A scenario file, text or bytes.")
  var file: String

  @Flag(help: "Print a Swift test.")
  var swift = false

  @Option(help: "The name of the test, as unmap-misses-mapping. Default: that of the file.")
  var name: String?

  func validate() throws {
    if name != nil, !swift { throw ValidationError("--name is of a test: give --swift too") }
  }

  func run() throws {
    try reportingProblems {
      let scenario = try ScenarioFile.load(file)
      try ScenarioFile.write(
        swift ? scenario.swiftTest(named: name ?? Self.name(of: file)) : scenario.text)
    }
  }

  /// The last part of `path`, without what follows its first dot.
  private static func name(of path: String) -> String {
    let last = path.split(separator: "/").last ?? ""
    return last.split(separator: ".").first.map(String.init) ?? ""
  }
}
