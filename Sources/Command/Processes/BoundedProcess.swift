import CProcesses
import Files
import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A program that is run within bounds of time and memory, and that does not outlive this process,
/// whatever becomes of it: between the two stands a small process of this executable's (`Hold`), which
/// ends it when nobody waits any more.
package struct Ward {
  /// How it ended.
  package struct End: Codable, Equatable {
    package enum How: String, Codable {
      /// By itself; the number is its exit code.
      case exited
      /// By a signal; the number is the signal's.
      case signalled
      /// It was killed, because it took longer than it may.
      case late
      /// It was killed, because it had more memory than it may.
      case big
      /// It was killed, because it said more than it may.
      case loud
      /// It was killed, because nobody waited for it any more.
      case abandoned
      /// It never began; the number is the system's for why.
      case unstarted
    }
    package var how: How
    package var number: Int32 = 0
    /// The most memory that it had, in KB.
    package var peak = 0

    package init(how: How, number: Int32 = 0, peak: Int = 0) {
      self.how = how
      self.number = number
      self.peak = peak
    }

    /// Whether it says that all went well.
    package var isWell: Bool { how == .exited && number == 0 }
  }

  /// The path of the program, or its name, if it is to be looked for as a shell does.
  package let program: String
  package let arguments: [String]
  /// What is set beside this process's own environment; nil takes a variable away.
  package let environment: [String: String?]
  /// The file that gets what it says, on either stream.
  package let log: String
  /// The longest that it may take, in seconds, and the most memory that it may have, in MB (0: any).
  package let seconds: Int
  package let megabytes: Int
  /// The executable that holds it: this one.
  package var holder = Isolation.ownTrial.path

  package init(
    program: String, arguments: [String], environment: [String: String?], log: String,
    seconds: Int, megabytes: Int, holder: String = Isolation.ownTrial.path
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.log = log
    self.seconds = seconds
    self.megabytes = megabytes
    self.holder = holder
  }

  /// The most that it may say, in MB: some hours of libFuzzer's words.
  package static let mostLog = 64

  /// How long it may go on after it was asked to end, in seconds.
  package static let grace = 10.0

  /// Runs the program to its end. When `isOver` says so it is interrupted, and killed if it goes on
  /// for longer than the grace.
  ///
  /// - Throws: `unstartable` if there cannot be a process that holds it.
  package func run(isOver: @escaping @Sendable () -> Bool = { false }) async throws(FileProblem)
    -> End
  {
    var values: [Environment.Key: String?] = [:]
    for (name, value) in environment { values[Environment.Key(stringLiteral: name)] = value }
    let bounds = ["hold", "--log", log, "--seconds", "\(seconds)", "--megabytes", "\(megabytes)"]
    // An interrupt from the keyboard is for this process alone.
    var options = PlatformOptions()
    options.processGroupID = 0
    do {
      let result = try await Subprocess.run(
        .path(FilePath(holder)),
        arguments: Arguments(bounds + ["--", program] + arguments),
        environment: .inherit.updating(values), platformOptions: options, input: .inputWriter,
        output: .sequence, error: .discarded
      ) { (child: Execution<CustomWriteInput, SequenceOutput, DiscardedOutput>) in
        async let _ = Self.end(child, when: isOver)
        for try await line in child.standardOutput.strings() {
          if let end = try? JSONDecoder().decode(End.self, from: Data(line.utf8)) { return end }
        }
        return End(how: .abandoned)
      }
      return result.closureResult
    } catch {
      throw .unstartable(program, "\(error)")
    }
  }

  private static func end(
    _ child: Execution<CustomWriteInput, SequenceOutput, DiscardedOutput>,
    when isOver: @Sendable () -> Bool
  ) async {
    while !Task.isCancelled, !isOver() { try? await Task.sleep(for: .milliseconds(200)) }
    guard !Task.isCancelled else { return }
    try? child.send(signal: .interrupt)
    try? await Task.sleep(for: .seconds(grace))
    guard !Task.isCancelled else { return }
    try? await child.standardInputWriter.finish()
  }
}

extension Ward.End: CustomStringConvertible {
  /// How it ended, as the end of a sentence about it.
  package var description: String {
    switch how {
    case .exited: return "exited with \(number)"
    case .signalled: return "was ended by signal \(number)"
    case .late: return "did not end in its time, and was killed"
    case .big: return "had \(peak / 1024) MB, and was killed"
    case .loud: return "said more than \(Ward.mostLog) MB, and was killed"
    case .abandoned: return "was killed with the process that held it"
    case .unstarted: return "cannot be started: \(String(cString: strerror(number)))"
    }
  }
}

extension Ward {
  /// The process between: runs `command` within bounds, in a process that has no other children, and
  /// returns how it ended.
  package static func hold(_ command: [String], log: String, seconds: UInt32, megabytes: UInt32)
    -> End
  {
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    words.append(nil)
    defer { words.forEach { free($0) } }
    let ward = words.withUnsafeMutableBufferPointer {
      revfuzz_hold($0.baseAddress, log, seconds, megabytes, UInt32(Ward.mostLog))
    }
    let how: End.How
    switch ward.end {
    case revfuzz_ward_exited: how = .exited
    case revfuzz_ward_signalled: how = .signalled
    case revfuzz_ward_late: how = .late
    case revfuzz_ward_big: how = .big
    case revfuzz_ward_loud: how = .loud
    case revfuzz_ward_abandoned: how = .abandoned
    default: how = .unstarted
    }
    return End(how: how, number: ward.number, peak: ward.peak)
  }
}
