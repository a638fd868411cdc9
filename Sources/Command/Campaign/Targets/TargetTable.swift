import Files
import Foundation

/// The fuzz targets as `FuzzTargets/targets` has them: the one table that scripts, campaigns, the doctor
/// and the tests read.
package struct TargetTable {
  /// A line of the table.
  package struct Entry: Equatable {
    /// Of the executable, and of its folders in Seeds/ and Corpus/.
    package var name: String
    /// The scenarios that it takes, as `World.Family` names them, or `bytes`.
    package var family: String
    /// Its share of a campaign's time, relative to the others.
    package var weight: Double
    /// The fewest coverage counters that a sound build of it reports.
    package var counters: Int
    package var subject: Subject
    /// Its subject and its oracle, with a bar between them: as in the README's table.
    package var purpose: String

    /// Whether node sizes mean anything to it: bytes have no nodes, and a library has its own.
    package var hasNodeSizes: Bool { family != "bytes" && subject == .ours }
  }

  /// What a target runs.
  package enum Subject: String {
    case ours
    /// A library that somebody names; without one there is nothing to fuzz.
    case library
    /// What fails on purpose; not to be fuzzed.
    case canary
  }

  /// The lines, in order.
  package let entries: [Entry]

  /// Where the table is in the project.
  package static let path = "FuzzTargets/targets"

  /// The table in the file at `path`: that of the project that this is run in.
  ///
  /// - Throws: `unreadable`, or `notAScenario` for a line that is none of a table.
  package init(at path: String = path) throws(CommandError) {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .unreadable(path, "run it in the project's folder")
    }
    var entries: [Entry] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let entry = Entry(line) else {
        throw .notAScenario(path, "'\(line)' is no line of a table of targets")
      }
      entries.append(entry)
    }
    self.entries = entries
  }

  /// Every name, in order.
  package var names: [String] { entries.map(\.name) }

  /// The line of a target; nil if there is none.
  package subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// Whether the target whose executable is at `path` takes any bytes, and not only scenarios.
  func takesBytes(executable path: String) -> Bool {
    self[URL(fileURLWithPath: path).lastPathComponent]?.family == "bytes"
  }

  /// The lines of `known` whose targets are `asked` for, in the order of the table; all of them if none
  /// is.
  ///
  /// - Throws: `unusable` for a name that is not among them.
  package func entries(
    asked: [String], of known: [Entry]
  ) throws(CommandError) -> [Entry] {
    if let other = asked.first(where: { name in !known.contains { $0.name == name } }) {
      let list = known.map(\.name).joined(separator: ", ")
      throw .unusable("the target '\(other)'", "it is none of \(list)")
    }
    return asked.isEmpty ? known : known.filter { asked.contains($0.name) }
  }

  /// The names of those that run a subject of this kind, in order.
  package func names(of subject: Subject) -> [String] {
    entries.filter { $0.subject == subject }.map(\.name)
  }
}

extension TargetTable.Entry {
  /// What a line says, or nil if it says something else. O(line).
  fileprivate init?(_ line: Substring) {
    let fields = line.split(separator: " ", maxSplits: 5)
    guard fields.count == 6, let weight = Double(fields[2]), let counters = Int(fields[3]),
      let subject = TargetTable.Subject(rawValue: String(fields[4]))
    else { return nil }
    self.init(
      name: String(fields[0]), family: String(fields[1]), weight: weight, counters: counters,
      subject: subject, purpose: fields[5].trimmingCharacters(in: .whitespaces))
  }
}
