import ArgumentParser
import Campaign
import Differential
import Files
import ForeignMap
import Harnesses
import Presentation
import Scenario

/// `revfuzz show`: prints a scenario as text, as a Swift test or as a C program.
struct Show: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a scenario as text, Swift test or C program.",
    usage: "revfuzz show <file> [<options>]",
    discussion: """
      With --swift, prints a Swift Testing test that makes the same calls of the public API and \
      expects the oracle's answers. It goes into any test target that depends on ReverseMapping, \
      RangeTree and ReverseMap.

      Only the oracle runs for it, with one exception: if the scenario refuses memory, the \
      project's own map runs too, to find the steps that could not get memory.

      With --c, prints a C program that makes the same calls to the library of --subject, and \
      fails as the library does. It needs no more than reverse_map.h and the sources of the map.

      Exit codes: 65 with --c, the scenario passes.

      Examples:
        revfuzz show crash-1a2b
        revfuzz show --swift crash-1a2b --name unmap-misses-mapping
        revfuzz show --c --subject my-map.so crash-1a2b > failure.c
      """)

  @Argument(help: "Scenario file, text or bytes.", completion: .file())
  var file: String

  @Flag(help: "Print a Swift test.")
  var swift = false

  @Flag(help: "Print a C program that fails on the library of --subject.")
  var c = false

  @OptionGroup(title: "Subject Options") var subject: SubjectOptions

  @Option(
    help: "With --swift: name of the test, as in unmap-misses-mapping. (default: the file's name)"
  )
  var name: String?

  func validate() throws {
    if name != nil, !swift {
      throw ValidationError("--name is the name of a Swift test; it needs --swift.")
    }
    if c != (subject.subject != nil) {
      throw ValidationError("--c and --subject LIBRARY need each other.")
    }
    if c, swift { throw ValidationError("use either --swift or --c, not both.") }
  }

  func run() async throws {
    try await reportingProblems {
      if let library = try subject.load() {
        let scenario = try ScenarioFile.load(file, for: library)
        guard
          let program = try await Reproducer.program(for: scenario, of: library, subject.choice)
        else {
          throw CommandError.notAScenario(file, "it passes; there is no failure to reproduce")
        }
        return try ScenarioFile.write(program)
      }
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
