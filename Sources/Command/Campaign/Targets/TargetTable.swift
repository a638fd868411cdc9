import Files
import Foundation

/// The table of fuzz targets, `FuzzTargets/targets`. Scripts, campaigns, the self-checks and the
/// tests all read this one table.
package struct TargetTable {
  /// A line of the table.
  package struct Entry: Equatable {
    /// The name of the executable, and of its folders in Seeds/ and Corpus/.
    package var name: String
    /// The world family of its scenarios (`World.Family`), or `bytes`.
    package var family: String
    /// The target's share of a campaign's time, relative to the others.
    package var weight: Double
    /// The fewest coverage counters that a properly instrumented build reports.
    package var counters: Int
    /// The fewest edges that the committed corpus reaches in such a build; 0 without a corpus.
    package var edges: Int
    package var subject: Subject
    /// Its subject and its oracle, separated by a bar, as in the README's table.
    package var purpose: String

    /// The names of the folders in Corpus/ that it starts from: its own; for a library also those
    /// of our own map, which exercise any map.
    package var corpora: [String] { subject == .library ? [name, "FuzzShadow"] : [name] }

    /// Whether the node size can be set: bytes have no nodes, and a library chooses its own.
    package var hasNodeSizes: Bool { family != "bytes" && subject == .ours }
  }

  /// The subject of a target.
  package enum Subject: String {
    /// The project's own map.
    case ours
    /// A library named by the user; without one there is nothing to fuzz.
    case library
    /// A map that fails on purpose, for the self-checks only.
    case canary
  }

  /// The lines, in order.
  package let entries: [Entry]

  /// The path of the table in the project.
  package static let path = "FuzzTargets/targets"

  /// Reads the table at `path`, by default that of the project in the current folder.
  ///
  /// - Throws: `unreadable`, or `notAScenario` for an invalid line.
  package init(at path: String = path) throws(CommandError) {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .unreadable(path, "run this in the project's folder")
    }
    var entries: [Entry] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let entry = Entry(line) else {
        throw .notAScenario(path, "'\(line)' is not a valid line of a table of targets")
      }
      entries.append(entry)
    }
    self.entries = entries
  }

  /// Every name, in order.
  package var names: [String] { entries.map(\.name) }

  /// The entry of a target; nil if there is none.
  package subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The target whose name is part of `text`, as in `cifuzz-corpus-FuzzShadow.zip`; nil if none or
  /// several are. O(targets).
  func target(in text: String) -> Entry? {
    let found = entries.filter { text.contains($0.name) }
    return found.count == 1 ? found[0] : nil
  }

  /// Whether the target whose executable is at `path` takes arbitrary bytes instead of scenarios.
  func takesBytes(executable path: String) -> Bool {
    self[URL(fileURLWithPath: path).lastPathComponent]?.family == "bytes"
  }

  /// The entries of `known` whose names are in `asked`, in the order of the table; all of them if
  /// `asked` is empty.
  ///
  /// - Throws: `unusable` for a name that is not in `known`.
  package func entries(asked: [String], of known: [Entry]) throws(CommandError) -> [Entry] {
    if let other = asked.first(where: { name in !known.contains { $0.name == name } }) {
      let list = known.map(\.name).joined(separator: ", ")
      throw .unusable("the target '\(other)'", "choose from \(list)")
    }
    return asked.isEmpty ? known : known.filter { asked.contains($0.name) }
  }

  /// The names of the targets with this kind of subject, in order.
  package func names(of subject: Subject) -> [String] {
    entries.filter { $0.subject == subject }.map(\.name)
  }
}

extension TargetTable.Entry {
  /// Parses a line; nil if it is invalid. O(line).
  fileprivate init?(_ line: Substring) {
    let fields = line.split(separator: " ", maxSplits: 6)
    guard fields.count == 7, let weight = Double(fields[2]), let counters = Int(fields[3]),
      let edges = Int(fields[4]), let subject = TargetTable.Subject(rawValue: String(fields[5]))
    else { return nil }
    self.init(
      name: String(fields[0]), family: String(fields[1]), weight: weight, counters: counters,
      edges: edges, subject: subject, purpose: fields[6].trimmingCharacters(in: .whitespaces))
  }
}
