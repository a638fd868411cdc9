import ArgumentParser
import Campaign
import Differential
import Exploration
import FileNames
import Files
import ForeignMap
import Foundation
import Presentation
import Processes
import Scenario

/// `revfuzz shrink`: finds the smallest scenario that fails with the same signature.
struct Shrink: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shrink failing scenarios and write tests of them.",
    usage: "revfuzz shrink <files> ... [<options>]",
    discussion: """
      A smaller scenario must fail like the original: the same check, after the same kind of \
      operation, with the same symptom. Traps, hangs and sanitizer reports must occur in the same \
      function. Every try runs in a child process. For sanitizer reports, use a revfuzz that is \
      built with the sanitizer.

      Prints the smallest scenario, a Swift Testing test of it and the number of tries. With \
      --subject it writes a C program that fails on the library, and prints how to compile it.

      Exit codes: 0 no operation can be removed and no setting simplified; 130 interrupted or out \
      of time (the best scenario so far is written); 65 a scenario does not fail.

      Examples:
        revfuzz shrink crash-1a2b
        revfuzz shrink crash-1a2b --out shrunk --time 60
        revfuzz shrink crash-1a2b --add-test record-loses-mapping
      """)

  @Argument(
    help: "Scenario files that fail, text or bytes; for a folder, every file in it.",
    completion: .file())
  var files: [String]

  @Option(
    name: .customLong("out"),
    help: ArgumentHelp(
      "Folder for NAME.scenario and NAME.swift or NAME.c; NAME says what fails.",
      valueName: "folder"),
    completion: .directory)
  var folder = "out/shrunk"

  @Option(
    name: .customLong("time"),
    help: ArgumentHelp(
      "Time limit for each file, in seconds, 1 to 1000000. (default: 300)", valueName: "seconds"),
    transform: Self.number(from: 1))
  var seconds = 300

  @Option(
    help: ArgumentHelp(
      "Time limit for each run, in milliseconds, 1 to 1000000; a longer run counts as a hang. "
        + "(default: 2000)",
      valueName: "milliseconds"),
    transform: Self.number(from: 1))
  var limit = 2000

  @OptionGroup(title: "Subject Options") var subject: SubjectOptions

  @Option(
    help: ArgumentHelp(
      "Also write the scenario to Tests/ReproTests/Fixtures/NAME.scenario.", valueName: "name"))
  var addTest: String?

  func validate() throws {
    if let addTest {
      guard addTest.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil else {
        throw ValidationError(
          "--add-test is '\(addTest)'; it must be lower-case words joined by hyphens.")
      }
      if subject.subject != nil {
        throw ValidationError(
          "--add-test makes a test of the project's own map; it cannot be used with --subject.")
      }
    }
  }

  func run() async throws {
    try await reportingProblems {
      let folder = ResultFolder(path: folder)
      try folder.make()
      let fixtures = ResultFolder(path: "Tests/ReproTests/Fixtures")
      if addTest != nil { try fixtures.checkThere() }
      Interrupt.watch()
      let library = try subject.load()
      var exitCode: ExitCode?
      let paths = try ScenarioFile.files(at: files)
      defer { subject.noteMissingLibrary(for: paths) }
      if addTest != nil, paths.count > 1 {
        throw ValidationError("--add-test takes one file, not \(paths.count).")
      }
      for path in paths {
        if Interrupt.came {
          exitCode = exitCode ?? CommandError.endedEarly
          break
        }
        do {
          let result = try await shrink(path, of: library, into: folder)
          if let addTest, let shrinker = result.shrinker {
            let file = try fixtures.write(
              Fixture(broke: result.description, foundAs: path, scenario: shrinker.best).text,
              named: addTest, "scenario")
            try ScenarioFile.write("wrote \(file); state in its header what fixed the bug\n")
          }
          if result.shrinker?.isMinimal != true { exitCode = exitCode ?? CommandError.endedEarly }
        } catch let problem as CommandError
          where problem.isOfInput || problem.exitCode == CommandError.endedEarly
        {
          // A bad file must not stop the shrinking of the others.
          problem.print()
          exitCode = exitCode ?? problem.exitCode
        }
      }
      if let exitCode { throw exitCode }
    }
  }

  /// Shrinks the scenario in one file and writes the result.
  ///
  /// - Throws: what loading and writing throw, `notAScenario` if the scenario does not fail, and
  ///   `interrupted` if the time ended before a failure was seen.
  private func shrink(
    _ path: String, of library: ForeignLibrary?, into folder: ResultFolder
  ) async throws -> Shrinking {
    let scenario = try ScenarioFile.load(path, for: library)
    var shrinking = Shrinking(scenario, limit: limit, isOfLibrary: library != nil)
    var progress = ShrinkingProgress(of: path, seconds: seconds)
    let start = ContinuousClock.now
    let end = start + .seconds(seconds)
    let isOver: @Sendable () -> Bool = { Interrupt.came || ContinuousClock.now > end }
    var problem: CommandError?
    do throws(CommandError) {
      try await shrinking.run(by: subject.workers, isOver: isOver) { progress.show($0.shrinker) }
    } catch {
      problem = error
    }
    progress.end()
    if let shrinker = shrinking.shrinker {
      let taken = ContinuousClock.now - start
      try await report(
        shrinking, shrinker, from: scenario, path, in: taken, of: library, into: folder)
    }
    // Only after the best scenario so far has been written.
    if let problem { throw problem }
    guard shrinking.failure != nil else {
      throw isOver()
        ? CommandError.interrupted(path)
        : .notAScenario(
          path,
          "it passes, so there is nothing to shrink"
            + (subject.hintOfState.map { "; " + $0 } ?? ""))
    }
    return shrinking
  }

  /// A C program that fails as `scenario` does; nil if there is none.
  private func program(
    for scenario: Scenario, of library: ForeignLibrary?
  ) async throws(CommandError) -> String? {
    guard let library else { return nil }
    return try await Reproducer.program(for: scenario, of: library, subject.choice)
  }

  private func report(
    _ shrinking: Shrinking, _ shrinker: Shrinker, from scenario: Scenario, _ path: String,
    in taken: Duration, of library: ForeignLibrary?, into folder: ResultFolder
  ) async throws {
    let best = shrinker.best
    let comment = [shrinking.description, "Shrunk from \(Fixture.name(of: path))."]
    let header = comment.map { "# \($0)\n" }.joined()
    let file = try folder.write(header + best.text, named: shrinking.name, "scenario")
    let name = URL(fileURLWithPath: FileSystem.name(of: file)).deletingPathExtension()
      .lastPathComponent
    var test = "no Swift test: the steps that are refused memory are not known\n"
    var testFile: String?
    if let program = try await program(for: best, of: library) {
      let program = try folder.write(program, named: name, "c")
      testFile = program
      test = "cc -g -I Sources/Map/CReverseMap/include -o failure \(shellWord(program)) YOUR_MAP.c "
      test += "&& ./failure\n"
    } else if subject.subject != nil {
      test = "no C program: the shrunk scenario passes when it is run again\n"
    } else if let refusedSteps = shrinking.refusedSteps {
      test = best.swiftTest(
        named: name, comment: comment, refusedSteps: refusedSteps, endsOpen: shrinking.endsOpen)
      testFile = try folder.write(test, named: name, "swift")
    }
    let end =
      shrinker.isMinimal
      ? "1-minimal: no operation can be removed, no setting or argument simplified"
      : "not finished: interrupted or out of time; run it again on the result"
    var lines = "\(FileName.shown(path)): \(shrinking.description)\n\n\(best.text)\n\(test)\n"
    lines += "\(counted(scenario.operations.count)) became \(best.operations.count) in "
    let seconds = taken / .seconds(1)
    lines += "\(shrinker.tries) tries and \((seconds * 1000).rounded() / 1000) s; \(end)\n"
    if let unsoundness = shrinking.unsoundness {
      lines += "this difference can make the map unsound: replay it to see how (\(unsoundness))\n"
    }
    lines += "wrote \(FileName.shown(file))\n"
    if let testFile { lines += "wrote \(FileName.shown(testFile))\n" }
    try ScenarioFile.write(lines)
  }

  private func counted(_ operations: Int) -> String {
    "\(operations) operation\(operations == 1 ? "" : "s")"
  }

  private static func number(from least: Int) -> @Sendable (String) throws -> Int {
    { text in
      guard let number = Int(text), number >= least, number <= 1_000_000 else {
        throw ValidationError("it must be a whole number from \(least) to 1000000.")
      }
      return number
    }
  }
}
