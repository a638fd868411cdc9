import ArgumentParser
import Differential
import Files
import Presentation
import Processes
import Scenario

/// `revfuzz replay`: runs scenarios as the fuzz targets do.
struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run scenario files and show where subject and oracle part.",
    discussion: """
      Each file runs on the subject and oracle of its world's family, and a vm scenario beside \
      the ground truth too. Prints for each file 'pass', with what safety cost, or the divergence; \
      for an unsound one the mapping that lives, when it was made and what should have killed it. \
      Each is run in a child process first, so one that traps or hangs has a line of its own, and the \
      others are run all the same. Exits with 1 if any diverged, trapped or hung.

      With --subject the subject is the reverse map in a library. Scenarios are made such as it can \
      run before that: of a virtual machine, without contexts and reserves; without direct maps, and \
      with blocks for ranges, if the library is made for no others. The report shows what was run.
      """)

  @Argument(help: "Scenario files, text or bytes; for a folder, every file in it.")
  var files: [String]

  @Flag(name: .shortAndLong, help: "Print failures and the summary only.")
  var quiet = false

  @Flag(help: "Run them in this process alone: a trap ends it.")
  var here = false

  @OptionGroup var subject: SubjectOptions

  func run() async throws {
    try await reportingProblems {
      let library = try subject.load()
      var diverged = 0
      var unreadable = 0
      var bad: CommandError?
      let paths = try ScenarioFile.files(at: files)
      // Once: a file may be a pipe.
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
            try ScenarioFile.write(failure.report(of: library.run(of: path)))
            continue
          }
          var harness = ScenarioHarness(subject: library, canary: subject.canary)
          if let divergence = harness.runAndFollowUp(scenario) {
            diverged += 1
            try ScenarioFile.write(divergence.report(of: library.run(of: path)) + "\n")
          } else if !quiet {
            let cost = harness.precision.map { "; \($0)" } ?? ""
            let count = scenario.operations.count
            try ScenarioFile.write(
              "pass \(path) (\(count) operation\(count == 1 ? "" : "s")\(cost))\n")
          }
        } catch {
          // One bad file does not hide what the others show; with nowhere to write, nothing does.
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
      if diverged > 0 { throw ExitCode(1) }
      if let bad { throw bad.exitCode }
    }
  }
}
