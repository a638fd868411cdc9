import ArgumentParser
import Files
import Scenario

/// `revfuzz corpus convert`: brings scenarios that an older version wrote to the current form.
struct CorpusConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Bring files of an older version to the current form.",
    usage: "revfuzz corpus convert <path> ...",
    discussion: """
      Replaces every scenario of an older version in these files, and in all files of these \
      folders, by the same scenario in the current form: bytes in bytes, text in text. Nothing is \
      lost. Other files stay as they are. Until it is converted, a fuzz target reads an old corpus \
      as other scenarios, because any bytes are one. For the same reason, name no folder of plain \
      bytes.

      Examples:
        revfuzz corpus convert Corpus/FuzzShadow
        revfuzz corpus convert crash-0123456789abcdef
      """)

  @Argument(
    help: ArgumentHelp("File, or folder with files at any depth.", valueName: "path"),
    completion: .file())
  var paths: [String]

  func run() throws {
    try reportingProblems {
      var converted = 0
      let files = try ScenarioFile.files(at: paths)
      for file in files where try ScenarioFile.convert(file) { converted += 1 }
      try ScenarioFile.write("\(converted) of \(files.count) files converted\n")
    }
  }
}
