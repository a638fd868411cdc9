import Foundation

/// The result that a fuzz target prints when it ends: a line of JSON that begins with `mark`.
/// CLibFuzzer.h documents its fields.
struct TargetResult: Decodable, Equatable {
  /// The target, as in `FuzzShadow`.
  var target: String
  /// clean, unsound, divergence, crash, timeout, `out of memory`, stopped or exit; nil if nothing
  /// was executed.
  var result: String?
  var executions: Int
  var operations: Int
  var milliseconds: Int
  /// Peak memory in MB.
  var megabytes: Int
  /// Coverage counters that are not 0.
  var edges: Int?
  /// The signature of the failure, if a check failed.
  var signature: String?
  /// The path of the failing input, if one was saved.
  var saved: String?
  /// Requests for memory that were refused.
  var refusals: Int?
  /// The most mappings that one map held.
  var largest: Int?

  /// The beginning of the line. No other line of a log begins with it.
  private static let mark = "{\"revfuzz\":"

  /// Parses a line of a target's log; nil if it is not the result line. O(line).
  init?(_ line: some StringProtocol) {
    guard line.hasPrefix(Self.mark),
      let result = try? JSONDecoder().decode(Self.self, from: Data(line.utf8))
    else { return nil }
    self = result
  }
}
