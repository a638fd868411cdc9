import CampaignReport
import Files
import Foundation
import Processes

/// What is known of a finding, as `about.json` in its folder.
struct FindingRecord: Codable, Equatable {
  /// What tells it from others: `Failure.signature`.
  var signature: String
  /// How it fails, in one line.
  var failure: String
  /// Whether it fails in every run.
  var reproduction: String
  /// Files that failed like this, the first one included.
  var count: Int
  /// When the first and the last of them was filed, as in `2026-11-25T12:00:00Z`.
  var first: Date
  var last: Date
  /// What was run, as the caller says.
  var origin: String
  /// The command that replays what is left.
  var replay: String
  /// The run whose report has told of it first; nil until one has.
  var reported: String?
}

/// The folder of findings: one folder for each way in which something has failed.
struct FindingStore {
  private let folder: String
  /// The folders of what is known, by their signature.
  private var known: [String: String] = [:]

  private static let about = "about.json"

  /// The store in `folder`, which is made if it is not there. A folder in it without a record that
  /// can be read is of something else, and is left alone.
  ///
  /// - Throws: `unwritable`.
  init(folder: String) throws(CommandError) {
    self.folder = folder
    try ResultFolder(path: folder).make()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names.sorted() {
      let path = "\(folder)/\(name)"
      if let record = Self.record(in: path) { known[record.signature] = path }
    }
  }

  /// The folder of what fails with this signature, or nil if it is new.
  func folder(of failure: Failure) -> String? { known[failure.signature] }

  /// Counts one more in `path`, at `date`.
  ///
  /// - Throws: `unwritable`.
  func countAnother(in path: String, at date: Date) throws(CommandError) {
    guard var record = Self.record(in: path) else { return }
    record.count += 1
    record.last = date
    try Self.write(record, to: path)
  }

  /// A new folder for `failure`, called `name` or, if that is taken, NAME-2, NAME-3, ...
  ///
  /// - Throws: `unwritable`.
  mutating func makeFolder(for failure: Failure, named name: String) throws(CommandError) -> String
  {
    var number = 1
    while true {
      let path = "\(folder)/\(name)\(number == 1 ? "" : "-\(number)")"
      if mkdir(path, 0o777) == 0 {
        known[failure.signature] = path
        return path
      }
      guard errno == EEXIST else { throw .unwritable(path, String(cString: strerror(errno))) }
      number += 1
    }
  }

  /// Writes `record` into its folder: whole, or not at all.
  ///
  /// - Throws: `unwritable`.
  static func write(_ record: FindingRecord, to path: String) throws(CommandError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    do {
      try encoder.encode(record).write(
        to: URL(fileURLWithPath: "\(path)/\(about)"), options: .atomic)
    } catch {
      throw .unwritable("\(path)/\(about)", "\(error.localizedDescription)")
    }
  }

  /// The record in the folder at `path`, or nil if there is none that can be read.
  static func record(in path: String) -> FindingRecord? {
    guard let data = FileManager.default.contents(atPath: "\(path)/\(about)") else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try? decoder.decode(FindingRecord.self, from: data)
  }

  /// What is in `folder` and no report has told of, and what was counted there since `time`, as it is shown to
  /// a reader: what is new first, each in the order of the folders. O(findings).
  static func pages(in folder: String, since time: Date) -> [CampaignRecord.FindingPage] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    // Whole seconds are kept.
    let time = Date(timeIntervalSince1970: time.timeIntervalSince1970.rounded(.down))
    let pages = names.sorted().compactMap { name -> CampaignRecord.FindingPage? in
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

  /// Notes that the report of `run` has told of everything in `folder`.
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
