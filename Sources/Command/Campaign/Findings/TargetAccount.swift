import Files
import Foundation
import Processes

/// What a fuzz target itself makes of a file, for what is not seen in runs of this executable.
struct TargetAccount {
  /// The path of its executable.
  let target: String
  /// What its runs came to.
  let reproduction: Reproducibility
  /// What it said in the last run that failed.
  let log: String

  /// Runs the target on the file at `path`, as often as a scenario is run.
  ///
  /// - Throws: `unstartable`.
  init(
    of path: String, by target: String, _ environment: [String: String?]
  ) async throws(CommandError) {
    var failures: [Failure?] = []
    var log = ""
    for _ in 0..<Reproducibility.runs {
      // What it saves is the file that it was given.
      let run = try await FuzzProcess.run(
        target, [path, "-artifact_prefix=/dev/null/"],
        environment: environment)
      failures.append(run.failure.map { .process($0) })
      if run.code != 0 { log = run.log }
    }
    self.target = target
    self.log = log
    reproduction = Reproducibility(failures)
  }

  /// A name for a folder of it: the target's, and how it ended.
  var name: String {
    let target = URL(fileURLWithPath: target).lastPathComponent
    guard case .process(let failure)? = reproduction.failure else { return target }
    return "\(target)-\(failure.symptom.rawValue)"
  }
}

extension FuzzProcess {
  /// How a run that failed has ended, in the words of libFuzzer or of a sanitizer; nil if it did not fail.
  var failure: ProcessFailure? {
    guard code != 0 else { return nil }
    if code == 70 { return ProcessFailure(symptom: .hangs) }
    if code == 71 { return ProcessFailure(symptom: .needsTooMuchMemory) }
    if let result, let signature = result.signature {
      return ProcessFailure(symptom: .differs, place: "in \(result.target): \(signature)")
    }
    let summary = lines.last { $0.hasPrefix("SUMMARY: ") }.map(String.init) ?? ""
    if summary.contains("LeakSanitizer") || log.contains("LeakSanitizer: detected memory leaks") {
      return ProcessFailure(symptom: .leaksMemory)
    }
    if summary.isEmpty { return ProcessFailure(symptom: .exits, place: "with code \(code)") }
    return ProcessFailure(symptom: .failsUnderASanitizer, place: Self.withoutPlaces(summary))
  }

  /// A sanitizer's summary without the file and the line, which are of one checkout and one version:
  /// what it was, and in which function.
  static func withoutPlaces(_ summary: String) -> String {
    summary.split(separator: " ").filter { !$0.contains("/") && !$0.hasPrefix("0x") }
      .joined(separator: " ")
  }
}
