import CampaignReport
import Files
import Foundation
import Processes

/// The report of a run, made of what the state folder has of it and of those before it.
package struct CampaignReportFiles {
  private let folder: StateFolder
  private let record: CampaignRecord

  /// The most runs before this one that are shown.
  private static let mostEarlier = 12

  /// The report of the run that `record` is of, in its folder in `folder`.
  package init(of folder: StateFolder, _ record: CampaignRecord) {
    self.folder = folder
    self.record = record
  }

  /// Where it is.
  package var path: String { "\(folder.run(record.name))/report.html" }

  /// Writes it. O(numbers of all runs that are shown).
  ///
  /// - Throws: `unwritable`.
  package func write() throws(CommandError) {
    let names = folder.runs.filter { $0 < record.name }.suffix(Self.mostEarlier)
    let earlier = names.compactMap { name -> (CampaignRecord, [NumberLine])? in
      let path = "\(folder.run(name))/record.json"
      guard let data = FileManager.default.contents(atPath: path),
        let run = CampaignRecord(json: data)
      else { return nil }
      return (run, numbers(of: name))
    }
    let report = Report(run: record, numbers: numbers(of: record.name), earlier: earlier) {
      DiscoveryProbability($0).description
    }
    try ResultFile(path: path).write(report.html)
  }

  private func numbers(of name: String) -> [NumberLine] {
    let text = try? String(contentsOfFile: "\(folder.run(name))/numbers.jsonl", encoding: .utf8)
    return NumberLine.lines(in: text ?? "")
  }
}
