import CProcesses
import FileNames
import Files
import Foundation
import Scenario
import Subprocess
import Synchronization

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
/// new one. So a run that traps, hangs, exits or fails under a sanitizer is an outcome like any
/// other. A worker ends itself when a run exceeds its time limit. If the subject prevents that,
/// this process ends it.
package struct WorkerPool: Sendable {
  /// The executable of the workers, and its arguments.
  package let executable: String
  package let arguments: [String]
  /// How long a worker may be late before this process ends it.
  private let grace: Duration

  /// The default grace. A worker needs time beyond a run's limit to print a sanitizer's report
  /// and to look for leaks.
  package static let defaultGrace = Duration.seconds(5)

  /// A pool whose workers run `executable` with `arguments`, and are ended `grace` after a run's
  /// time limit.
  package init(executable: String, arguments: [String], grace: Duration = defaultGrace) {
    self.executable = executable
    self.arguments = arguments
    self.grace = grace
  }

  /// A pool whose workers run `revfuzz worker` with `options`, which name a subject.
  package init(options: [String] = []) {
    self.init(executable: OwnExecutable.path, arguments: ["worker"] + options)
  }

  /// Runs `scenarios` and follows up differences. Returns one outcome a scenario, in order. The
  /// failures are `located`.
  ///
  /// - Throws: `unstartable` if no worker can be started.
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
    var places: [ProcessFailure.Instruction: String] = [:]
    for (index, outcome) in outcomes.enumerated() {
      guard case .failure(let failure) = outcome else { continue }
      outcomes[index] = .failure(await Self.located(failure, &places))
    }
    return outcomes
  }

  /// `failure` with the function, file and line of its instruction in `location`, as far as the
  /// library has them and this machine has a program that reads them.
  package static func located(_ failure: ProcessFailure) async -> ProcessFailure {
    var places: [ProcessFailure.Instruction: String] = [:]
    return await located(failure, &places)
  }

  /// As above; `places` keeps what was found.
  private static func located(
    _ failure: ProcessFailure, _ places: inout [ProcessFailure.Instruction: String]
  ) async -> ProcessFailure {
    guard let instruction = failure.instruction else { return failure }
    if places[instruction] == nil {
      places[instruction] = await Symbolizer.place(of: instruction) ?? ""
    }
    guard let place = places[instruction], !place.isEmpty else { return failure }
    var located = failure
    located.location = failure.place.replacing(
      #/ in the function at .*/#, with: " in \(place)")
    return located
  }

  /// The default time limit of a run, in milliseconds. Following up takes some seconds in a debug
  /// build.
  private static let mostTime = 20_000

  /// The time limit of a worker's start and of its end.
  private static let mostStartTime = Duration.seconds(60)

  private typealias Child = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

  /// How a worker ended.
  private struct End {
    var isReady = false
    /// Whether this process ended it, because it was late.
    var isLate = false
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
  /// - Throws: `unstartable` if no worker can be started.
  package func run(
    isOver: @escaping @Sendable () -> Bool = { false }, next: () -> WorkerRequest?,
    take: (WorkerOutcome) -> Void
  ) async throws(CommandError) {
    var request = next()
    var canBeOver = true
    // Whether SIGKILL ended the worker of the present request once, and whether it ended two
    // workers of one request. Then it is the subject's doing, and is believed at once.
    var wasKilled = false
    var isKiller = false
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
          .path(FilePath(executable)), arguments: Arguments(systemWords: arguments),
          environment: .inherit.updating(Self.environment),
          platformOptions: options, input: .inputWriter, output: .sequence, error: .sequence
        ) { (child: Child) in
          let deadline = Deadline(in: Self.mostStartTime)
          async let errors = tail(of: child.standardError)
          async let _ = Self.kill(child, at: deadline) { isAsked && isOver() }
          var end = End()
          var lines = child.standardOutput.strings().makeAsyncIterator()
          end.isReady = try await lines.next().flatMap(WorkerMessage.init)?.event == .ready
          while end.isReady, let current = request {
            deadline.set(in: .milliseconds(current.limit) + grace)
            let line = try JSONEncoder().encode(current) + [10]
            _ = try? await child.standardInputWriter.write([UInt8](line))
            let message = try await lines.next().flatMap(WorkerMessage.init)
            guard !deadline.hasPassed, message?.event == .answer, let answer = message?.answer
            else {
              end.last = message
              break
            }
            take(.answer(answer))
            request = next()
            wasKilled = false
          }
          try? await child.standardInputWriter.finish()
          if request == nil { deadline.set(in: Self.mostStartTime) }
          // A subject may close the streams of its process, or leave a child that keeps them open.
          end.errors = await errors
          while worker_has_ended(child.processIdentifier.value) == 0 {
            try await Task.sleep(for: .milliseconds(5))
          }
          end.isLate = deadline.hasPassed
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
        let failure = try failure(status, end, limit: last.limit)
        // The system kills a process when memory is short. If so, a second one may do.
        if failure.symptom == .isKilled, !wasKilled, !isKiller {
          wasKilled = true
          continue
        }
        isKiller = isKiller || failure.symptom == .isKilled
        take(.failure(failure))
      }
      wasKilled = false
      request = next()
    }
  }

  /// Changes to the environment of workers: a trap is reported by CWorker.c alone, and a finding of
  /// a sanitizer ends the process by a signal that CWorker.c reports too. Settings of the user come
  /// last, so they win.
  private static var environment: [Environment.Key: String?] {
    let own = ["ASAN_OPTIONS": "abort_on_error=1", "UBSAN_OPTIONS": ubsanOptions]
    var changes: [Environment.Key: String?] = ["SWIFT_BACKTRACE": "enable=no"]
    for (name, value) in own {
      let given = ProcessInfo.processInfo.environment[name].map { ":" + $0 } ?? ""
      changes[Environment.Key(stringLiteral: name)] = value + given
    }
    return changes
  }

  /// Options that make a finding of UndefinedBehaviorSanitizer end the process.
  private static let ubsanOptions = "halt_on_error=1:abort_on_error=1:print_stacktrace=1"

  /// How long a worker may take to report where it hangs, after SIGABRT.
  private static let reportTime = Duration.seconds(1)

  /// Kills `child` once `isOver` returns true or `deadline` has passed. Its whole process group is
  /// killed, because a process that the subject started would keep the streams open.
  private static func kill(
    _ child: Child, at deadline: Deadline, when isOver: @Sendable () -> Bool
  ) async {
    while !Task.isCancelled {
      if deadline.isDue {
        // A subject may have replaced the handlers or blocked the signal, so this may not end it.
        try? child.send(signal: Signal(rawValue: SIGABRT))
        try? await Task.sleep(for: reportTime)
      }
      if deadline.hasPassed || isOver() {
        try? child.send(signal: .kill, toProcessGroup: true)
        return
      }
      try? await Task.sleep(for: nap)
      deadline.count(nap)
    }
  }

  private static let nap = Duration.milliseconds(50)

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
    let call = end.last?.call ?? ""
    if end.isLate { return ProcessFailure(symptom: .hangs, call: call, limit: limit) }
    // LeakSanitizer prints a SUMMARY line too, but its byte count differs between scenarios.
    if end.last?.event == .leak {
      return ProcessFailure(symptom: .leaksMemory, stderrTail: last)
    }
    if let summary = errors.last(where: { $0.hasPrefix("SUMMARY: ") }) {
      return ProcessFailure(
        symptom: .failsUnderASanitizer, place: ProcessFailure.withoutPlaces(summary),
        location: summary.trimmingCharacters(in: .whitespaces), call: call)
    }
    switch status {
    case .signaled(SIGALRM): return ProcessFailure(symptom: .hangs, call: call, limit: limit)
    case .signaled(SIGKILL):
      return ProcessFailure(
        symptom: .isKilled, place: "by signal 9",
        stderrTail: "by the subject, or by the system because memory is short")
    case .signaled(let number):
      let function = end.last?.function.map { " in the function at \($0)" } ?? ""
      let place = "signal \(number)" + function
      return ProcessFailure(
        symptom: .traps, place: place,
        location: end.last?.place.map { "signal \(number) in \($0)" } ?? "",
        instruction: end.last?.instruction,
        stderrTail: errors.last { $0.contains("Fatal error") } ?? "", call: call)
    case .exited(let code):
      return ProcessFailure(
        symptom: .exits, place: "with code \(code)", stderrTail: last, call: call)
    }
  }
}

extension WorkerMessage {
  /// The instruction in a library that trapped; nil if there is none.
  fileprivate var instruction: ProcessFailure.Instruction? {
    guard let library, let address, let number = UInt64(address.dropFirst(2), radix: 16) else {
      return nil
    }
    return ProcessFailure.Instruction(library: library, address: number)
  }
}

/// The time by which a worker has to answer.
///
/// It is counted in naps of the task that waits for it. If this process gets no processor time, the
/// answer is read late, and the deadline passes later too.
private final class Deadline: Sendable {
  private struct State {
    var left: Duration
    var hasPassed = false
  }
  private let state: Mutex<State>

  init(in duration: Duration) { state = Mutex(State(left: duration)) }

  /// Sets a new deadline, unless the last one has passed.
  func set(in duration: Duration) { state.withLock { $0.left = duration } }

  /// Notes that so much time has passed.
  func count(_ duration: Duration) { state.withLock { $0.left -= duration } }

  /// Whether the deadline has just passed. Returns true once.
  var isDue: Bool {
    state.withLock { state in
      guard !state.hasPassed, state.left < .zero else { return false }
      state.hasPassed = true
      return true
    }
  }

  /// Whether a deadline has passed.
  var hasPassed: Bool { state.withLock { $0.hasPassed } }
}
