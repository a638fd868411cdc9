import ArgumentParser
import Campaign
import Files
import Foundation

/// `revfuzz doctor`: checks that fuzzing on this machine would detect failures.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that fuzzing here would detect failures.",
    discussion: """
      Checks that each fuzz target is instrumented; that requests for memory are refused; that a \
      canary, which fails on purpose, is caught, saved, replayed and shrunk; that a trap, a hang \
      and each fault of a library (Plugins/canary) leave a file; that the sanitized build has \
      AddressSanitizer; and that two runs with one seed are equal. Prints a line for \
      each check: 'ok', 'FAILED', or '--' for a check that was skipped.

      Run it in the project's folder. Exits with 1 if a check fails.

      Example:
        revfuzz doctor
      """)

  @OptionGroup var builds: BuildOptions

  @Option(
    help: ArgumentHelp(
      "Folder built with 'scripts/build --sanitized', to check as well.", valueName: "folder"),
    completion: .directory)
  var sanitized: String?

  func run() async throws {
    try await reportingProblems {
      let findings = try await SelfCheck.examine(
        FuzzBuild(folder: builds.folder()), sanitized: sanitized,
        report: { try ScenarioFile.write($0.line + "\n") })
      let passed = findings.allSatisfy { $0.passed != false }
      let skipped = findings.count { $0.passed == nil }
      let which = skipped == 0 ? "all checks passed" : "all checks passed but \(skipped) not run"
      try ScenarioFile.write(
        passed
          ? "\(which): failures are detected on this machine\n"
          : "FAILED: failures may go unnoticed on this machine; fix the checks above first\n")
      if !passed { throw ExitCode(1) }
    }
  }
}
