import Files
import Foundation
import Processes

/// Triages failing inputs one at a time, each in a process of its own (`revfuzz triage`), so that
/// no input can take the campaign down.
actor CampaignTriage {
  /// The result for one input.
  enum Result: Equatable {
    /// The first failure with its signature, as described by `revfuzz triage`.
    case new(String)
    case known
    case passes
    /// The input is not a scenario, for this reason. Trying it again is useless.
    case noScenario(String)
    /// Triage itself failed, for this reason.
    case notTriaged(String)
  }

  private let findings: String
  private let subject: [String]
  private let seconds: Int
  private let logs: String
  /// The last input in the queue.
  private var last: Task<Result, Never>?
  private var count = 0

  /// - Parameters:
  ///   - findings: the folder of findings.
  ///   - subject: the options that select the subject.
  ///   - seconds: the time limit for shrinking one finding.
  ///   - logs: the folder for logs.
  init(findings: String, subject: [String], seconds: Int, logs: String) {
    self.findings = findings
    self.subject = subject
    self.seconds = seconds
    self.logs = logs
  }

  /// Triages the input at `path`, saved by the executable `target`, after the inputs before it: two
  /// concurrent failures with the same signature would both be new.
  func run(_ path: String, target: String, origin: String) async -> Result {
    let before = last
    let task = Task { () -> Result in
      _ = await before?.value
      return await self.triage(path, target, origin)
    }
    last = task
    return await task.value
  }

  /// The time limit for running an input repeatedly, in seconds; shrinking comes on top.
  private static let maxSeconds = 600
  /// The memory limit of the triage process, in MB.
  private static let maxMegabytes = 2048
  /// How much of the end of its log is read, in bytes.
  private static let maxLogBytes = 1 << 16

  private func triage(_ path: String, _ target: String, _ origin: String) async -> Result {
    count += 1
    let log = "\(logs)/triage-\(count)"
    let arguments = [
      "triage", "--json", path, "--findings", findings, "--seconds", "\(seconds)",
      "--origin", origin, "--target", target,
    ]
    let process = BoundedProcess(
      program: OwnExecutable.path, arguments: arguments + subject, environment: [:], log: log,
      seconds: seconds + Self.maxSeconds, megabytes: Self.maxMegabytes)
    do throws(CommandError) {
      let end = try await process.run()
      return Self.result(end, log: FuzzLog.tail(of: log, bytes: Self.maxLogBytes))
    } catch {
      return .notTriaged(error.description)
    }
  }

  /// The result that `triage --json` printed for one input. The log may contain other lines.
  static func result(_ end: BoundedProcess.End, log: String) -> Result {
    let lines = log.split(whereSeparator: \.isNewline).compactMap { TriageLine(json: $0) }
    guard end.reason == .exited, let line = lines.last else { return .notTriaged("triage \(end)") }
    switch line.result {
    case .new: return .new(line.description)
    case .known: return .known
    case .notReproduced: return .passes
    case .problem:
      let isOfInput = line.file != nil && line.exitCode == CommandError.noScenario.rawValue
      return isOfInput ? .noScenario(line.description) : .notTriaged(line.description)
    }
  }
}
