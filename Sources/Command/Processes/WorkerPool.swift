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
package enum WorkerOutcome {
  case answer(WorkerAnswer)
  case failure(ProcessFailure)
}

/// Runs scenarios in workers: child processes of which each lives on from run to run until a run ends
/// it, and is then replaced. So a run that traps, hangs or dies under a sanitizer is an outcome like
/// any other. There is one worker at a time.
package struct WorkerPool: Sendable {
  /// The executable of the workers, and its arguments.
  package let executable: String
  package let arguments: [String]

  /// Workers that are `executable` with `arguments`.
  package init(executable: String, arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  /// Workers of this executable, with options that name a subject.
  package init(options: [String] = []) {
    self.init(executable: OwnExecutable.path, arguments: ["worker"] + options)
  }

  /// What comes of each of `scenarios`, in order, when a difference is followed up.
  ///
  /// - Throws: `unstartable` if there can be no worker.
  package func outcomes(of scenarios: [Scenario]) async throws(CommandError) -> [WorkerOutcome] {
    var outcomes: [WorkerOutcome] = []
    try await run {
      outcomes.count == scenarios.count
        ? nil
        : WorkerRequest(
          scenario: Data(scenarios[outcomes.count].encoded()), question: .harm,
          limit: Self.mostTime)
    } take: {
      outcomes.append($0)
    }
    return outcomes
  }

  /// The longest that a run may take for which the caller sets no limit, in milliseconds: following up
  /// takes some seconds in a debug build.
  private static let mostTime = 20_000

  private typealias Child = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

  /// How a worker ended.
  private struct End {
    var isReady = false
    /// What it sent in place of an answer.
    var last: WorkerMessage?
    /// The end of its standard error.
    var errors = ""
  }

  /// Gives each request that `next` hands out to a worker, and its outcome to `take`, until `next`
  /// returns nil.
  ///
  /// - Parameters:
  ///   - isOver: whether the run in progress has to be ended. That happens once, and such a run has no
  ///     outcome; what `next` hands out afterwards runs to its end.
  /// - Throws: `unstartable` if there can be no worker.
  package func run(
    isOver: @escaping @Sendable () -> Bool = { false }, next: () -> WorkerRequest?,
    take: (WorkerOutcome) -> Void
  ) async throws(CommandError) {
    var request = next()
    var canBeOver = true
    // Writing to a worker that has died must not end this process; its answer is missing then.
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
          .path(FilePath(executable)), arguments: Arguments(arguments),
          environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]),
          platformOptions: options, input: .inputWriter, output: .sequence, error: .sequence
        ) { (child: Child) in
          async let errors = tail(of: child.standardError)
          async let _ = Self.kill(child) { isAsked && isOver() }
          var end = End()
          var lines = child.standardOutput.strings().makeAsyncIterator()
          end.isReady = try await lines.next().flatMap(WorkerMessage.init)?.event == .ready
          while end.isReady, let current = request {
            let line = try JSONEncoder().encode(current) + [10]
            _ = try? await child.standardInputWriter.write([UInt8](line))
            let message = try await lines.next().flatMap(WorkerMessage.init)
            guard message?.event == .answer, let answer = message?.answer else {
              end.last = message
              break
            }
            take(.answer(answer))
            request = next()
          }
          try? await child.standardInputWriter.finish()
          end.errors = await errors
          return end
        }
        end = result.closureResult
        status = result.terminationStatus
      } catch {
        throw .unstartable("a child process", "\(error)")
      }
      guard let last = request else { return }
      if canBeOver, isOver() {
        canBeOver = false
      } else {
        take(.failure(try failure(status, end, limit: last.limit)))
      }
      request = next()
    }
  }

  /// Kills `child` once `isOver` returns true.
  private static func kill(_ child: Child, when isOver: @Sendable () -> Bool) async {
    while !Task.isCancelled {
      if isOver() {
        try? child.send(signal: .kill)
        return
      }
      try? await Task.sleep(for: .milliseconds(50))
    }
  }

  /// The most of standard error that is kept, in bytes: more than a sanitizer's report.
  private static let mostErrors = 1 << 18

  /// The end of what comes from `errors`.
  private func tail(of errors: SubprocessOutputSequence) async -> String {
    var bytes: [UInt8] = []
    do {
      for try await buffer in errors {
        bytes += buffer.withUnsafeBytes { Array($0) }
        if bytes.count > 2 * Self.mostErrors { bytes.removeFirst(bytes.count - Self.mostErrors) }
      }
    } catch {
      // What was read so far has to do.
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func failure(
    _ status: TerminationStatus, _ end: End, limit: Int
  ) throws(CommandError) -> ProcessFailure {
    let errors = end.errors.split(whereSeparator: \.isNewline).map { line in
      String(line.map { $0.isASCII && ($0.asciiValue ?? 0) < 32 ? " " : $0 })
    }
    let last = errors.last ?? ""
    guard end.isReady else {
      throw .unstartable("a child process", "it ends with \(status); \(last)")
    }
    // LeakSanitizer sums up, too, but the sum is another for each scenario.
    if end.last?.event == .leak {
      return ProcessFailure(symptom: .leaksMemory, stderrTail: last)
    }
    if let summary = errors.last(where: { $0.hasPrefix("SUMMARY: ") }) {
      return ProcessFailure(symptom: .failsUnderASanitizer, place: summary)
    }
    switch status {
    case .signaled(SIGALRM):
      return ProcessFailure(symptom: .hangs, call: end.last?.call ?? "", limit: limit)
    case .signaled(SIGKILL):
      throw .unstartable("a child process", "somebody has killed it")
    case .signaled(let number):
      let function = end.last?.function.map { " in the function at \($0)" } ?? ""
      return ProcessFailure(
        symptom: .traps, place: "signal \(number)" + function,
        stderrTail: errors.last { $0.contains("Fatal error") } ?? "", call: end.last?.call ?? "")
    case .exited(let code):
      return ProcessFailure(symptom: .exits, place: "with code \(code)", stderrTail: last)
    }
  }
}
