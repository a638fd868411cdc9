import ArgumentParser
import Campaign
import Files
import Foundation

/// `revfuzz doctor`: whether what fuzzing says on this machine can be believed.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prove on this machine that failures would be seen.",
    discussion: """
      Each fuzz target has to be instrumented. A canary, which fails on purpose, has to be caught, \
      saved, replayed and shrunk; a trap and a hang have to leave a file; AddressSanitizer has to be in \
      the build that is said to have it; and two runs with one seed have to be equal. What cannot be \
      asked says so, and is no failure.

      Takes the targets as scripts/build leaves them, and calls it unless --build names a folder. Exits \
      with 1 if anything is red.
      """)

  @Option(help: "The folder of the targets, as scripts/build prints it.")
  var build: String?

  @Option(help: "A folder of targets with AddressSanitizer, to be looked at as well.")
  var sanitized: String?

  func run() async throws {
    try await reportingProblems {
      let folder: String
      if let build { folder = build } else { folder = try await FuzzBuild.make() }
      let findings = try await SelfCheck.examine(
        FuzzBuild(folder: folder), sanitized: sanitized,
        report: { try ScenarioFile.write($0.line + "\n") })
      let passed = findings.allSatisfy { $0.passed != false }
      try ScenarioFile.write(
        passed ? "this machine sees failures\n" : "FAILED: failures may go unseen on this machine\n"
      )
      if !passed { throw ExitCode(1) }
    }
  }
}
