import CampaignReport
import Files
import Foundation
import Processes

/// The record of a finding, kept as `about.json` in its folder.
struct FindingRecord: Codable, Equatable {
  /// The failure's signature (`Failure.signature`), which distinguishes findings.
  var signature: String
  /// A description of the failure, in one line.
  var failure: String
  /// How reliably it fails, as in `steady`.
  var reproduction: String
  /// The number of inputs with this failure, including the first.
  var count: Int
  /// When the first and the last input was filed, as in `2026-11-25T12:00:00Z`.
  var first: Date
  var last: Date
  /// What was run: a job, a build and a command line, as given by the caller.
  var origin: String
  /// The command that replays the shrunk scenario.
  var replay: String
  /// The first run whose report includes the finding; nil if no report does.
  var reported: String?
}

/// The folder of findings: one folder for each failure signature.
struct FindingStore {
  private let folder: String
  /// The folders of known findings, by signature.
  private var known: [String: String] = [:]

  private static let about = "about.json"

  /// Opens the store in `folder`, which is created if missing. Subfolders without a readable record
  /// are ignored.
  ///
  /// - Throws: `unwritable`.
  init(folder: String) throws(CommandError) {
    self.folder = folder
    try ResultFolder(path: folder).make()
    for name in (try? FileSystem.names(in: folder)) ?? [] {
      let path = "\(folder)/\(name)"
      if let record = Self.record(in: path) { known[record.signature] = path }
    }
  }

  /// The folder of the finding with the same signature as `failure`, or nil if there is none.
  func folder(of failure: Failure) -> String? { known[failure.signature] }

  /// Counts one more input, filed at `date`, for the finding in the folder `path`.
  ///
  /// - Throws: `unwritable`.
  func countAnother(in path: String, at date: Date) throws(CommandError) {
    guard var record = Self.record(in: path) else { return }
    record.count += 1
    record.last = date
    try Self.write(record, to: path)
  }

  /// Creates a folder for `failure`, named `name` or, if that is taken, NAME-2, NAME-3, ...
  ///
  /// - Throws: `unwritable`.
  mutating func makeFolder(for failure: Failure, named name: String) throws(CommandError) -> String
  {
    var number = 1
    while true {
      let path = "\(folder)/\(name)\(number == 1 ? "" : "-\(number)")"
      do throws(FileSystem.Failure) {
        try FileSystem.makeFolder(path)
        known[failure.signature] = path
        return path
      } catch {
        guard error.code == EEXIST else { throw .unwritable(path, "\(error)") }
        number += 1
      }
    }
  }

  /// Writes `record` into the folder at `path`, atomically.
  ///
  /// - Throws: `unwritable`.
  static func write(_ record: FindingRecord, to path: String) throws(CommandError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    // Strings, whole numbers and dates always encode.
    let data = (try? encoder.encode(record)) ?? Data()
    try ResultFile(path: "\(path)/\(about)").write(data)
  }

  /// The record in the folder at `path`, or nil if there is no readable one.
  static func record(in path: String) -> FindingRecord? {
    guard let bytes = try? FileSystem.contents(of: "\(path)/\(about)") else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try? decoder.decode(FindingRecord.self, from: Data(bytes))
  }

  /// The findings for a run's report: those that no report includes yet, then known ones that
  /// failed again since `time`; each sorted by name. O(findings).
  static func pages(in folder: String, since time: Date) -> [CampaignRecord.FindingPage] {
    // Records keep whole seconds.
    let time = Date(timeIntervalSince1970: time.timeIntervalSince1970.rounded(.down))
    let names = (try? FileSystem.names(in: folder)) ?? []
    let pages = names.compactMap { name -> CampaignRecord.FindingPage? in
      let path = "\(folder)/\(name)"
      guard let record = record(in: path), record.last >= time || record.reported == nil else {
        return nil
      }
      func text(_ file: String) -> String? { try? String(contentsOfFile: file, encoding: .utf8) }
      let scenario = InputFolder.names(in: path).first { $0.hasSuffix(".scenario") }
      return CampaignRecord.FindingPage(
        name: name, failure: record.failure, reproduction: record.reproduction,
        isNew: record.reported == nil, count: record.count, replay: record.replay,
        scenario: scenario.flatMap { text("\(path)/\($0)") } ?? "",
        drawing: text("\(path)/explanation.txt"))
    }
    return pages.filter(\.isNew) + pages.filter { !$0.isNew }
  }

  /// Marks every finding in `folder` that no report included before as reported by `run`.
  ///
  /// - Throws: `unwritable`.
  static func markReported(in folder: String, by run: String) throws(CommandError) {
    for name in InputFolder.names(in: folder) {
      guard var record = record(in: "\(folder)/\(name)"), record.reported == nil else { continue }
      record.reported = run
      try write(record, to: "\(folder)/\(name)")
    }
  }
}
