import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Sorts inputs that failed, one at a time and each in a process of its own (`revfuzz triage`): whatever
/// an input does to what looks at it, the campaign goes on.
actor FindingSorter {
  /// What an input is.
  enum Result: Equatable {
    /// The first of its kind; in the words of `triage`.
    case new(String)
    case known
    case passes
    /// It could not be found out, for this reason.
    case unsorted(String)
  }

  private let findings: String
  private let subject: [String]
  private let seconds: Int
  private let log: String
  /// The last input that is being sorted or waits for it.
  private var last: Task<Result, Never>?

  /// - Parameters:
  ///   - subject: the options that name a library.
  ///   - seconds: the longest that one may be shrunk.
  ///   - log: a file that gets all that is said.
  init(findings: String, subject: [String], seconds: Int, log: String) {
    self.findings = findings
    self.subject = subject
    self.seconds = seconds
    self.log = log
  }

  /// Sorts the input at `path`, which the executable `target` has saved, after those before it: two at once
  /// of one kind would both be new.
  func sort(_ path: String, target: String, origin: String) async -> Result {
    let before = last
    let task = Task { () -> Result in
      _ = await before?.value
      // It may have been sorted while it waited.
      guard access(path, F_OK) == 0 else { return .known }
      return await self.triage(path, target, origin)
    }
    last = task
    return await task.value
  }

  private func triage(_ path: String, _ target: String, _ origin: String) async -> Result {
    let arguments =
      [
        "triage", path, "--findings", findings, "--seconds", "\(seconds)", "--origin", origin,
        "--target", target,
      ] + subject
    do {
      let result = try await Subprocess.run(
        .path(FilePath(Isolation.ownTrial.path)), arguments: Arguments(arguments),
        output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
      let words = result.standardOutput.split(whereSeparator: \.isNewline).map(String.init)
      keep(words + [result.standardError])
      let word = words.first.flatMap { $0.split(separator: ": ", maxSplits: 1).last }
      switch result.terminationStatus {
      case .exited(1): return .new(word.map(String.init) ?? "")
      case .exited(0): return words.last?.hasPrefix("0 new, 1 known") == true ? .known : .passes
      case .exited, .signaled:
        let why = result.standardError.split(whereSeparator: \.isNewline).last
        return .unsorted(why.map(String.init) ?? "triage ended with \(result.terminationStatus)")
      }
    } catch {
      return .unsorted("\(error)")
    }
  }

  private func keep(_ words: [String]) {
    guard let file = fopen(log, "a") else { return }
    for line in words where !line.isEmpty { fputs(line + "\n", file) }
    fclose(file)
  }
}
