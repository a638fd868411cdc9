import FileNames
import Files
import Foundation
import Processes

/// Runs of a saved input by the fuzz target that saved it, for failures that this executable cannot
/// reproduce: those that only a sanitizer or a resource limit detects.
struct TargetRerun {
  /// The path of the target's executable.
  let target: String
  /// How reliably it fails.
  let reproduction: Reproducibility
  /// The log of the last failed run.
  let log: String

  /// Runs the target `Reproducibility.runs` times on the file at `path`.
  ///
  /// - Throws: `unstartable`; `unusable` if the subject's library cannot be named to the target.
  init(
    of path: String, by target: String, _ environment: [String: String?]
  ) async throws(CommandError) {
    if case let subject?? = environment["REVFUZZ_SUBJECT"], !FileName.isUTF8(subject) {
      throw .unusable(subject, "its path is not UTF-8, which --target cannot pass on")
    }
    var failures: [Failure?] = []
    var log = ""
    for _ in 0..<Reproducibility.runs {
      // It would only save a copy of the input, so saving is disabled.
      let run = try await FuzzProcess.run(
        target, [path, "-artifact_prefix=/dev/null/"], environment: environment)
      failures.append(run.failure.map { .process($0) })
      if run.code != 0 { log = run.log }
    }
    self.target = target
    self.log = log
    reproduction = Reproducibility(failures)
  }

  /// A name for the finding's folder: the target and the symptom.
  var name: String {
    let target = FileName.shown(FileSystem.name(of: target))
    guard case .process(let failure)? = reproduction.failure else { return target }
    return "\(target)-\(failure.symptom.rawValue)"
  }
}

extension FuzzProcess {
  /// How the run failed, as reported by libFuzzer or a sanitizer; nil if it passed.
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
    return ProcessFailure(
      symptom: .failsUnderASanitizer, place: ProcessFailure.withoutPlaces(summary))
  }
}
