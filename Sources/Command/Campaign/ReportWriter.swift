import CampaignReport
import Files
import Foundation
import Processes

/// Writes the report of a run, from the files that the state folder has of it and of earlier runs.
package struct ReportWriter {
  private let folder: StateFolder
  private let record: CampaignRecord

  /// How many earlier runs the report shows, at most.
  private static let maxEarlierRuns = 12

  /// A writer for the report of the run with this record in the state folder `folder`.
  package init(of folder: StateFolder, _ record: CampaignRecord) {
    self.folder = folder
    self.record = record
  }

  /// The path of the report.
  package var path: String { "\(folder.run(record.name))/report.html" }

  /// Writes the report. O(number lines of all runs shown).
  ///
  /// - Throws: `unwritable`.
  package func write() throws(CommandError) {
    let names = folder.runs.filter { $0 < record.name }.suffix(Self.maxEarlierRuns)
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
