import ArgumentParser
import Differential
import Files
import Harnesses
import Presentation
import Processes
import Scenario

/// `revfuzz replay`: runs scenarios as the fuzz targets do.
struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run scenarios and report where map and oracle differ.",
    usage: "revfuzz replay <files> ... [<options>]",
    discussion: """
      The family on a scenario's world line selects the subject and the oracle; scenarios of \
      virtual machines are checked against the ground truth too. For each file, prints the \
      divergence, or 'pass' with what imprecise answers cost: mappings killed needlessly and full \
      unmaps. An unsound divergence names the surviving mapping, the step that made it, and the \
      step that lost it.

      Each file runs in a child process first, so a scenario that traps or hangs is reported and \
      does not stop the others. Exits with 1 if any file diverged, trapped or hung, or if \
      --most-needless is exceeded.

      With --subject, the reverse map in a library runs instead of the project's own. Each \
      scenario is first reduced to what the library supports: no contexts or reserves, and no \
      direct maps or arbitrary ranges if the library cannot take them. The report shows the \
      scenario that ran.

      Examples:
        revfuzz replay crash-1a2b
        revfuzz replay --quiet Corpus/FuzzShadow
        revfuzz replay --subject my-map.so out/fuzz/FuzzForeign/my-map/findings
      """)

  @Argument(
    help: "Scenario files, text or bytes; for a folder, every file in it.", completion: .file())
  var files: [String]

  @Flag(name: .shortAndLong, help: "Print only failures and the summary.")
  var quiet = false

  @Flag(help: "Run only in this process, for a debugger. A trap ends the command.")
  var here = false

  @Option(
    help: ArgumentHelp(
      "Fail if more than this share of the mappings that unmaps killed, in all files together, "
        + "was killed needlessly.",
      valueName: "percent"))
  var mostNeedless: String?

  @OptionGroup(title: "Subject Options") var subject: SubjectOptions

  func validate() throws {
    if let mostNeedless, NeedlessBound(mostNeedless) == nil {
      throw ValidationError(
        "--most-needless is '\(mostNeedless)'; it must be a number from 0 to 100.")
    }
  }

  func run() async throws {
    try await reportingProblems {
      let library = try subject.load()
      var diverged = 0
      var unreadable = 0
      var bad: CommandError?
      var cost = Precision()
      var passed: [String] = []
      let paths = try ScenarioFile.files(at: files)
      defer { subject.noteMissingLibrary(for: paths) }
      // Read each file once, because it may be a pipe.
      let loaded = paths.map { path in
        Result { () throws(CommandError) in try ScenarioFile.load(path, for: library) }
      }
      let scenarios = here ? [] : loaded.compactMap { try? $0.get() }
      var outcomes = try await subject.workers.outcomes(of: scenarios).makeIterator()
      for (path, file) in zip(paths, loaded) {
        do throws(CommandError) {
          let scenario = try file.get()
          if case .failure(let failure) = outcomes.next() {
            diverged += 1
            try ScenarioFile.write(failure.report(of: library.run(of: path), scenario))
            continue
          }
          var harness = ScenarioHarness(subject: library, canary: subject.canary)
          if let divergence = harness.runAndFollowUp(scenario) {
            diverged += 1
            try ScenarioFile.write(
              divergence.report(of: library.run(of: path), input: library == nil ? scenario : nil)
                + "\n")
            continue
          }
          passed.append(path)
          let own = harness.precision
          cost = cost + (own ?? Precision())
          if quiet { continue }
          let count = scenario.operations.count
          try ScenarioFile.write(
            "pass \(library.run(of: path)) (\(count) operation\(count == 1 ? "" : "s")"
              + "\(own.map { "; \($0)" } ?? ""))\n")
        } catch {
          // A bad file must not hide the results of the others. If output fails, stop.
          guard error.isOfInput else { throw error }
          error.print()
          unreadable += 1
          bad = bad ?? error
        }
      }
      if paths.count > 1 {
        let left = unreadable > 0 ? ", \(unreadable) could not be read" : ""
        try ScenarioFile.write("\(paths.count) files, \(diverged) diverged\(left)\n")
      }
      if let hint = subject.hintOfState,
        let path = passed.first(where: SubjectOptions.isSavedFailure)
      {
        CommandError.note("\(path) passes: \(hint)")
      }
      let bound = mostNeedless.flatMap { NeedlessBound($0) }
      if let bound { try ScenarioFile.write(bound.comparison(with: cost) + "\n") }
      if diverged > 0 || bound?.isExceeded(by: cost) == true { throw ExitCode(1) }
      if let bad { throw bad.exitCode }
    }
  }
}
