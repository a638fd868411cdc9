import Files
import Foundation
import Scenario
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// What came of a run.
package enum TrialOutcome {
  case answer(TrialAnswer)
  case death(Death)
}

/// Runs scenarios in a child process, which lives on from run to run until one ends it; then there is
/// a new one. So a run that traps, hangs or dies under a sanitizer is an outcome like any other.
package enum Isolation {
  /// The command that a child is.
  package typealias Command = (path: String, arguments: [String])

  /// This executable, even if another has taken its place by now, as `revfuzz trial`.
  package static let ownTrial: Command = ("/proc/self/exe", ["trial"])

  /// The same, with these options.
  package static func trial(with options: [String]) -> Command {
    (ownTrial.path, ownTrial.arguments + options)
  }

  /// What comes of each of `scenarios`, in order, when a difference is followed up.
  ///
  /// - Throws: `unstartable` if there can be no child.
  package static func outcomes(
    of scenarios: [Scenario], by command: Command = ownTrial
  ) async throws(FileProblem) -> [TrialOutcome] {
    var outcomes: [TrialOutcome] = []
    try await run(by: command) {
      outcomes.count == scenarios.count
        ? nil
        : TrialRequest(
          scenario: Data(scenarios[outcomes.count].encoded()), question: .harm, limit: mostTime)
    } take: {
      outcomes.append($0)
    }
    return outcomes
  }

  /// The longest that a run takes whose time nobody has bounded, in milliseconds: following up in a debug
  /// build takes some seconds.
  private static let mostTime = 20_000

  private typealias Child = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

  /// What a child has come to.
  private struct End {
    var isReady = false
    /// The line in place of an answer: of a trap or a leak.
    var lastLine = ""
    /// The end of what it has said on standard error.
    var words = ""
  }

  /// Gives each scenario that `next` hands out to a child, and what came of it to `take`, until
  /// there is none.
  ///
  /// - Parameters:
  ///   - isOver: whether a run that goes on has to be ended now. It is, once, and nothing is taken of
  ///     it; what `next` hands out afterwards is run to its end.
  /// - Throws: `unstartable` if there can be no child.
  package static func run(
    by command: Command = ownTrial, isOver: @escaping @Sendable () -> Bool = { false },
    next: () -> TrialRequest?, take: (TrialOutcome) -> Void
  ) async throws(FileProblem) {
    var request = next()
    var canBeOver = true
    // A child that has died takes no request; that shows when its answer is missing.
    signal(SIGPIPE, SIG_IGN)
    while request != nil {
      let end: End
      let status: TerminationStatus
      do {
        let isAsked = canBeOver
        // An interrupt from the keyboard is for the parent, which then ends its children.
        var options = PlatformOptions()
        options.processGroupID = 0
        let result = try await Subprocess.run(
          .path(FilePath(command.path)), arguments: Arguments(command.arguments),
          environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]),
          platformOptions: options, input: .inputWriter, output: .sequence, error: .sequence
        ) { (child: Child) in
          async let words = tail(of: child.standardError)
          async let _ = endOnce({ isAsked && isOver() }, child)
          var end = End()
          var lines = child.standardOutput.strings().makeAsyncIterator()
          end.isReady = try await lines.next() == Trial.readyLine
          while end.isReady, let current = request {
            let line = try JSONEncoder().encode(current) + [10]
            _ = try? await child.standardInputWriter.write([UInt8](line))
            guard let text = try await lines.next() else { break }
            guard let answer = try? JSONDecoder().decode(TrialAnswer.self, from: Data(text.utf8))
            else {
              end.lastLine = text
              break
            }
            take(.answer(answer))
            request = next()
          }
          try? await child.standardInputWriter.finish()
          end.words = await words
          return end
        }
        end = result.closureResult
        status = result.terminationStatus
      } catch {
        throw .unstartable("a child process", "\(error)")
      }
      guard let late = request else { return }
      if canBeOver, isOver() {
        canBeOver = false
      } else {
        take(.death(try death(status, end, limit: late.limit)))
      }
      request = next()
    }
  }

  /// Ends `child` when `isOver` says so.
  private static func endOnce(_ isOver: @Sendable () -> Bool, _ child: Child) async {
    while !Task.isCancelled {
      if isOver() {
        try? child.send(signal: .kill)
        return
      }
      try? await Task.sleep(for: .milliseconds(50))
    }
  }

  /// The most of standard error that is kept, in bytes: more than a sanitizer's report.
  private static let mostWords = 1 << 18

  /// The end of what comes from `errors`.
  private static func tail(of errors: SubprocessOutputSequence) async -> String {
    var bytes: [UInt8] = []
    do {
      for try await buffer in errors {
        bytes += buffer.withUnsafeBytes { Array($0) }
        if bytes.count > 2 * mostWords { bytes.removeFirst(bytes.count - mostWords) }
      }
    } catch {
      // What was read so far has to do.
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func death(
    _ status: TerminationStatus, _ end: End, limit: Int
  ) throws(FileProblem) -> Death {
    let words = end.words.split(whereSeparator: \.isNewline).map { line in
      String(line.map { $0.isASCII && ($0.asciiValue ?? 0) < 32 ? " " : $0 })
    }
    let lastWords = words.last ?? ""
    guard end.isReady else {
      throw .unstartable("a child process", "it ends with \(status); \(lastWords)")
    }
    // LeakSanitizer sums up, too, but the sum is another for each scenario.
    if end.lastLine == Trial.leakLine { return Death(deed: "leaks-memory", lastWords: lastWords) }
    if let summary = words.last(where: { $0.hasPrefix("SUMMARY: ") }) {
      return Death(deed: "fails-under-a-sanitizer", place: summary)
    }
    // The line in place of an answer: what it was, where if it was a trap, and the call into a library.
    let fields = end.lastLine.split(separator: " ", maxSplits: 3).map(String.init)
    switch status {
    case .signaled(SIGALRM):
      let call = fields.dropFirst().joined(separator: " ")
      return Death(
        deed: Death.hang,
        lastWords: "it takes more than \(limit) ms" + (call.isEmpty ? "" : ", in " + call))
    case .signaled(SIGKILL):
      throw .unstartable("a child process", "somebody has killed it")
    case .signaled(let number):
      let function = fields.count > 2 ? " in the function at \(fields[2])" : ""
      let call = fields.count > 3 ? "during " + fields[3] : ""
      let error = words.last { $0.contains("Fatal error") }
      return Death(
        deed: "traps", place: "signal \(number)" + function, lastWords: error ?? call)
    case .exited(let code):
      return Death(deed: "exits", place: "with code \(code)", lastWords: lastWords)
    }
  }
}
