import Files
import Foundation
import Processes

/// Sorts inputs that failed, one at a time and each in a process of its own (`revfuzz triage`): whatever
/// an input does to what looks at it, the campaign goes on.
actor CampaignTriage {
  /// What an input is.
  enum Result: Equatable {
    /// The first of its kind; in the words of `triage`.
    case new(String)
    case known
    case passes
    /// It is no scenario, for this reason: nothing will ever come of it.
    case noScenario(String)
    /// It could not be found out, for this reason.
    case unsorted(String)
  }

  private let findings: String
  private let subject: [String]
  private let seconds: Int
  private let logs: String
  /// The last input that is being sorted or waits for it.
  private var last: Task<Result, Never>?
  private var count = 0

  /// - Parameters:
  ///   - subject: the options that name a library.
  ///   - seconds: the longest that one may be shrunk.
  ///   - logs: a folder for what is said.
  init(findings: String, subject: [String], seconds: Int, logs: String) {
    self.findings = findings
    self.subject = subject
    self.seconds = seconds
    self.logs = logs
  }

  /// Sorts the input at `path`, which the executable `target` has saved, after those before it: two at once
  /// of one kind would both be new.
  func sort(_ path: String, target: String, origin: String) async -> Result {
    let before = last
    let task = Task { () -> Result in
      _ = await before?.value
      return await self.triage(path, target, origin)
    }
    last = task
    return await task.value
  }

  /// The longest that it takes to run an input again and again, in seconds, and the most memory of the
  /// process that does, in MB.
  private static let mostSeconds = 600
  private static let mostMegabytes = 2048
  /// The most of its log that is read, in bytes.
  private static let mostLog = 1 << 16

  private func triage(_ path: String, _ target: String, _ origin: String) async -> Result {
    count += 1
    let log = "\(logs)/triage-\(count)"
    let arguments = [
      "triage", "--json", path, "--findings", findings, "--seconds", "\(seconds)", "--origin",
      origin,
      "--target", target,
    ]
    let process = BoundedProcess(
      program: OwnExecutable.path, arguments: arguments + subject, environment: [:], log: log,
      seconds: seconds + Self.mostSeconds, megabytes: Self.mostMegabytes)
    do throws(CommandError) {
      let end = try await process.run()
      return Self.result(end, log: FuzzLog.tail(of: log, bytes: Self.mostLog))
    } catch {
      return .unsorted(error.description)
    }
  }

  /// What `triage --json` has said of one input in its log, where other lines are as well.
  static func result(_ end: BoundedProcess.End, log: String) -> Result {
    let lines = log.split(whereSeparator: \.isNewline).compactMap { TriageLine(json: $0) }
    guard end.reason == .exited, let line = lines.last else { return .unsorted("triage \(end)") }
    switch line.result {
    case .new: return .new(line.description)
    case .known: return .known
    case .notReproduced: return .passes
    case .problem:
      let isOfInput = line.file != nil && line.exitCode == CommandError.noScenario.rawValue
      return isOfInput ? .noScenario(line.description) : .unsorted(line.description)
    }
  }
}
