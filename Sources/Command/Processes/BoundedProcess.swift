import CProcesses
import FileNames
import Files
import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A program that runs within limits on time, memory and output, and that never outlives this
/// process, however this process ends.
///
/// A supervisor, a small child process of this executable (`revfuzz supervise`), runs the program.
/// It kills the program when a limit is exceeded, or when its own standard input closes because
/// this process is gone.
package struct BoundedProcess {
  /// How a program ended.
  package struct End: Codable, Equatable {
    package enum Reason: String, Codable {
      /// It exited; `number` is the exit code.
      case exited
      /// A signal ended it; `number` is the signal's number.
      case signalled
      /// It was killed because it exceeded its time limit.
      case timedOut
      /// It was killed because it exceeded its memory limit.
      case exceededMemory
      /// It was killed because it exceeded its output limit.
      case exceededLog
      /// It was killed because the process that waits for it is gone.
      case abandoned
      /// It could not be started; `number` is the error number (errno).
      case notStarted
    }
    package var reason: Reason
    package var number: Int32 = 0
    /// Peak resident memory, in KB.
    package var peak = 0

    package init(reason: Reason, number: Int32 = 0, peak: Int = 0) {
      self.reason = reason
      self.number = number
      self.peak = peak
    }

    /// Whether it exited with 0.
    package var succeeded: Bool { reason == .exited && number == 0 }
  }

  /// The path of the program, or a name to look up on PATH.
  package let program: String
  package let arguments: [String]
  /// Changes to the environment inherited from this process; nil removes a variable.
  package let environment: [String: String?]
  /// The file that standard output and standard error are appended to.
  package let log: String
  /// The time limit, in seconds.
  package let seconds: Int
  /// The limit on resident memory, in MB; 0 is no limit.
  package let megabytes: Int
  /// The folder that the program runs in; nil for that of this process. `program`, `arguments` and
  /// `log` are relative to it.
  package let folder: String?
  /// The executable of the supervisor: this one, except in tests.
  package let supervisor: String

  package init(
    program: String, arguments: [String], environment: [String: String?], log: String,
    seconds: Int, megabytes: Int, folder: String? = nil, supervisor: String = OwnExecutable.path
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.log = log
    self.seconds = seconds
    self.megabytes = megabytes
    self.folder = folder
    self.supervisor = supervisor
  }

  /// The limit on the log, in MB. libFuzzer takes hours to write as much.
  static let mostLog = 64

  /// Seconds between the interrupt and the kill of a program that does not end.
  private static let grace = 10.0

  private typealias Child = Execution<CustomWriteInput, SequenceOutput, DiscardedOutput>

  /// Runs the program to its end. Once `isOver` returns true, interrupts the program (SIGINT) and
  /// kills it if it has not ended 10 seconds later.
  ///
  /// - Throws: `unstartable` if the supervisor cannot be started.
  package func run(
    isOver: @escaping @Sendable () -> Bool = { false }
  ) async throws(CommandError) -> End {
    var values: [Environment.Key: String?] = [:]
    for (name, value) in environment { values[Environment.Key(stringLiteral: name)] = value }
    let bounds = [
      "supervise", "--log", log, "--seconds", "\(seconds)", "--megabytes", "\(megabytes)",
    ]
    // A group of its own, so that an interrupt from the keyboard reaches this process alone.
    var options = PlatformOptions()
    options.processGroupID = 0
    do {
      let result = try await Subprocess.run(
        .path(FilePath(supervisor)),
        arguments: Arguments(systemWords: bounds + ["--", program] + arguments),
        environment: .inherit.updating(values),
        workingDirectory: folder.map { FilePath($0) }, platformOptions: options,
        input: .inputWriter,
        output: .sequence, error: .discarded
      ) { (child: Child) in
        async let _ = Self.end(child, when: isOver)
        for try await line in child.standardOutput.strings() {
          if let end = try? JSONDecoder().decode(End.self, from: Data(line.utf8)) { return end }
        }
        return End(reason: .abandoned)
      }
      return result.closureResult
    } catch {
      throw .unstartable(program, "\(error)")
    }
  }

  private static func end(_ child: Child, when isOver: @Sendable () -> Bool) async {
    while !Task.isCancelled, !isOver() { try? await Task.sleep(for: .milliseconds(200)) }
    guard !Task.isCancelled else { return }
    try? child.send(signal: .interrupt)
    try? await Task.sleep(for: .seconds(grace))
    guard !Task.isCancelled else { return }
    try? await child.standardInputWriter.finish()
  }
}

extension BoundedProcess.End: CustomStringConvertible {
  /// How the program ended, as a predicate: "exited with 1".
  package var description: String {
    switch reason {
    case .exited: return "exited with \(number)"
    case .signalled: return "was ended by signal \(number)"
    case .timedOut: return "exceeded its time limit and was killed"
    case .exceededMemory: return "used \(peak / 1024) MB and was killed"
    case .exceededLog: return "wrote more than \(BoundedProcess.mostLog) MB and was killed"
    case .abandoned: return "was killed because its parent process ended"
    case .notStarted: return "did not start: \(String(cString: strerror(number)))"
    }
  }
}

extension BoundedProcess {
  /// The supervisor's side: runs `command` within the limits and returns how it ended.
  ///
  /// The calling process must have no other children, and its standard input must be a pipe from
  /// the process that waits for it.
  package static func supervise(
    _ command: [String], log: String, seconds: UInt32, megabytes: UInt32
  ) -> End {
    var words: [UnsafeMutablePointer<CChar>?] = command.map {
      FileName.withCString($0) { strdup($0) }
    }
    words.append(nil)
    defer { words.forEach { free($0) } }
    let result = words.withUnsafeMutableBufferPointer { words in
      FileName.withCString(log) {
        CProcesses.supervise(words.baseAddress, $0, seconds, megabytes, UInt32(mostLog))
      }
    }
    let reason: End.Reason
    switch result.end {
    case supervised_exited: reason = .exited
    case supervised_signalled: reason = .signalled
    case supervised_timed_out: reason = .timedOut
    case supervised_exceeded_memory: reason = .exceededMemory
    case supervised_exceeded_log: reason = .exceededLog
    case supervised_abandoned: reason = .abandoned
    default: reason = .notStarted
    }
    return End(reason: reason, number: result.number, peak: result.peak)
  }
}
