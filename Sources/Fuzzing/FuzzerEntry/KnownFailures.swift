import CLibFuzzer
import Differential
import Foundation

/// The failures that a run has met already and goes on after.
///
/// A failure is saved and reported once. Later inputs that fail in the same way are only counted.
struct KnownFailures {
  /// The signatures of failures that were reported.
  private var reported: Set<String>
  /// How often a difference was followed up, by its signature before the follow-up.
  private var followUps: [FailureSignature: Int] = [:]
  /// The inputs that failed in a known way.
  private(set) var repeats = 0
  /// Whether a failure has ended a process. Every scenario then runs in a child process first.
  let haveEndedProcess: Bool

  /// Equal differences can have different follow-ups. After this many of them, none was new for
  /// long.
  private static let mostFollowUps = 8

  init(_ signatures: [String] = []) {
    reported = Set(signatures)
    haveEndedProcess = reported.contains(REVFUZZ_ENDED_PROCESS)
  }

  /// The failures in the file named by REVFUZZ_KEEP_GOING, to which new ones are added; nil if it
  /// is not set. O(file).
  static func namedByEnvironment() -> KnownFailures? {
    guard let path = environmentValue(of: "REVFUZZ_KEEP_GOING") else { return nil }
    let bytes = FileManager.default.contents(atPath: path) ?? Data()
    revfuzz_go_on_after_failures(path)
    return KnownFailures(
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  /// Whether a difference with this signature is worth following up.
  mutating func isWorthFollowingUp(_ signature: FailureSignature) -> Bool {
    followUps[signature, default: 0] += 1
    return followUps[signature, default: 0] <= Self.mostFollowUps
  }

  /// The time limit of a scenario in a child process, in milliseconds. Short once a hang is known:
  /// most inputs that take long hang in that way.
  var milliseconds: Int { reported.contains { $0.hasPrefix("timeout") } ? 500 : 5000 }

  /// Notes a failure. Returns whether it is new.
  mutating func isNew(_ signature: String) -> Bool {
    let isNew = reported.insert(signature).inserted
    if !isNew { repeats += 1 }
    return isNew
  }

  /// Counts an input that fails in a known way.
  mutating func countRepeat() { repeats += 1 }
}
