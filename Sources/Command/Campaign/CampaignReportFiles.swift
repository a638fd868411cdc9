import CampaignReport
import Files
import Foundation
import Processes

/// The report of a night, made of what the state folder has of it and of those before it.
package struct CampaignReportFiles {
  private let folder: StateFolder
  private let record: CampaignRecord

  /// The most nights before this one that are shown.
  private static let mostEarlier = 12

  /// The report of the night that `record` is of, in its folder in `folder`.
  package init(of folder: StateFolder, _ record: CampaignRecord) {
    self.folder = folder
    self.record = record
  }

  /// Where it is.
  package var path: String { "\(folder.night(record.name))/report.html" }

  /// Writes it. O(numbers of all nights that are shown).
  ///
  /// - Throws: `unwritable`.
  package func write() throws(CommandError) {
    let names = folder.nights.filter { $0 < record.name }.suffix(Self.mostEarlier)
    let earlier = names.compactMap { name -> (CampaignRecord, [NumberLine])? in
      let path = "\(folder.night(name))/night.json"
      guard let data = FileManager.default.contents(atPath: path),
        let night = CampaignRecord(json: data)
      else { return nil }
      return (night, numbers(of: name))
    }
    let report = Report(night: record, numbers: numbers(of: record.name), earlier: earlier) {
      DiscoveryProbability($0).description
    }
    try ResultFile(path: path).write(report.html)
  }

  private func numbers(of name: String) -> [NumberLine] {
    let text = try? String(contentsOfFile: "\(folder.night(name))/numbers.jsonl", encoding: .utf8)
    return NumberLine.lines(in: text ?? "")
  }
}
