import ArgumentParser
import FileNames
import Foundation

/// An error that ends a command: one line for the user, and the exit code for scripts.
package struct CommandError: Error, CustomStringConvertible {
  package var description: String
  package var exitCode: ExitCode

  package init(description: String, exitCode: ExitCode) {
    self.description = description
    self.exitCode = exitCode
  }

  /// EX_DATAERR: the input is not a valid scenario.
  package static let noScenario = ExitCode(65)

  /// EX_DATAERR: the file is not a valid scenario, table or record.
  package static func notAScenario(_ path: String, _ why: String) -> CommandError {
    CommandError(description: "\(FileName.shown(path)): \(why)", exitCode: noScenario)
  }

  /// EX_NOINPUT: the file cannot be read.
  package static func unreadable(_ path: String, _ why: String) -> CommandError {
    CommandError(description: "cannot read \(FileName.shown(path)): \(why)", exitCode: ExitCode(66))
  }

  /// Whether one input file is at fault, so that the command may go on with the others.
  package var isOfInput: Bool { [65, 66].contains(exitCode.rawValue) }

  /// EX_USAGE: an argument names something that this command cannot use.
  package static func unusable(_ what: String, _ why: String) -> CommandError {
    CommandError(description: "cannot use \(FileName.shown(what)): \(why)", exitCode: ExitCode(64))
  }

  /// EX_USAGE: the command line is wrong.
  package static func wrongUsage(_ sentence: String) -> CommandError {
    CommandError(description: sentence, exitCode: ExitCode(64))
  }

  /// EX_OSERR: a program or a step of the command cannot be started.
  package static func unstartable(_ what: String, _ why: String) -> CommandError {
    CommandError(
      description: "cannot start \(FileName.shown(what)): \(why)", exitCode: ExitCode(71))
  }

  /// EX_OSERR: a program or a step of the command started and then failed.
  package static func unfinished(_ what: String, _ why: String) -> CommandError {
    CommandError(description: "\(FileName.shown(what)) failed: \(why)", exitCode: ExitCode(71))
  }

  /// 128 + SIGINT: an interrupt or a time limit ended the command before it had a result.
  package static let endedEarly = ExitCode(130)

  /// The command ended before the scenario at `path` had failed once.
  package static func interrupted(_ path: String) -> CommandError {
    CommandError(
      description: "\(FileName.shown(path)): stopped before the scenario had failed",
      exitCode: endedEarly)
  }

  /// EX_CANTCREAT: the file cannot be written.
  package static func unwritable(_ path: String, _ why: String) -> CommandError {
    CommandError(
      description: "cannot write \(FileName.shown(path)): \(why)", exitCode: ExitCode(73))
  }

  /// 128 + SIGPIPE: the reader of standard output is gone, as after `| head -1`. It has no
  /// description, because other commands end without a word then.
  package static let outputClosed = CommandError(description: "", exitCode: ExitCode(141))
}

extension ParsableCommand {
  /// Runs `body`. Prints a `CommandError` as one line on standard error and exits with its code.
  package func reportingProblems(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let problem as CommandError {
      problem.print()
      throw problem.exitCode
    }
  }

  /// Runs `body`. Prints a `CommandError` as one line on standard error and exits with its code.
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
  /// Prints the error as one line on standard error; nothing if it has no description.
  package func print() { if !description.isEmpty { Self.note(description) } }

  /// Prints `sentence` as one line on standard error.
  package static func note(_ sentence: String) { printLine("revfuzz: \(sentence)") }

  /// Prints `text` and a newline on standard error.
  package static func printLine(_ text: String) {
    // If standard error is closed, the exit code has to do.
    try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
  }
}
