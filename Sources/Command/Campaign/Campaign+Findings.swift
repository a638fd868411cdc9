import CampaignReport
import Files
import Foundation
import Processes

// Failing inputs, and warnings.

extension Campaign {
  /// Triages failing inputs of a target.
  ///
  /// - Parameter origin: where they come from, for the finding's record.
  /// - Returns: whether one of them failed once and never again.
  @discardableResult
  func triage(_ paths: [String], of target: String, origin: String) async -> Bool {
    let corpus = state.corpus(of: target)
    var hasVanished = false
    for path in paths where !leftForNext.contains(path) {
      let name = URL(fileURLWithPath: path).lastPathComponent
      // A failure that only a sanitizer reports needs the sanitized build again.
      let kind = Job.Kind(ofSavedFile: name)
      guard let build = options.builds.build(for: kind) else {
        leftForNext.insert(path)
        noteUnexplained(
          "\(target): a failing input of a '\(kind.rawValue)' job was not triaged: no build for it",
          more: path)
        continue
      }
      if isOver() {
        leftForNext.insert(path)
        noteUnexplained(
          "\(target): a failing input was not triaged before the interrupt; "
            + "the next campaign will triage it", more: path)
        continue
      }
      let result = await triageQueue.run(path, target: build.executable(target), origin: origin)
      // Another job may have triaged it in the meantime.
      guard access(path, F_OK) == 0 else { continue }
      switch result {
      case .new(let words):
        log("\(target): NEW FINDING: \(words)")
        corpus.quarantineInputs(like: path)
        corpus.markTriaged(path)
        tallies[target]?.findings += 1
      case .known:
        corpus.quarantineInputs(like: path)
        corpus.markTriaged(path)
      case .passes:
        corpus.markTriaged(path)
        let more = "\(corpus.triaged)/\(name)"
        let runs = 2 * Reproducibility.runs
        if name.contains("killed-") && origin == Self.originOfInterrupted {
          log("\(target): the input that ran when an earlier campaign was killed passes")
          // On a loaded machine a sound input can exceed a limit once, so this is only a warning.
        } else if name.contains("timeout-") || name.contains("oom-") {
          note(
            "\(target): an input exceeded its time or memory limit once, "
              + "but not in \(runs) more runs", more: more)
        } else {
          hasVanished = true
          noteUnexplained(
            "\(target): an input failed once, but not in \(runs) more runs", more: more)
        }
      case .noScenario(let why):
        corpus.markUnsortable(path)
        noteUnexplained("\(target): a saved input is not a valid scenario: \(why)")
      case .notTriaged(let why):
        // The remaining inputs are triaged now.
        leftForNext.insert(path)
        noteUnexplained("\(target): a failing input could not be triaged: \(why)", more: path)
      }
    }
    return hasVanished
  }

  /// Where inputs come from that the last campaign left.
  static let originOfInterrupted = "an earlier campaign that was cut short"

  /// Notes a failure that has no finding. It keeps the run from being called clean.
  func noteUnexplained(_ sentence: String, more: String = "") {
    record.unexplained += 1
    note(sentence, more: more)
  }

  /// Notes a warning. Equal sentences are counted as one warning; details that vary go into `more`,
  /// which is only logged.
  func note(_ sentence: String, more: String = "") {
    if let index = record.warnings.firstIndex(where: { $0.sentence == sentence }) {
      record.warnings[index].count += 1
    } else {
      record.warnings.append(CampaignRecord.Warning(time: Date(), sentence: sentence))
    }
    log("warning: \(sentence)\(more.isEmpty ? "" : "; \(more)")")
  }
}
