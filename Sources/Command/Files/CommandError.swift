import ArgumentParser
import Foundation

/// Why a file is no use, in one line, with the exit code that says so to a script.
package struct CommandError: Error, CustomStringConvertible {
  package var description: String
  package var exitCode: ExitCode

  package init(description: String, exitCode: ExitCode) {
    self.description = description
    self.exitCode = exitCode
  }

  /// EX_DATAERR.
  package static let noScenario = ExitCode(65)

  /// EX_DATAERR: the file is no scenario.
  package static func notAScenario(_ path: String, _ why: String) -> CommandError {
    CommandError(description: "\(path): \(why)", exitCode: noScenario)
  }

  /// EX_NOINPUT: the file cannot be read.
  package static func unreadable(_ path: String, _ why: String) -> CommandError {
    CommandError(description: "\(path): cannot be read: \(why)", exitCode: ExitCode(66))
  }

  /// Whether it is a file to be read that is at fault, so that others may still be read.
  package var isOfInput: Bool { [65, 66].contains(exitCode.rawValue) }

  /// EX_USAGE: what was asked for cannot be had here.
  package static func unusable(_ what: String, _ why: String) -> CommandError {
    CommandError(description: "\(what) cannot be used: \(why)", exitCode: ExitCode(64))
  }

  /// EX_OSERR: something that every system can do was refused.
  package static func unstartable(_ what: String, _ why: String) -> CommandError {
    CommandError(description: "\(what) cannot be started: \(why)", exitCode: ExitCode(71))
  }

  /// EX_OSERR: what was begun did not come to its end.
  package static func unfinished(_ what: String, _ why: String) -> CommandError {
    CommandError(description: "\(what) did not work: \(why)", exitCode: ExitCode(71))
  }

  /// As of a process that an interrupt ends.
  package static let endedEarly = ExitCode(130)

  /// It is not known how the scenario at `path` fails, because there was no time to find out.
  package static func interrupted(_ path: String) -> CommandError {
    CommandError(description: "\(path): ended before it was known to fail", exitCode: endedEarly)
  }

  /// EX_CANTCREAT: the file cannot be written.
  package static func unwritable(_ path: String, _ why: String) -> CommandError {
    CommandError(description: "\(path): cannot be written: \(why)", exitCode: ExitCode(73))
  }
}

extension ParsableCommand {
  /// Runs `body`; a problem with a file becomes one line on standard error and its exit code.
  package func reportingProblems(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let problem as CommandError {
      problem.print()
      throw problem.exitCode
    }
  }

  /// Runs `body`; a problem with a file becomes one line on standard error and its exit code.
  package func reportingProblems(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let problem as CommandError {
      problem.print()
      throw problem.exitCode
    }
  }
}

extension CommandError {
  /// One line on standard error.
  package func print() {
    // With standard error closed there is nobody to tell; the exit code still says it.
    try? FileHandle.standardError.write(contentsOf: Data("revfuzz: \(description)\n".utf8))
  }
}
