import Files
import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A short run of another program, with what it printed.
package struct CapturedProcess {
  /// What becomes of standard error.
  package enum Errors {
    /// It goes where this process's own goes.
    case inherited
    /// It is read, and kept as far as there is room.
    case kept
  }

  /// What it wrote to standard output.
  package let output: String
  /// What it wrote to standard error, if that was kept.
  package let error: String
  /// Whether it exited with 0.
  package let succeeded: Bool
  /// How it ended, for people.
  package let end: String

  /// The most of standard error that is kept, in bytes.
  private static let mostErrors = 1 << 20

  /// Runs `program`, a path, or a name to be looked for on PATH, to its end.
  ///
  /// - Parameter limit: the most that it may write to standard output, in bytes.
  /// - Throws: `unstartable`, also if it writes more.
  package static func run(
    _ program: String, _ arguments: [String], limit: Int, errors: Errors = .kept
  ) async throws(CommandError) -> CapturedProcess {
    let executable: Executable =
      program.contains("/") ? .path(FilePath(program)) : .name(program)
    do {
      switch errors {
      case .inherited:
        let result = try await Subprocess.run(
          executable, arguments: Arguments(arguments), output: .string(limit: limit),
          error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
        return CapturedProcess(
          output: result.standardOutput, error: "",
          succeeded: result.terminationStatus.isSuccess, end: "\(result.terminationStatus)")
      case .kept:
        let result = try await Subprocess.run(
          executable, arguments: Arguments(arguments), output: .string(limit: limit),
          error: .string(limit: mostErrors))
        return CapturedProcess(
          output: result.standardOutput, error: result.standardError,
          succeeded: result.terminationStatus.isSuccess, end: "\(result.terminationStatus)")
      }
    } catch {
      throw .unstartable(program, "\(error)")
    }
  }
}
