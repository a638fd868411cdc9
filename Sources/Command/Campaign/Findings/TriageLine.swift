import FileNames
import Files
import Foundation

/// The result of triage for one file: a line of text, or with `--json` a JSON object on a line of
/// its own for other programs.
package struct TriageLine: Codable, Equatable {
  package enum Result: String, Codable {
    /// The first failure with its signature. It has a new folder.
    case new
    /// A failure whose signature has a folder. It was counted there.
    case known
    /// It passed in every run.
    case notReproduced
    /// It could not be run or not be filed.
    case problem
  }

  /// The path of the file as messages show it; nil for a problem that does not concern one file.
  package var file: String?
  package var result: Result
  /// The folder of the finding as messages show it, if the result is new or known.
  package var finding: String?
  /// How it fails.
  package var failure: String?
  /// The signature of the failure, which is the same for all files of a finding.
  package var signature: String?
  /// How reliably it fails.
  package var reproduction: String?
  /// The description of the problem, and its exit code.
  package var problem: String?
  package var exitCode: Int32?

  /// The result of running the file at `path`.
  init(_ path: String, _ result: Result, in folder: String? = nil, _ reproduction: Reproducibility)
  {
    file = FileName.shown(path)
    self.result = result
    finding = folder.map(FileName.shown)
    failure = reproduction.failure?.description
    signature = reproduction.failure?.signature
    self.reproduction = reproduction.description
  }

  /// A problem with the file at `path`, or with triage itself.
  package init(_ path: String?, _ problem: CommandError) {
    file = path.map(FileName.shown)
    result = .problem
    self.problem = problem.description
    exitCode = problem.exitCode.rawValue
  }

  /// The line as JSON.
  package var json: String { Self.json(of: self) }

  /// Parses the line; nil if `json` is something else. O(text).
  init?(json: some StringProtocol) {
    guard let line = try? JSONDecoder().decode(TriageLine.self, from: Data(json.utf8)) else {
      return nil
    }
    self = line
  }

  /// `value` as JSON on one line, with sorted keys.
  static func json(of value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and whole numbers always encode.
    let data = (try? encoder.encode(value)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}

extension TriageLine: CustomStringConvertible {
  /// The line as text.
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

/// The last line of triage: the number of files per result.
package struct TriageSummary: Encodable, CustomStringConvertible {
  private let summary: Triage.Tally

  package init(_ tally: Triage.Tally) { summary = tally }

  /// As in `{"summary":{"known":0,"new":1,"notReproduced":0}}`.
  package var json: String { TriageLine.json(of: self) }

  package var description: String {
    "\(summary.new) new, \(summary.known) known, \(summary.notReproduced) not reproduced"
  }
}
