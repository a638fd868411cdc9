import Differential
import Files
import ForeignMap
import Foundation
import Harnesses
import Presentation
import Processes
import Scenario

/// Decides which failing inputs are new findings and which are known, and files the new ones.
package struct Triage {
  /// The number of inputs per result.
  package struct Tally: Encodable, Equatable {
    package var new = 0
    package var known = 0
    package var notReproduced = 0
  }

  package private(set) var tally = Tally()
  private var store: FindingStore
  private let seconds: Int
  private let origin: String
  private let target: String?
  private let subject: SubjectChoice
  private let library: ForeignLibrary?

  /// - Parameters:
  ///   - findings: the folder of findings, created if missing.
  ///   - seconds: the time limit for shrinking one finding.
  ///   - origin: what was run, for the findings' records.
  ///   - target: the executable that saved the inputs, if known.
  ///   - library: the library that `subject` names, if any.
  /// - Throws: `unwritable`.
  package init(
    findings: String, seconds: Int, origin: String, target: String?, subject: SubjectChoice,
    library: ForeignLibrary?
  ) throws(CommandError) {
    store = try FindingStore(folder: findings)
    self.seconds = seconds
    self.origin = origin
    self.target = target
    self.subject = subject
    self.library = library
  }

  /// Runs the input at `path` several times. If it fails, files it as a new finding or counts it
  /// for a known one.
  ///
  /// - Throws: `unreadable`, `notAScenario`, `unstartable` or `unwritable`.
  package mutating func run(_ path: String) async throws(CommandError) -> TriageLine {
    let scenario: Scenario?
    do throws(CommandError) {
      scenario = try ScenarioFile.load(path, for: library)
    } catch {
      // A target of family `bytes` takes inputs that are not scenarios.
      guard let target, error.exitCode == CommandError.noScenario,
        (try? TargetTable())?.takesBytes(executable: target) == true
      else { throw error }
      scenario = nil
    }
    var reproduction = Reproducibility([])
    if let scenario {
      reproduction = try await Reproducibility(of: scenario, by: subject.workers)
    }
    var rerun: TargetRerun?
    if reproduction.failure == nil, let target {
      let byTarget = try await TargetRerun(of: path, by: target, subject.environment)
      reproduction = byTarget.reproduction
      rerun = byTarget
    }
    guard let failure = reproduction.failure else {
      tally.notReproduced += 1
      return TriageLine(path, .notReproduced, reproduction)
    }
    if let folder = store.folder(of: failure) {
      tally.known += 1
      try store.countAnother(in: folder, at: .now)
      return TriageLine(path, .known, in: folder, reproduction)
    }
    let folder: String
    if let rerun {
      folder = try file(path, scenario, failure, rerun)
    } else if let scenario {
      folder = try await file(scenario, path, failure, reproduction)
    } else {
      // Unreachable: without a scenario only a rerun by the target can fail.
      throw .notAScenario(path, "it cannot be run")
    }
    tally.new += 1
    return TriageLine(path, .new, in: folder, reproduction)
  }

  /// Files a new finding that only the target itself can reproduce. Returns the path of its folder.
  private mutating func file(
    _ path: String, _ scenario: Scenario?, _ failure: Failure, _ rerun: TargetRerun
  ) throws(CommandError) -> String {
    let name = rerun.name
    let folder = try store.makeFolder(for: failure, named: name)
    try ScenarioFile.write(ScenarioFile.read(path), to: "\(folder)/input")
    if let scenario {
      let text =
        "# \(failure)\n# Not shrunk: it fails only in the target that saved it.\n" + scenario.text
      try ScenarioFile.write(Array(text.utf8), to: "\(folder)/\(name).scenario")
    }
    try ScenarioFile.write(Array(rerun.log.utf8), to: "\(folder)/log")
    let record = FindingRecord(
      signature: failure.signature, failure: failure.description,
      reproduction: rerun.reproduction.description, count: 1, first: .now, last: .now,
      origin: origin, replay: "\(shellWord(rerun.target)) \(shellWord(folder + "/input"))")
    try FindingStore.write(record, to: folder)
    return folder
  }

  /// Shrinks and files a new finding. Returns the path of its folder.
  private mutating func file(
    _ scenario: Scenario, _ path: String, _ failure: Failure, _ reproduction: Reproducibility
  ) async throws(CommandError) -> String {
    let end = ContinuousClock.now + .seconds(seconds)
    var shrinking = Shrinking(scenario, limit: 2000, isOfLibrary: library != nil)
    try await shrinking.run(by: subject.workers) { ContinuousClock.now > end }
    let best = shrinking.shrinker?.best ?? scenario
    let name = shrinking.failure == nil ? "flaky" : shrinking.name
    let folder = try store.makeFolder(for: failure, named: name)
    func write(_ text: String, _ file: String) throws(CommandError) {
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
    } else if let library,
      let program = try await Reproducer.program(for: best, of: library, subject)
    {
      try write(program, "\(name).c")
    }
    // Drawing runs the scenario in this process, so only a failure that the process survives is
    // drawn.
    if case .divergence = failure, !subject.isCanary {
      var harness = ScenarioHarness(subject: library)
      let trace = harness.trace(best)
      var text = Explanation(of: trace, width: 100).lines(of: 0..<(.max)).map(\.text)
        .joined(separator: "\n")
      if let divergence = trace.divergence { text += "\n\n" + divergence.report(of: name) }
      try write(text + "\n", "explanation.txt")
    }
    let replay =
      (["./revfuzz replay"]
      + (subject.arguments + ["\(folder)/\(name).scenario"]).map(shellWord))
      .joined(separator: " ")
    let record = FindingRecord(
      signature: failure.signature, failure: failure.description,
      reproduction: reproduction.description, count: 1, first: .now, last: .now, origin: origin,
      replay: replay)
    try FindingStore.write(record, to: folder)
    return folder
  }
}
