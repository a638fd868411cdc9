import CProcesses
import Files
import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A program that runs within bounds of time, memory and output, and that does not outlive this
/// process, however this process ends.
///
/// Between the two stands a supervisor, a small process of this executable (`revfuzz supervise`): it
/// kills the program when a bound is exceeded, or when its standard input closes because this process
/// is gone.
package struct BoundedProcess {
  /// How a program ended.
  package struct End: Codable, Equatable {
    package enum Reason: String, Codable {
      /// By itself; the number is its exit code.
      case exited
      /// By a signal; the number is the signal's.
      case signalled
      /// Killed: it ran for longer than it may.
      case timedOut
      /// Killed: it had more memory than it may.
      case exceededMemory
      /// Killed: it wrote more than it may.
      case exceededLog
      /// Killed: the process that waits for it is gone.
      case abandoned
      /// It could not be started; the number is the system's error.
      case notStarted
    }
    package var reason: Reason
    package var number: Int32 = 0
    /// The most memory that it had, in KB.
    package var peak = 0

    package init(reason: Reason, number: Int32 = 0, peak: Int = 0) {
      self.reason = reason
      self.number = number
      self.peak = peak
    }

    /// Whether it exited with 0.
    package var succeeded: Bool { reason == .exited && number == 0 }
  }

  /// The path of the program, or its name, if it is to be looked for as a shell does.
  package let program: String
  package let arguments: [String]
  /// What is set beside this process's own environment; nil removes a variable.
  package let environment: [String: String?]
  /// The file that both output streams go to.
  package let log: String
  /// The longest that it may run, in seconds.
  package let seconds: Int
  /// The most memory that it may have, in MB; 0 is no limit.
  package let megabytes: Int
  /// The executable of the supervisor: this one, except in tests.
  package let supervisor: String

  package init(
    program: String, arguments: [String], environment: [String: String?], log: String,
    seconds: Int, megabytes: Int, supervisor: String = OwnExecutable.path
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.log = log
    self.seconds = seconds
    self.megabytes = megabytes
    self.supervisor = supervisor
  }

  /// The most that it may write, in MB: libFuzzer writes as much in some hours.
  static let mostLog = 64

  /// How long it may go on after it was interrupted, in seconds.
  private static let grace = 10.0

  private typealias Child = Execution<CustomWriteInput, SequenceOutput, DiscardedOutput>

  /// Runs the program to its end. Once `isOver` returns true it is interrupted, and killed if it goes
  /// on for longer than the grace.
  ///
  /// - Throws: `unstartable` if there can be no supervisor.
  package func run(
    isOver: @escaping @Sendable () -> Bool = { false }
  ) async throws(CommandError) -> End {
    var values: [Environment.Key: String?] = [:]
    for (name, value) in environment { values[Environment.Key(stringLiteral: name)] = value }
    let bounds = [
      "supervise", "--log", log, "--seconds", "\(seconds)", "--megabytes", "\(megabytes)",
    ]
    // An interrupt from the keyboard is for this process alone.
    var options = PlatformOptions()
    options.processGroupID = 0
    do {
      let result = try await Subprocess.run(
        .path(FilePath(supervisor)),
        arguments: Arguments(bounds + ["--", program] + arguments),
        environment: .inherit.updating(values), platformOptions: options, input: .inputWriter,
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
  /// How it ended, as the end of a sentence about it.
  package var description: String {
    switch reason {
    case .exited: return "exited with \(number)"
    case .signalled: return "was ended by signal \(number)"
    case .timedOut: return "did not end in its time, and was killed"
    case .exceededMemory: return "had \(peak / 1024) MB, and was killed"
    case .exceededLog: return "said more than \(BoundedProcess.mostLog) MB, and was killed"
    case .abandoned: return "was killed with the process that held it"
    case .notStarted: return "cannot be started: \(String(cString: strerror(number)))"
    }
  }
}

extension BoundedProcess {
  /// The supervisor's side: runs `command` within bounds and returns how it ended. For a process that has
  /// no other children, and whose standard input is a pipe from the process that waits for it.
  package static func supervise(
    _ command: [String], log: String, seconds: UInt32, megabytes: UInt32
  ) -> End {
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    words.append(nil)
    defer { words.forEach { free($0) } }
    let result = words.withUnsafeMutableBufferPointer {
      CProcesses.supervise($0.baseAddress, log, seconds, megabytes, UInt32(mostLog))
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
