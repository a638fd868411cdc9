import Files
import Foundation
import Scenario
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// The outcome of a run.
package enum WorkerOutcome {
  /// The run completed.
  case answer(WorkerAnswer)
  /// The run ended its worker.
  case failure(ProcessFailure)
}

/// Runs scenarios in child processes.
///
/// There is one worker at a time. It serves run after run; when a run ends it, the next run gets a
/// new one. So a run that traps, hangs or fails under a sanitizer is an outcome like any other.
package struct WorkerPool: Sendable {
  /// The executable of the workers, and its arguments.
  package let executable: String
  package let arguments: [String]

  /// A pool whose workers run `executable` with `arguments`.
  package init(executable: String, arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  /// A pool whose workers run `revfuzz worker` with `options`, which name a subject.
  package init(options: [String] = []) {
    self.init(executable: OwnExecutable.path, arguments: ["worker"] + options)
  }

  /// Runs `scenarios` and follows up differences. Returns one outcome a scenario, in order.
  ///
  /// - Throws: `unstartable` if no worker can be started, `unfinished` if one is killed.
  package func outcomes(of scenarios: [Scenario]) async throws(CommandError) -> [WorkerOutcome] {
    var outcomes: [WorkerOutcome] = []
    try await run {
      outcomes.count == scenarios.count
        ? nil
        : WorkerRequest(
          scenario: Data(scenarios[outcomes.count].encoded()), question: .unsoundness,
          limit: Self.mostTime)
    } take: {
      outcomes.append($0)
    }
    return outcomes
  }

  /// The default time limit of a run, in milliseconds. Following up takes some seconds in a debug
  /// build.
  private static let mostTime = 20_000

  private typealias Child = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

  /// How a worker ended.
  private struct End {
    var isReady = false
    /// The message that it sent in place of an answer.
    var last: WorkerMessage?
    /// The end of its standard error.
    var errors = ""
  }

  /// Runs each request that `next` returns in a worker and passes the outcome to `take`, until
  /// `next` returns nil.
  ///
  /// - Parameters:
  ///   - isOver: whether to stop the run in progress. Only one run is stopped, and it has no
  ///     outcome; requests that `next` returns afterwards run to completion.
  /// - Throws: `unstartable` if no worker can be started, `unfinished` if one is killed.
  package func run(
    isOver: @escaping @Sendable () -> Bool = { false }, next: () -> WorkerRequest?,
    take: (WorkerOutcome) -> Void
  ) async throws(CommandError) {
    var request = next()
    var canBeOver = true
    // Writing to a dead worker must not end this process. The missing answer shows the failure.
    signal(SIGPIPE, SIG_IGN)
    while request != nil {
      let end: End
      let status: TerminationStatus
      do {
        let isAsked = canBeOver
        // A group of its own: an interrupt from the keyboard reaches only the parent, which ends
        // its children.
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
        throw .unstartable("a worker process", "\(error)")
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

  /// How much of the end of standard error is kept, in bytes: more than a sanitizer's report.
  private static let mostErrors = 1 << 18

  /// Reads `errors` to its end and returns at least its last `mostErrors` bytes.
  private func tail(of errors: SubprocessOutputSequence) async -> String {
    var bytes: [UInt8] = []
    do {
      for try await buffer in errors {
        bytes += buffer.withUnsafeBytes { Array($0) }
        if bytes.count > 2 * Self.mostErrors { bytes.removeFirst(bytes.count - Self.mostErrors) }
      }
    } catch {
      // Use what was read so far.
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
      throw .unstartable(
        "a worker process", "it ended with \(status)" + (last.isEmpty ? "" : ": \(last)"))
    }
    // LeakSanitizer prints a SUMMARY line too, but its byte count differs between scenarios.
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
      throw .unfinished("a worker process", "it was killed by SIGKILL; is memory short?")
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
