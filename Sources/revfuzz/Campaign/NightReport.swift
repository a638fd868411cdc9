import CampaignRecord
import Foundation

/// The report of a night, made of what the state folder has of it and of those before it.
struct NightReport {
  let folder: StateFolder
  let record: NightRecord

  /// The most nights before this one that are shown.
  private static let mostEarlier = 14

  init(of folder: StateFolder, _ record: NightRecord) {
    self.folder = folder
    self.record = record
  }

  /// Writes `report.html` into the night's folder. Returns the line for a mail.
  ///
  /// - Throws: `unwritable`.
  func write() throws(FileProblem) -> String {
    "\(Verdict(on: record))"
  }

  private func numbers(of name: String) -> [NumberLine] {
    let text = try? String(contentsOfFile: "\(folder.night(name))/numbers.jsonl", encoding: .utf8)
    return NumberLine.lines(in: text ?? "")
  }
}
