import ArgumentParser
import Differential
import Presentation
import Foundation
import ForeignMap
import Scenario

/// `revfuzz triage`: which of the inputs that failed are new, and what there is to know of each.
struct Triage: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sort failing inputs into what is known and what is new, and file the new.",
    discussion: """
      Each file is run \(Reproduction.runs) times in child processes: it fails steadily, or now and \
      then, or not at all. What fails is classed as the shrinker does: the same check, after the same \
      kind of operation, in the same kind of way. A class that the folder of findings has is counted \
      there; a new one is shrunk, and gets a folder of its own with the input, the scenario that is \
      left, a Swift test, the run drawn step by step, and what is known about it.

      What passes in every run here is run as often by the target that has saved it, if --target names \
      one: a sanitizer, or a limit of time or memory, may see what is not seen here. It is filed as the \
      target's own words have it, and is not shrunk.

      Exits with 0 if there is nothing new, 1 if there is, 71 or 73 if it could not work, and with 65 \
      or 66 if there is nothing new and a file is no scenario, or cannot be read.
      """)

  @Argument(help: "Files that failed, as a fuzz target saves them, or folders of them.")
  var files: [String]

  @Option(help: "Where findings are kept, in a folder each.")
  var findings = "out/findings"

  @Option(help: "The longest to shrink one finding, in seconds.")
  var seconds = 60

  @Option(help: "What was run, for the record: a command line, a build, a seed.")
  var origin = ""

  @Option(help: "The executable that has saved the files.")
  var target: String?

  @OptionGroup var subject: SubjectOptions

  /// What came of the files.
  private struct Tally {
    var new = 0
    var known = 0
    var passed = 0
  }

  func validate() throws {
    guard (1...100_000).contains(seconds) else {
      throw ValidationError("--seconds is \(seconds), and may be 1 to 100000.")
    }
  }

  func run() async throws {
    try await reportingProblems {
      let library = try subject.load()
      var cabinet = try FindingCabinet(folder: findings)
      var tally = Tally()
      var bad: FileProblem?
      for path in try ScenarioFile.files(at: files) {
        do throws(FileProblem) {
          try await sort(path, for: library, into: &cabinet, &tally)
        } catch {
          guard error.isOfInput else { throw error }
          error.print()
          bad = bad ?? error
        }
      }
      try ScenarioFile.write(
        "\(tally.new) new, \(tally.known) known, \(tally.passed) not reproduced\n")
      if tally.new > 0 { throw ExitCode(1) }
      if let bad { throw bad.exitCode }
    }
  }

  private func sort(
    _ path: String, for library: ForeignLibrary?, into cabinet: inout FindingCabinet,
    _ tally: inout Tally
  ) async throws(FileProblem) {
    let scenario = try ScenarioFile.load(path, for: library)
    var reproduction = try await Reproduction(of: scenario, by: Isolation.trial(of: subject))
    var account: TargetAccount?
    if reproduction.failure == nil, let target {
      let own = try await TargetAccount(of: path, by: target, subject.environment)
      reproduction = own.reproduction
      account = own
    }
    guard let failure = reproduction.failure else {
      tally.passed += 1
      try ScenarioFile.write("\(path): \(reproduction)\n")
      return
    }
    if let folder = cabinet.folder(of: failure) {
      tally.known += 1
      try cabinet.countAnother(in: folder, at: .now)
      try ScenarioFile.write("\(path): known as \(folder): \(failure); \(reproduction)\n")
      return
    }
    let folder: String
    if let account {
      folder = try file(scenario, path, failure, account, into: &cabinet)
    } else {
      folder = try await file(scenario, path, failure, reproduction, for: library, into: &cabinet)
    }
    tally.new += 1
    try ScenarioFile.write("\(path): NEW, see \(folder): \(failure); \(reproduction)\n")
  }

  /// Makes the folder of a new finding that only the target itself sees, and returns its path.
  private func file(
    _ scenario: Scenario, _ path: String, _ failure: Failure, _ account: TargetAccount,
    into cabinet: inout FindingCabinet
  ) throws(FileProblem) -> String {
    let name = account.name
    let folder = try cabinet.makeFolder(for: failure, named: name)
    try ScenarioFile.write(scenario.encoded(), to: "\(folder)/input")
    let text =
      "# \(failure)\n# Not shrunk: only the target that has saved it sees it.\n" + scenario.text
    try ScenarioFile.write(Array(text.utf8), to: "\(folder)/\(name).scenario")
    try ScenarioFile.write(Array(account.log.utf8), to: "\(folder)/log")
    let record = FindingRecord(
      sense: failure.sense, failure: failure.description,
      reproduction: account.reproduction.description, count: 1, first: .now, last: .now,
      origin: origin, replay: "\(account.target) \(folder)/input")
    try FindingCabinet.write(record, to: folder)
    return folder
  }

  /// Makes the folder of a new finding, and returns its path.
  private func file(
    _ scenario: Scenario, _ path: String, _ failure: Failure, _ reproduction: Reproduction,
    for library: ForeignLibrary?, into cabinet: inout FindingCabinet
  ) async throws(FileProblem) -> String {
    let end = ContinuousClock.now + .seconds(seconds)
    var shrinking = Shrinking(scenario, limit: 2000, isOfLibrary: library != nil)
    try await shrinking.run(by: Isolation.trial(of: subject)) { ContinuousClock.now > end }
    let best = shrinking.shrinker?.best ?? scenario
    let name = shrinking.failure == nil ? "flaky" : shrinking.name
    let folder = try cabinet.makeFolder(for: failure, named: name)
    func write(_ text: String, _ file: String) throws(FileProblem) {
      try ScenarioFile.write(Array(text.utf8), to: "\(folder)/\(file)")
    }
    try ScenarioFile.write(scenario.encoded(), to: "\(folder)/input")
    let header = "# \(failure)\n# Shrunk from \(Fixture.name(of: path)).\n"
    try write(header + best.text, "\(name).scenario")
    if subject.arguments.isEmpty, let refusedSteps = shrinking.refusedSteps {
      let test = best.swiftTest(
        named: name, comment: [failure.description], refusedSteps: refusedSteps,
        endsOpen: shrinking.endsOpen)
      try write(test, "\(name).swift")
    }
    // One that ends its process cannot be drawn, and a flaky one may.
    if case .divergence = failure, subject.canary == nil {
      let trace = best.trace(subject: library)
      var text = Explanation(of: trace, width: 100).lines(of: 0..<(.max)).map(\.text)
        .joined(separator: "\n")
      if let divergence = trace.divergence { text += "\n\n" + divergence.report(of: name) }
      try write(text + "\n", "explanation.txt")
    }
    let replay =
      (["swift run -c release revfuzz replay"] + subject.arguments + ["\(folder)/\(name).scenario"])
      .joined(separator: " ")
    let record = FindingRecord(
      sense: failure.sense, failure: failure.description,
      reproduction: reproduction.description, count: 1, first: .now, last: .now, origin: origin,
      replay: replay)
    try FindingCabinet.write(record, to: folder)
    return folder
  }
}
