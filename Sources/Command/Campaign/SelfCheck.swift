import Differential
import Files
import Foundation
import Processes
import Scenario

/// What a machine and a build have to do before a run with them says anything: each a check, asked
/// of processes that are started for it.
package struct SelfCheck {
  /// What came of a check.
  package struct Result: Codable, Equatable {
    /// Whether it is as it has to be; nil if it could not be asked.
    package var passed: Bool?
    /// What was seen, in one line.
    package var sentence: String
  }

  /// The targets that are looked at.
  let build: FuzzBuild
  /// The folder of targets with AddressSanitizer, if a campaign has a job of them.
  let sanitized: String?
  /// A folder for what is found on the way.
  let scratch: String

  /// Every check, in the order in which they are asked: what others rest on first.
  var checks: [() async throws -> [Result]] {
    [instrumentation, canary, trap, hang, sanitizer, equalSeeds]
  }

  /// Asks every check about `build`, and tells what came of each as it comes.
  ///
  /// - Throws: `unwritable`, and what a check throws.
  package static func examine(
    _ build: FuzzBuild, sanitized: String?, report: (Result) throws -> Void
  ) async throws -> [Result] {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-doctor-\(UUID().uuidString)").path
    try ResultFolder(path: scratch).make()
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let diagnosis = SelfCheck(build: build, sanitized: sanitized, scratch: scratch)
    var results: [Result] = []
    for check in diagnosis.checks {
      for result in try await check() {
        try report(result)
        results.append(result)
      }
    }
    return results
  }

  private static let canaryTarget = "FuzzCanary"
  /// Many times what it takes to make a canary sing, which is some hundred executions.
  private static let canaryRuns = "-runs=200000"

  /// Whether each target reports as many counters as it has to.
  func instrumentation() async throws -> [Result] {
    var results: [Result] = []
    for entry in build.table.entries {
      let (target, floor) = (entry.name, entry.counters)
      let run = try await FuzzProcess.run(
        build.executable(target), ["-runs=0"], environment: ["REVFUZZ_SUBJECT": ""])
      let counters = run.counters ?? 0
      results.append(
        Result(
          passed: counters >= floor,
          sentence: "\(target): \(counters) coverage counters, at least \(floor) expected"))
    }
    return results
  }

  /// Whether a map that forgets a range is caught, saved, replayed and shrunk.
  func canary() async throws -> [Result] {
    let run = try await runCanary(.forget)
    guard run.result?.result == "unsound" else {
      return [Result(passed: false, sentence: "the canary forgets a range, and nobody notices")]
    }
    guard let file = run.savedFile else {
      return [Result(passed: false, sentence: "the canary was caught, and no file saved")]
    }
    var results = [
      Result(passed: true, sentence: "the canary was caught as unsound, and saved to a file")
    ]
    let scenario = try ScenarioFile.load(file)
    let workers = WorkerPool(options: ["--canary", CanaryFault.forget.rawValue])
    var shrinking = Shrinking(scenario, limit: 2000)
    try await shrinking.run(by: workers)
    guard case .divergence(let kind)? = shrinking.failure, kind.check == .unsound else {
      return results + [Result(passed: false, sentence: "what was saved of the canary passes")]
    }
    let left = shrinking.shrinker?.best.operations.count ?? 0
    results.append(
      Result(
        passed: shrinking.shrinker?.isMinimal == true && left <= 3,
        sentence: "it fails again, as \(kind.name), and shrinks from "
          + "\(scenario.operations.count) to \(left) operations"))
    return results
  }

  /// Whether a trap leaves a file.
  func trap() async throws -> [Result] {
    let run = try await runCanary(.trap)
    let passed = run.code == 77 && run.savedFile.map(FileManager.default.fileExists) == true
    return [
      Result(passed: passed, sentence: "a trap exits with \(run.code) and \(Self.saves(run))")
    ]
  }

  /// Whether a hang is ended, and leaves a file.
  func hang() async throws -> [Result] {
    let run = try await runCanary(.hang, "-timeout=1")
    let passed = run.code == 70 && run.savedFile.map(FileManager.default.fileExists) == true
    return [
      Result(passed: passed, sentence: "a hang exits with \(run.code) and \(Self.saves(run))")
    ]
  }

  /// Whether AddressSanitizer is in the build that is said to have it.
  func sanitizer() async throws -> [Result] {
    guard let sanitized else {
      return [Result(sentence: "AddressSanitizer: not asked, no build with it was given")]
    }
    let run = try await runCanary(.useAfterFree, in: sanitized)
    let passed = run.log.contains("AddressSanitizer: heap-use-after-free")
    return [
      Result(
        passed: passed,
        sentence: passed
          ? "AddressSanitizer sees a use after free"
          : "a use after free goes unseen in \(sanitized)")
    ]
  }

  /// Whether two runs with one seed are the same.
  func equalSeeds() async throws -> [Result] {
    guard (try? await FuzzProcess.run("setarch", ["-R", "true"]))?.code == 0 else {
      return [Result(sentence: "equal seeds: not asked, setarch -R does not work here")]
    }
    var accounts: [[Substring]] = []
    for _ in 0..<2 {
      let run = try await FuzzProcess.run(
        build.executable("FuzzShadow"), ["-seed=1", "-runs=3000"], isFixed: true)
      accounts.append(Self.events(of: run))
    }
    let passed = accounts[0] == accounts[1] && !accounts[0].isEmpty
    return [
      Result(
        passed: passed,
        sentence: "two runs with one seed are \(passed ? "equal" : "NOT equal") in "
          + "\(accounts[0].count) events")
    ]
  }

  /// What libFuzzer tells that does not depend on time and memory.
  private static func events(of run: FuzzProcess) -> [Substring] {
    run.lines.filter { $0.hasPrefix("#") && !$0.contains("pulse") }.map {
      $0.split(separator: " exec/s:").first ?? ""
    }
  }

  private static func saves(_ run: FuzzProcess) -> String {
    run.savedFile == nil ? "leaves NO file" : "leaves a file"
  }

  /// A run of the canary that does `fault`, until it is caught.
  private func runCanary(
    _ fault: CanaryFault, _ more: String..., in folder: String? = nil
  ) async throws -> FuzzProcess {
    try await FuzzProcess.run(
      "\(folder ?? build.folder)/\(Self.canaryTarget)",
      ["-seed=1", Self.canaryRuns, "-artifact_prefix=\(scratch)/"] + more,
      environment: ["REVFUZZ_CANARY": fault.rawValue])
  }
}

extension SelfCheck.Result {
  /// What could not be asked, and why.
  init(sentence: String) {
    passed = nil
    self.sentence = sentence
  }

  /// The result as a line: `ok`, `RED` or `--`.
  package var line: String {
    let mark = passed.map { $0 ? "ok    " : "FAILED" } ?? "--    "
    return "\(mark)  \(sentence)"
  }
}
