import Files
import Foundation
import Processes

/// A run of a fuzz target to its end.
struct FuzzProcess {
  /// How it ended: the exit code, or 128 and the signal's number; 124 if it had to be killed, because it
  /// took too much time or memory.
  var code: Int32
  /// What it said, or the end of it.
  var log: String

  /// The most that is kept of what it says, in bytes.
  private static let mostWords = 4 << 20
  /// The longest that a run may take, in seconds, and the most memory, in MB: many times what any takes.
  private static let mostSeconds = 120
  private static let mostMegabytes = 4096

  /// Runs the target at `path`. It always runs as if it were the first time: hash seeds are fixed, and
  /// with `isFixed` so is the layout of memory, where the system allows that.
  ///
  /// - Parameter supervisor: the executable that supervises it.
  /// - Throws: `unstartable`, and `unwritable` if there is no room for what it says.
  static func run(
    _ path: String, _ arguments: [String], environment: [String: String?] = [:],
    isFixed: Bool = false, supervisor: String = OwnExecutable.path
  ) async throws(CommandError) -> FuzzProcess {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-run-\(UUID().uuidString)").path
    try ResultFolder(path: scratch).make()
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let log = "\(scratch)/log"
    let command = isFixed ? ["setarch", "-R", path] + arguments : [path] + arguments
    let process = BoundedProcess(
      program: command[0], arguments: Array(command.dropFirst()),
      environment: ["SWIFT_DETERMINISTIC_HASHING": "1"].merging(environment) { $1 }, log: log,
      seconds: mostSeconds, megabytes: mostMegabytes, supervisor: supervisor)
    let end = try await process.run()
    let words = FuzzLog.tail(of: log, bytes: mostWords)
    switch end.reason {
    case .exited: return FuzzProcess(code: end.number, log: words)
    case .signalled: return FuzzProcess(code: 128 + end.number, log: words)
    case .timedOut, .exceededMemory, .exceededLog: return FuzzProcess(code: 124, log: words)
    case .abandoned, .notStarted: throw .unstartable(path, "it \(end)")
    }
  }

  /// The lines of the log. O(log).
  var lines: [Substring] { log.split(whereSeparator: \.isNewline) }

  /// The file that was saved because it failed, or nil. O(log).
  var savedFile: String? { FuzzLog(log).saved }

  /// What the target has told at its end; nil if it has not come to that. O(log).
  var result: TargetResult? { FuzzLog(log).result }

  /// The coverage counters of the target itself, or nil if it reports none.
  var counters: Int? {
    log.firstMatch(of: /Loaded 1 modules +\(([0-9]+) inline 8-bit counters\)/).flatMap {
      Int($0.output.1)
    }
  }
}
