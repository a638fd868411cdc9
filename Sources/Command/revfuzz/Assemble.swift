import ArgumentParser
import Files
import Scenario

/// `revfuzz assemble`: converts a text scenario to the bytes that fuzz targets read.
struct Assemble: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert a text scenario to bytes.",
    discussion: """
      The bytes are the form that fuzz targets read and save. 'revfuzz show' converts them back to \
      text.

      Example:
        revfuzz assemble my.scenario --output Corpus/FuzzShadow/mine
      """)

  @Argument(help: "Scenario file in text form.", completion: .file())
  var file: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("File to write. (default: standard output)", valueName: "file"),
    completion: .file())
  var output: String?

  func run() throws {
    try reportingProblems {
      try ScenarioFile.write(ScenarioFile.loadText(file).encoded(), to: output)
    }
  }
}
