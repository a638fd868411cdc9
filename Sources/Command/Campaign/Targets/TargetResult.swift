import Foundation

/// What a fuzz target tells of its run when it ends: a line of JSON that begins with `mark`. CLibFuzzer.h
/// says what it holds.
struct TargetResult: Decodable, Equatable {
  /// The target, as in `FuzzShadow`.
  var target: String
  /// clean, unsound, divergence, crash, timeout, `out of memory`, stopped or exit; nil if nothing was run.
  var result: String?
  var executions: Int
  var operations: Int
  var milliseconds: Int
  /// The most memory that it had, in MB.
  var megabytes: Int
  /// Coverage counters that were not 0.
  var edges: Int?
  /// What tells the failure from others, if a check has failed.
  var signature: String?
  /// The file that was saved because it failed.
  var saved: String?

  /// What no other line of a target begins with.
  private static let mark = "{\"revfuzz\":"

  /// What a line of a target's log says; nil for every other line. O(line).
  init?(_ line: some StringProtocol) {
    guard line.hasPrefix(Self.mark),
      let result = try? JSONDecoder().decode(Self.self, from: Data(line.utf8))
    else { return nil }
    self = result
  }
}
