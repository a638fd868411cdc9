import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A run of a fuzz target to its end.
struct FuzzProcess {
  /// How it ended: the exit code, or 128 and the signal's number.
  var code: Int32
  /// What it said on standard error, from where libFuzzer's own account begins.
  var log: String

  /// The most that is kept of what it says, in bytes.
  private static let mostWords = 4 << 20

  /// Runs the target at `path`. It always runs as if it were the first time: hash seeds are fixed, and
  /// with `isFixed` so is the layout of memory, where the system allows that.
  ///
  /// - Throws: `unstartable`.
  static func run(
    _ path: String, _ arguments: [String], environment: [String: String?] = [:],
    isFixed: Bool = false
  ) async throws(FileProblem) -> FuzzProcess {
    var values: [Environment.Key: String?] = ["SWIFT_DETERMINISTIC_HASHING": "1"]
    for (name, value) in environment { values[Environment.Key(stringLiteral: name)] = value }
    let command = isFixed ? ["setarch", "-R", path] + arguments : [path] + arguments
    do {
      let result = try await Subprocess.run(
        command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0]),
        arguments: Arguments(Array(command.dropFirst())),
        environment: .inherit.updating(values), output: .discarded,
        error: .string(limit: mostWords))
      let code: Int32
      switch result.terminationStatus {
      case .exited(let number): code = number
      case .signaled(let number): code = 128 + number
      }
      return FuzzProcess(code: code, log: result.standardError)
    } catch {
      throw .unstartable(path, "\(error)")
    }
  }

  /// The lines of the log. O(log).
  var lines: [Substring] { log.split(whereSeparator: \.isNewline) }

  /// The file that libFuzzer has saved, or nil.
  var savedFile: String? {
    lines.last { $0.contains("Test unit written to ") }
      .flatMap { $0.split(separator: "Test unit written to ").last.map(String.init) }
  }

  /// The coverage counters of the target itself, or nil if it reports none.
  var counters: Int? {
    log.firstMatch(of: /Loaded 1 modules +\(([0-9]+) inline 8-bit counters\)/).flatMap {
      Int($0.output.1)
    }
  }
}
