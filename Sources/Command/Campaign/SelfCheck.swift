import Differential
import Files
import Foundation
import Harnesses
import Processes
import Scenario

/// Checks that this machine and these builds detect failures: what `revfuzz doctor` runs, and every
/// campaign before it fuzzes. Each check starts processes of its own.
package struct SelfCheck {
  /// The result of a check.
  package struct Result: Codable, Equatable {
    /// Whether the check passed; nil if it could not run here.
    package var passed: Bool?
    /// What was observed, in one line.
    package var sentence: String
  }

  /// The build to check.
  let build: FuzzBuild
  /// The folder of the AddressSanitizer build; nil if there is none.
  let sanitized: String?
  /// A scratch folder for files that the targets save.
  let scratch: String

  /// Every check, in order: the later ones rely on the earlier ones.
  var checks: [() async throws -> [Result]] {
    [
      instrumentation, refusals, canary, trap, hang, libraryFaults, sanitizer, equalSeeds,
    ]
  }

  /// Runs every check on `build`, and passes each result to `report` as soon as it is known.
  ///
  /// - Throws: `unwritable`, and whatever a check or `report` throws.
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
  /// Many times the few hundred executions after which a canary usually fails.
  private static let canaryRuns = "-runs=200000"

  /// Checks that each target is instrumented, and that its committed corpus, if it has one, reaches
  /// the code under test.
  func instrumentation() async throws -> [Result] {
    var results: [Result] = []
    for entry in build.table.entries {
      let corpus = entry.edges > 0 ? ["Corpus/\(entry.name)"] : []
      let run = try await FuzzProcess.run(
        build.executable(entry.name), ["-runs=0"] + corpus, environment: ["REVFUZZ_SUBJECT": ""])
      results.append(Self.instrumentation(of: entry, run))
    }
    return results
  }

  /// What `run`, of the committed corpus of a target, says about the target's instrumentation.
  static func instrumentation(of entry: TargetTable.Entry, _ run: FuzzProcess) -> Result {
    let counters = run.counters ?? 0
    var passed = counters >= entry.counters
    var sentence = "\(entry.name): \(counters) coverage counters (minimum \(entry.counters))"
    if passed, entry.edges > 0 {
      // A failing input is for the fuzzer to report. It ends the run before all edges are reached.
      if let result = run.result, result.result == "clean", let edges = result.edges {
        passed = edges >= entry.edges
        sentence += ", \(edges) edges reached (minimum \(entry.edges))"
      } else {
        sentence += "; edges not checked: an input of the committed corpus fails"
      }
    }
    return Result(passed: passed, sentence: sentence)
  }

  /// Checks that requests for memory are refused. Without that, every target would stay clean.
  func refusals() async throws -> [Result] {
    let target = "FuzzAllocationFailure"
    let run = try await FuzzProcess.run(build.executable(target), ["-runs=0", "Corpus/\(target)"])
    let refusals = run.result?.refusals ?? 0
    return [
      Result(
        passed: refusals > 0,
        sentence: "\(target): \(refusals) requests for memory refused in the committed corpus")
    ]
  }

  /// The faults of Plugins/canary that must be failures, with the flags that they need.
  private static let faultsOfLibrary: [(name: String, sentence: String, flags: [String])] = [
    ("READ_AFTER_FREE", "reads a block that it has released", []),
    ("WRITE_AFTER_FREE", "writes to a block that it has released", []),
    ("WRITE_BESIDE", "writes beside a block", []),
    ("KEEPS_STATE", "keeps state between maps", []),
    ("UNDEFINED", "has undefined behaviour, with its sanitizer", ["-fsanitize=undefined"]),
    ("KILLED", "kills its process", []),
    ("EXITS", "ends its process with exit code 0", []),
    ("LOOPS", "loops for ever and ignores the time limit", []),
    ("CHANGES_FOLDER", "changes the folder of its process", []),
    ("CLOSES_STREAMS", "closes standard output and standard error", []),
    ("FORGETS_AT_200", "loses a mapping in a map of 200", []),
  ]

  /// Checks that faults of a library are failures in this build, and that a library without a fault
  /// passes.
  func libraryFaults() async throws -> [Result] {
    guard (try? await CapturedProcess.run("clang", ["--version"], limit: 1 << 12)) != nil else {
      return [Result(sentence: "faults of a library: not checked, there is no clang")]
    }
    var results: [Result] = []
    let sound = try await runLibrary("NONE", flags: [], runs: 5000)
    results.append(
      Result(
        passed: sound.result?.result == "clean" && sound.result?.refusals ?? 0 > 0,
        sentence: "a sound library: \(sound.result?.result ?? "no result"), "
          + "\(sound.result?.refusals ?? 0) of its requests for memory refused"))
    for fault in Self.faultsOfLibrary {
      let run = try await runLibrary(fault.name, flags: fault.flags, runs: 200_000)
      let isSaved = run.savedFile.map(FileManager.default.fileExists) == true
      let result = run.result?.result ?? "exit code \(run.code)"
      results.append(
        Result(
          passed: ["crash", "timeout", "divergence", "unsound"].contains(result) && isSaved,
          sentence: "a library that \(fault.sentence): \(result), and \(Self.saves(run))"))
    }
    return results
  }

  /// Compiles Plugins/canary with a fault, and fuzzes it.
  private func runLibrary(
    _ fault: String, flags: [String], runs: Int
  ) async throws -> FuzzProcess {
    let library = "\(scratch)/\(fault).so"
    let compiler = try await CapturedProcess.run(
      "clang",
      ["-DFAULT=\(fault)", "-O2", "-g", "-fPIC", "-shared", "-fsanitize=fuzzer-no-link"] + flags
        + ["-I", "Sources/Map/CReverseMap/include", "-o", library, "Plugins/canary/canary.c"],
      limit: 1 << 16)
    guard compiler.succeeded else {
      throw CommandError.unfinished("clang", "\(compiler.end): \(compiler.error)")
    }
    let target = build.executable("FuzzForeign")
    let artifacts = "-artifact_prefix=\(scratch)/\(fault)-"
    let run = try await FuzzProcess.run(
      target, ["-seed=1", "-runs=\(runs)", "-timeout=1", artifacts],
      environment: ["REVFUZZ_SUBJECT": library])
    if run.result != nil { return run }
    // It ended without a report.
    return try await FuzzProcess.run(
      target, [artifacts], environment: ["REVFUZZ_SUBJECT": library, "REVFUZZ_RECOVER": "1"])
  }

  /// Checks that a map which forgets a range is caught, and its input saved, replayed and shrunk.
  func canary() async throws -> [Result] {
    let run = try await runCanary(.forget)
    guard run.result?.result == "unsound" else {
      return [Result(passed: false, sentence: "the canary forgets a range, but was not caught")]
    }
    guard let file = run.savedFile else {
      return [Result(passed: false, sentence: "the canary was caught, but no file was saved")]
    }
    var results = [
      Result(passed: true, sentence: "the canary was caught as unsound and saved to a file")
    ]
    let scenario = try ScenarioFile.load(file)
    let workers = WorkerPool(options: ["--canary", CanaryFault.forget.rawValue])
    var shrinking = Shrinking(scenario, limit: 2000)
    try await shrinking.run(by: workers)
    guard case .divergence(let kind)? = shrinking.failure, kind.check == .unsound else {
      return results + [
        Result(passed: false, sentence: "the canary's file is not unsound when replayed")
      ]
    }
    let left = shrinking.shrinker?.best.operations.count ?? 0
    results.append(
      Result(
        passed: shrinking.shrinker?.isMinimal == true && left <= 3,
        sentence: "the saved canary input fails again as \(kind.name) and shrinks from "
          + "\(scenario.operations.count) to \(left) operations"))
    return results
  }

  /// Checks that a trap saves its input.
  func trap() async throws -> [Result] {
    let run = try await runCanary(.trap)
    let passed = run.code == 77 && run.savedFile.map(FileManager.default.fileExists) == true
    return [
      Result(passed: passed, sentence: "a trap exits with \(run.code) and \(Self.saves(run))")
    ]
  }

  /// Checks that a hang is ended and saves its input.
  func hang() async throws -> [Result] {
    let run = try await runCanary(.hang, "-timeout=1")
    let passed = run.code == 70 && run.savedFile.map(FileManager.default.fileExists) == true
    return [
      Result(passed: passed, sentence: "a hang exits with \(run.code) and \(Self.saves(run))")
    ]
  }

  /// Checks that the sanitized build reports a use after free.
  func sanitizer() async throws -> [Result] {
    guard let sanitized else {
      return [Result(sentence: "AddressSanitizer: not checked, no build with it was given")]
    }
    let run = try await runCanary(.useAfterFree, in: sanitized)
    let passed = run.log.contains("AddressSanitizer: heap-use-after-free")
    return [
      Result(
        passed: passed,
        sentence: passed
          ? "AddressSanitizer reports a use after free"
          : "a use after free is not reported in \(sanitized)")
    ]
  }

  /// Checks that two runs with the same seed do the same.
  func equalSeeds() async throws -> [Result] {
    guard (try? await FuzzProcess.run("setarch", ["-R", "true"]))?.code == 0 else {
      return [Result(sentence: "equal seeds: not checked, setarch -R does not work here")]
    }
    var events: [[Substring]] = []
    for _ in 0..<2 {
      let run = try await FuzzProcess.run(
        build.executable("FuzzShadow"), ["-seed=1", "-runs=3000"], isFixed: true)
      events.append(Self.events(of: run))
    }
    let passed = events[0] == events[1] && !events[0].isEmpty
    return [
      Result(
        passed: passed,
        sentence: "two runs with the same seed are \(passed ? "equal" : "NOT equal") in "
          + "\(events[0].count) events")
    ]
  }

  /// The status lines of libFuzzer, without the parts that depend on time and memory.
  private static func events(of run: FuzzProcess) -> [Substring] {
    run.lines.filter { $0.hasPrefix("#") && !$0.contains("pulse") }.map {
      $0.split(separator: " exec/s:").first ?? ""
    }
  }

  private static func saves(_ run: FuzzProcess) -> String {
    run.savedFile == nil ? "leaves NO file" : "leaves a file"
  }

  /// Runs the canary with `fault` until it is caught.
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
  /// The result of a check that could not run, and why.
  init(sentence: String) {
    passed = nil
    self.sentence = sentence
  }

  /// The result as a line that begins with `ok`, `FAILED` or `--`.
  package var line: String {
    let mark = passed.map { $0 ? "ok    " : "FAILED" } ?? "--    "
    return "\(mark)  \(sentence)"
  }
}
