import Files
import Foundation
import Processes

/// The numbers and results that libFuzzer and the target have logged so far.
struct FuzzLog: Equatable {
  /// Executions.
  var executions = 0
  /// Coverage counters that are not 0.
  var edges = 0
  /// Coverage features: counters together with how often each was hit.
  var features = 0
  /// Inputs in the process's corpus.
  var corpus = 0
  /// The path of the saved failing input, as printed by the target itself or else by libFuzzer.
  var saved: String?
  /// How many files a merge chose; nil if it has not finished.
  var chosen: Int?
  /// The target's result line; nil before its end.
  var result: TargetResult?

  /// Parses the text of a log, whose beginning may be missing. O(text).
  init(_ text: some StringProtocol) {
    for line in text.split(whereSeparator: \.isNewline) { read(line) }
  }

  /// The last `bytes` of the log at `path` as text; empty if it cannot be read.
  static func tail(of path: String, bytes: Int) -> String {
    guard let file = FileHandle(forReadingAtPath: path) else { return "" }
    defer { try? file.close() }
    let size = (try? file.seekToEnd()) ?? 0
    try? file.seek(toOffset: size > bytes ? size - UInt64(bytes) : 0)
    return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
  }

  private mutating func read(_ line: some StringProtocol) {
    if line.hasPrefix("#") {
      readStatus(line)
    } else if let result = TargetResult(line) {
      self.result = result
      executions = max(executions, result.executions)
      edges = max(edges, result.edges ?? 0)
      saved = result.saved ?? saved
    } else if line.hasPrefix("stat::number_of_executed_units:") {
      executions = line.split(separator: " ").last.flatMap { Int($0) } ?? executions
    } else if let range = line.range(of: "Test unit written to ") {
      saved = String(line[range.upperBound...])
    } else if line.hasPrefix("MERGE-OUTER: "), line.contains(" new files with ") {
      chosen = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
  }

  /// Reads a status line, as in
  /// `#4096 NEW cov: 1329 ft: 9108 corp: 546/476Kb lim: 6152 exec/s: 13517 ...`.
  private mutating func readStatus(_ line: some StringProtocol) {
    let words = line.split { $0 == " " || $0 == "\t" }
    guard let first = words.first, let number = Int(first.dropFirst()) else { return }
    executions = max(executions, number)
    for (name, value) in zip(words, words.dropFirst()) {
      switch name {
      case "cov:": edges = Int(value) ?? edges
      case "ft:": features = Int(value) ?? features
      case "corp:": corpus = value.split(separator: "/").first.flatMap { Int($0) } ?? corpus
      default: break
      }
    }
  }
}
