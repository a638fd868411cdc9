import Files
import Foundation
import Processes

/// A completed run of a fuzz target.
struct FuzzProcess {
  /// The exit code; 128 plus the number of the signal that ended it; or 124 if it was killed for
  /// exceeding its time, memory or log limit.
  var code: Int32
  /// The log, or the end of a long one.
  var log: String

  /// The environment of every target. The caller's own settings would end a process at once, or
  /// hide failures.
  static let environment: [String: String?] = [
    "SWIFT_DETERMINISTIC_HASHING": "1", "REVFUZZ_RECOVER": nil, "REVFUZZ_KEEP_GOING": nil,
    // A bound for a whole run, which no single input exceeds.
    "REVFUZZ_MOST_NEEDLESS": nil,
  ]

  /// How much of the end of the log is kept, in bytes.
  private static let maxLogBytes = 4 << 20
  /// The time limit in seconds, many times what any run needs.
  private static let maxSeconds = 120
  /// The memory limit in MB, many times what any run needs.
  private static let maxMegabytes = 4096

  /// Runs the target at `path` deterministically: hash seeds are fixed, and with `isFixed` the
  /// memory layout too (`setarch -R`).
  ///
  /// - Parameter supervisor: the executable that supervises the process.
  /// - Throws: `unstartable`; `unwritable` if the log cannot be written.
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
      environment: Self.environment.merging(environment) { $1 }, log: log,
      seconds: maxSeconds, megabytes: maxMegabytes, supervisor: supervisor)
    let end = try await process.run()
    let words = FuzzLog.tail(of: log, bytes: maxLogBytes)
    switch end.reason {
    case .exited: return FuzzProcess(code: end.number, log: words)
    case .signalled: return FuzzProcess(code: 128 + end.number, log: words)
    case .timedOut, .exceededMemory, .exceededLog: return FuzzProcess(code: 124, log: words)
    case .abandoned: throw .unfinished(path, "it \(end)")
    case .notStarted: throw .unstartable(path, String(cString: strerror(end.number)))
    }
  }

  /// The lines of the log. O(log).
  var lines: [Substring] { log.split(whereSeparator: \.isNewline) }

  /// The failing input that was saved, or nil. O(log).
  var savedFile: String? { FuzzLog(log).saved }

  /// The target's result line; nil if it ended before printing one. O(log).
  var result: TargetResult? { FuzzLog(log).result }

  /// The number of the target's coverage counters; nil if it reports none.
  var counters: Int? {
    log.firstMatch(of: /Loaded 1 modules +\(([0-9]+) inline 8-bit counters\)/).flatMap {
      Int($0.output.1)
    }
  }
}
