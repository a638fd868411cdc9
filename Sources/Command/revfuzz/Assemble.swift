import ArgumentParser
import Files
import Scenario

/// `revfuzz assemble`: a text as the bytes that fuzz targets read.
struct Assemble: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a text scenario as bytes.")

  @Argument(help: "A scenario file in text form.")
  var file: String

  @Option(name: .shortAndLong, help: "Where to write; standard output by default.")
  var output: String?

  func run() throws {
    try reportingProblems {
      try ScenarioFile.write(ScenarioFile.loadText(file).encoded(), to: output)
    }
  }
}
