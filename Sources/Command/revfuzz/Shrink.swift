import ArgumentParser
import Campaign
import Differential
import Exploration
import Files
import ForeignMap
import Foundation
import Presentation
import Processes
import Scenario

/// `revfuzz shrink`: the smallest scenario that still fails in the same way.
struct Shrink: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make failing scenarios as small as they get, and a test of each.",
    discussion: """
      A failure is the same if the same check fails after the same kind of operation in the same kind \
      of way; a trap, a hang and a sanitizer's report, if they are the same and of the same function. \
      Runs are done in a child process, so the failure may be any of these; for sanitizers, build \
      revfuzz with them.

      Prints the scenario that is left, a Swift Testing test of it, and what was tried. Exits with 0 \
      if nothing can be left out or made simpler any more, with 130 if it was interrupted or ran out \
      of time (the best so far is written all the same), and with 65 if a scenario does not fail.
      """)

  @Argument(help: "Scenario files that fail, text or bytes; for a folder, every file in it.")
  var files: [String]

  @Option(
    name: .customLong("out"),
    help: "Where to put NAME.scenario and NAME.swift; NAME says what fails.")
  var folder = "out/shrunk"

  @Option(
    name: .customLong("time"), help: "The longest to shrink one file, in seconds.",
    transform: Self.number(from: 1))
  var seconds = 300

  @Option(
    help: "The longest that a run may take, in milliseconds: then it hangs.",
    transform: Self.number(from: 1))
  var limit = 2000

  @OptionGroup var subject: SubjectOptions

  @Option(help: "Also put it into Tests/ReproTests/Fixtures, as NAME.scenario.")
  var addTest: String?

  func validate() throws {
    if let addTest {
      guard addTest.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil else {
        throw ValidationError(
          "--add-test is '\(addTest)', and has to be lower-case words joined by hyphens.")
      }
      if subject.subject != nil {
        throw ValidationError("--add-test is for the project's own map, and there is a --subject.")
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
      if addTest != nil, paths.count > 1 {
        throw ValidationError("--add-test takes a single file, and there are \(paths.count).")
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
            try ScenarioFile.write("wrote \(file): say in its header what fixed it\n")
          }
          if result.shrinker?.isMinimal != true { exitCode = exitCode ?? CommandError.endedEarly }
        } catch let problem as CommandError
          where problem.isOfInput || problem.exitCode == CommandError.endedEarly
        {
          // One bad file does not keep the others from being shrunk.
          problem.print()
          exitCode = exitCode ?? problem.exitCode
        }
      }
      if let exitCode { throw exitCode }
    }
  }

  /// Shrinks the scenario in one file and writes what is left.
  ///
  /// - Throws: `notAScenario` too if it does not fail, and `interrupted` if that is not known.
  private func shrink(
    _ path: String, of library: ForeignLibrary?, into folder: ResultFolder
  ) async throws -> Shrinking {
    let scenario = try ScenarioFile.load(path, for: library)
    var shrinking = Shrinking(scenario, limit: limit, isOfLibrary: library != nil)
    var progress = ShrinkingProgress(of: path)
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
      try report(shrinking, shrinker, from: scenario, path, in: taken, into: folder)
    }
    // Not before what there is has been written.
    if let problem { throw problem }
    guard shrinking.failure != nil else {
      throw isOver()
        ? CommandError.interrupted(path) : .notAScenario(path, "it passes; nothing to shrink")
    }
    return shrinking
  }

  private func report(
    _ shrinking: Shrinking, _ shrinker: Shrinker, from scenario: Scenario, _ path: String,
    in taken: Duration, into folder: ResultFolder
  ) throws {
    let best = shrinker.best
    let comment = [shrinking.description, "Shrunk from \(Fixture.name(of: path))."]
    let header = comment.map { "# \($0)\n" }.joined()
    let file = try folder.write(header + best.text, named: shrinking.name, "scenario")
    let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    var test = "no test: where it is refused memory is not known\n"
    var testFile: String?
    if let path = subject.subject {
      test = "no test in Swift: the subject is \(path)\n"
    } else if let refusedSteps = shrinking.refusedSteps {
      test = best.swiftTest(
        named: name, comment: comment, refusedSteps: refusedSteps, endsOpen: shrinking.endsOpen)
      testFile = try folder.write(test, named: name, "swift")
    }
    let end =
      shrinker.isMinimal
      ? "1-minimal: no operation can be left out, no setting or argument be simpler"
      : "not done: ended before everything was tried"
    var lines = "\(path): \(shrinking.description)\n\n\(best.text)\n\(test)\n"
    lines += "\(counted(scenario.operations.count)) became \(best.operations.count) in "
    let seconds = taken / .seconds(1)
    lines += "\(shrinker.tries) tries and \((seconds * 1000).rounded() / 1000) s; \(end)\n"
    if let harm = shrinking.harm {
      lines += "this difference can do harm: replay it to see how (\(harm))\n"
    }
    lines += "wrote \(file)\n"
    if let testFile { lines += "wrote \(testFile)\n" }
    try ScenarioFile.write(lines)
  }

  private func counted(_ operations: Int) -> String {
    "\(operations) operation\(operations == 1 ? "" : "s")"
  }

  private static func number(from least: Int) -> @Sendable (String) throws -> Int {
    { text in
      guard let number = Int(text), number >= least, number <= 1_000_000 else {
        throw ValidationError("it has to be a whole number from \(least) to 1000000.")
      }
      return number
    }
  }
}
