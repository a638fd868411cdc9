import CLibFuzzer
import Differential
import FileNames

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

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
  /// The file of the known failures, to which other processes of the run add; empty if there is
  /// none.
  private let path: String
  /// Whether a failure has ended a process. Every scenario then runs in a child process first.
  let haveEndedProcess: Bool

  /// Equal differences can have different follow-ups. After this many of them, none was new for
  /// long.
  private static let mostFollowUps = 8

  init(_ signatures: [String] = [], path: String = "") {
    reported = Set(signatures)
    self.path = path
    haveEndedProcess = reported.contains(REVFUZZ_ENDED_PROCESS)
  }

  /// The failures in the file named by REVFUZZ_KEEP_GOING, to which new ones are added; nil if it
  /// is not set. O(file).
  static func namedByEnvironment() -> KnownFailures? {
    guard let path = environmentValue(of: "REVFUZZ_KEEP_GOING") else { return nil }
    let signatures = signatures(in: path)
    revfuzz_go_on_after_failures(path)
    return KnownFailures(signatures, path: path)
  }

  /// The lines of the file at `path`.
  private static func signatures(in path: String) -> [String] {
    guard let file = FileName.withCString(path, { fopen($0, "r") }) else { return [] }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer {
      free(line)
      fclose(file)
    }
    var lines: [String] = []
    while getline(&line, &capacity, file) > 0, let line {
      lines += String(cString: line).split(separator: "\n").map(String.init)
    }
    return lines
  }

  /// Whether a difference with this signature is worth following up.
  mutating func isWorthFollowingUp(_ signature: FailureSignature) -> Bool {
    followUps[signature, default: 0] += 1
    return followUps[signature, default: 0] <= Self.mostFollowUps
  }

  /// The time limit of a scenario in a child process, in milliseconds. Short once a hang is known:
  /// most inputs that take long hang in that way.
  var milliseconds: Int { reported.contains { $0.hasPrefix("timeout") } ? 500 : 5000 }

  /// Notes a failure. Returns whether it is new. O(file) if this process has not met it.
  mutating func isNew(_ signature: String) -> Bool {
    // Another process may have reported it meanwhile.
    if !reported.contains(signature) { reported.formUnion(Self.signatures(in: path)) }
    let isNew = reported.insert(signature).inserted
    if !isNew { repeats += 1 }
    return isNew
  }

  /// Counts an input that fails in a known way.
  mutating func countRepeat() { repeats += 1 }
}
