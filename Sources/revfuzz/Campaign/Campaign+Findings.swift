import CampaignRecord
import Foundation

// What fails, and what goes wrong.

extension Campaign {
  /// Sorts inputs of the target that failed, which `executable` has saved.
  func sort(
    _ paths: [String], of target: String, by executable: String, origin: String
  ) async {
    let corpus = state.corpus(of: target)
    for path in paths {
      let result = await sorter.sort(path, target: executable, origin: origin)
      // Another job may have sorted it in the meantime.
      guard access(path, F_OK) == 0 else { continue }
      switch result {
      case .new(let words):
        tell("\(target): NEW FINDING: \(words)")
        corpus.putAwayInputs(like: path)
        corpus.setAside(path)
        tallies[target]?.findings += 1
      case .known:
        corpus.putAwayInputs(like: path)
        corpus.setAside(path)
      case .passes:
        let name = URL(fileURLWithPath: path).lastPathComponent
        note(
          "\(target): an input has failed once and did not in \(2 * Reproduction.runs) more runs",
          more: "\(corpus.triaged)/\(name)")
        corpus.setAside(path)
      case .unsorted(let why):
        // It waits for the next campaign.
        note("\(target): an input that failed could not be sorted: \(why)", more: path)
        return
      }
    }
  }

  /// Notes what went wrong with the campaign. What differs from time to time is `more`.
  func note(_ sentence: String, more: String = "") {
    if let index = record.troubles.firstIndex(where: { $0.sentence == sentence }) {
      record.troubles[index].count += 1
    } else {
      record.troubles.append(NightRecord.Trouble(time: Date(), sentence: sentence))
    }
    tell("trouble: \(sentence)\(more.isEmpty ? "" : "; \(more)")")
  }
}
