import CampaignReport
import Files
import Foundation
import Processes

// What fails, and what goes wrong.

extension Campaign {
  /// Sorts inputs of the target that failed.
  ///
  /// - Parameter origin: what is known of where they come from.
  func sort(_ paths: [String], of target: String, origin: String) async {
    let corpus = state.corpus(of: target)
    for path in paths {
      let name = URL(fileURLWithPath: path).lastPathComponent
      // What only a sanitizer has seen, only a sanitizer sees again.
      let kind = Job.Kind(ofSavedFile: name)
      guard let build = options.builds.build(for: kind) else {
        noteUnexplained(
          "\(target): a failure in a job '\(kind.rawValue)' waits for its build", more: path)
        continue
      }
      if isOver() {
        noteUnexplained("\(target): an input that failed waits for the next campaign", more: path)
        continue
      }
      let result = await sorter.sort(path, target: build.executable(target), origin: origin)
      // Another job may have sorted it in the meantime.
      guard access(path, F_OK) == 0 else { continue }
      switch result {
      case .new(let words):
        log("\(target): NEW FINDING: \(words)")
        corpus.putAwayInputs(like: path)
        corpus.setAside(path)
        tallies[target]?.findings += 1
      case .known:
        corpus.putAwayInputs(like: path)
        corpus.setAside(path)
      case .passes:
        corpus.setAside(path)
        let more = "\(corpus.triaged)/\(name)"
        let runs = 2 * Reproducibility.runs
        // Too slow or too large for once is what a loaded machine makes of an input.
        if name.contains("timeout-") || name.contains("oom-") {
          note(
            "\(target): an input was too slow or too large once, and not in \(runs) more runs",
            more: more)
        } else {
          noteUnexplained(
            "\(target): an input has failed once, and not in \(runs) more runs", more: more)
        }
      case .noScenario(let why):
        corpus.giveUp(path)
        noteUnexplained("\(target): what was saved as failed is no scenario: \(why)")
      case .unsorted(let why):
        // It waits for the next campaign, and the others do not wait for it.
        noteUnexplained("\(target): an input that failed could not be sorted: \(why)", more: path)
      }
    }
  }

  /// Notes a failure of which there is no finding: nobody is to take the run for clean.
  func noteUnexplained(_ sentence: String, more: String = "") {
    record.unexplained += 1
    note(sentence, more: more)
  }

  /// Notes what went wrong with the campaign. What differs from time to time is `more`.
  func note(_ sentence: String, more: String = "") {
    if let index = record.warnings.firstIndex(where: { $0.sentence == sentence }) {
      record.warnings[index].count += 1
    } else {
      record.warnings.append(CampaignRecord.Warning(time: Date(), sentence: sentence))
    }
    log("warning: \(sentence)\(more.isEmpty ? "" : "; \(more)")")
  }
}
