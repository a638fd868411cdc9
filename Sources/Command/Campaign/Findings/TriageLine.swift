import Files
import Foundation

/// What triage says of one file: a line of `revfuzz triage`, or with `--json` a JSON object of its own
/// line, which another process reads.
package struct TriageLine: Codable, Equatable {
  package enum Result: String, Codable {
    /// The first of its class, which now has a folder.
    case new
    /// Of a class that has a folder, where it was counted.
    case known
    /// It passed in every run.
    case notReproduced
    /// It could not be run, or not be filed.
    case problem
  }

  /// The path of the file; nil if a problem has nothing to do with one file.
  package var file: String?
  package var result: Result
  /// The folder of a finding that is new or known.
  package var finding: String?
  /// How it fails.
  package var failure: String?
  /// In how many runs.
  package var reproduction: String?
  /// What is wrong, and the exit code that says so.
  package var problem: String?
  package var exitCode: Int32?

  /// What came of running the file at `path`.
  init(_ path: String, _ result: Result, in folder: String? = nil, _ reproduction: Reproducibility)
  {
    file = path
    self.result = result
    finding = folder
    failure = reproduction.failure?.description
    self.reproduction = reproduction.description
  }

  /// What is wrong with the file at `path`, or with triage itself.
  package init(_ path: String?, _ problem: CommandError) {
    file = path
    result = .problem
    self.problem = problem.description
    exitCode = problem.exitCode.rawValue
  }

  /// The line as JSON.
  package var json: String { Self.json(of: self) }

  /// The line that `json` is; nil if it is something else. O(text).
  init?(json: some StringProtocol) {
    guard let line = try? JSONDecoder().decode(TriageLine.self, from: Data(json.utf8)) else {
      return nil
    }
    self = line
  }

  /// `value` as JSON on one line, the same every time.
  static func json(of value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and whole numbers always encode.
    let data = (try? encoder.encode(value)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}

extension TriageLine: CustomStringConvertible {
  /// The line for people.
  package var description: String {
    let path = file ?? ""
    let (failure, reproduction) = (failure ?? "", reproduction ?? "")
    switch result {
    case .new: return "\(path): NEW, see \(finding ?? ""): \(failure); \(reproduction)"
    case .known: return "\(path): known as \(finding ?? ""): \(failure); \(reproduction)"
    case .notReproduced: return "\(path): \(reproduction)"
    case .problem: return problem ?? ""
    }
  }
}

/// The last line of triage: what came of all files.
package struct TriageSummary: Encodable, CustomStringConvertible {
  private let summary: Triage.Tally

  package init(_ tally: Triage.Tally) { summary = tally }

  /// As in `{"summary":{"known":0,"new":1,"notReproduced":0}}`.
  package var json: String { TriageLine.json(of: self) }

  package var description: String {
    "\(summary.new) new, \(summary.known) known, \(summary.notReproduced) not reproduced"
  }
}
