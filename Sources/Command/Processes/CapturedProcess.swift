import FileNames
import Files
import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A finished short run of another program, with its output.
package struct CapturedProcess {
  /// Where standard error goes.
  package enum Errors {
    /// To standard error of this process.
    case inherited
    /// Into `error`.
    case kept
  }

  /// Standard output.
  package let output: String
  /// Standard error, if it was kept; else empty.
  package let error: String
  /// Whether the program exited with 0.
  package let succeeded: Bool
  /// How the program ended, as text for a message.
  package let end: String

  /// The limit on kept standard error, in bytes.
  private static let mostErrors = 1 << 20

  /// Runs `program`, a path or a name to look up on PATH, to its end.
  ///
  /// - Parameter limit: the limit on standard output, in bytes.
  /// - Throws: `unstartable`, also if the program exceeds a limit.
  package static func run(
    _ program: String, _ arguments: [String], limit: Int, errors: Errors = .kept
  ) async throws(CommandError) -> CapturedProcess {
    let executable: Executable =
      program.contains("/") ? .path(FilePath(program)) : .name(program)
    do {
      switch errors {
      case .inherited:
        let result = try await Subprocess.run(
          executable, arguments: Arguments(systemWords: arguments), output: .string(limit: limit),
          error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
        return CapturedProcess(
          output: result.standardOutput, error: "",
          succeeded: result.terminationStatus.isSuccess, end: "\(result.terminationStatus)")
      case .kept:
        let result = try await Subprocess.run(
          executable, arguments: Arguments(systemWords: arguments), output: .string(limit: limit),
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

extension CapturedProcess {
  /// Runs `program`, which is looked up on PATH, with the open files `input` and `output` as its
  /// standard input and output. Standard error is kept.
  ///
  /// - Throws: `unstartable`, also if the program exceeds the limit on standard error.
  package static func filter(
    _ program: String, _ arguments: [String], from input: Int32, to output: Int32
  ) async throws(CommandError) -> CapturedProcess {
    do {
      let result = try await Subprocess.run(
        .name(program), arguments: Arguments(systemWords: arguments),
        input: .fileDescriptor(FileDescriptor(rawValue: input), closeAfterSpawningProcess: false),
        output: .fileDescriptor(FileDescriptor(rawValue: output), closeAfterSpawningProcess: false),
        error: .string(limit: mostErrors))
      return CapturedProcess(
        output: "", error: result.standardError,
        succeeded: result.terminationStatus.isSuccess, end: "\(result.terminationStatus)")
    } catch {
      throw .unstartable(program, "\(error)")
    }
  }
}

extension Arguments {
  /// Arguments that may be names of files; a process gets their bytes.
  init(systemWords words: [String]) { self.init(words.map { FileName.bytes(of: $0) + [0] }) }
}
