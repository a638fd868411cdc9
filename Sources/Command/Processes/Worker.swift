import CProcesses
import Differential
import Foundation

// A worker runs scenarios for a parent process, so that a scenario that traps or hangs does not end
// the parent. The two exchange JSON documents, one a line: a WorkerRequest to the worker, a
// WorkerMessage back.

/// A scenario to run.
package struct WorkerRequest: Codable {
  /// What the worker has to find out.
  package enum Question: String, Codable {
    /// How the scenario fails when run as it is.
    case failure
    /// How the scenario fails. A difference is followed up with more operations, in search of an
    /// unsound state that it leads to.
    case unsoundness
    /// The steps in which an allocation of the subject was refused.
    case refusals
    /// Nothing: the run is for the recording of a library's calls.
    case calls
    /// How the scenario fails on a library if only its answers are checked, and not its entries.
    case answers
  }

  /// The scenario's bytes.
  package var scenario: Data
  package var question: Question
  /// The time limit of the run, in milliseconds.
  package var limit: Int

  package init(scenario: Data, question: Question, limit: Int) {
    self.scenario = scenario
    self.question = question
    self.limit = limit
  }
}

/// The result of a run that did not end its process.
package struct WorkerAnswer: Codable {
  /// The failure's signature; nil if the scenario passed.
  package var signature: FailureSignature?
  /// The index of the operation that the scenario failed at.
  package var step = 0
  /// The bytes of the scenario that failed. It is longer than the requested one if following up
  /// added operations that made the failure unsound.
  package var scenario = Data()
  /// The indices of the operations in which an allocation was refused, for `.refusals`.
  package var refusedSteps: [Int] = []

  package init(
    signature: FailureSignature? = nil, step: Int = 0, scenario: Data = Data(),
    refusedSteps: [Int] = []
  ) {
    self.signature = signature
    self.step = step
    self.scenario = scenario
    self.refusedSteps = refusedSteps
  }
}

/// A line from a worker. A signal handler (CWorker.c) writes the lines of a trap, a hang and an
/// exit, which stand in for an answer.
struct WorkerMessage: Codable {
  enum Event: String, Codable {
    /// The first line: the worker accepts requests.
    case ready
    /// The result of the request.
    case answer
    /// The request leaked memory. LeakSanitizer's report is on standard error.
    case leak
    case trap
    case hang
    /// The library called an exit function.
    case exit
  }
  var event: Event
  var answer: WorkerAnswer?
  /// The signal number of a trap.
  var signal: Int32?
  /// The innermost function at a trap, as an offset (CWorker.h).
  var function: String?
  /// At a trap in a library: the offset of the instruction in hexadecimal, the library's path, and
  /// the instruction as text.
  var address: String?
  var library: String?
  var place: String?
  /// The call into a library that was running at a trap, a hang or an exit; empty if none was.
  var call: String?

  /// Parses `line`; nil if it is not a message.
  init?(line: String) {
    guard let message = try? JSONDecoder().decode(WorkerMessage.self, from: Data(line.utf8)) else {
      return nil
    }
    self = message
  }

  init(_ event: Event, answer: WorkerAnswer? = nil) {
    self.event = event
    self.answer = answer
  }
}

/// The worker's side: answers requests until there are no more, or until a run ends the process.
package enum Worker {
  /// The memory limit in bytes, far above what any scenario needs. A run that exceeds it is broken.
  private static let mostMemory: UInt = 2 << 30

  /// Answers each request with the function that `prepare` returns, until there are no more or a
  /// request leaks memory. Returns whether one did.
  package static func serve(
    _ prepare: () throws -> (WorkerRequest) -> WorkerAnswer
  ) throws -> Bool {
    // A subject may print to standard output; keep that out of the answers.
    let answers = FileHandle(fileDescriptor: dup(STDOUT_FILENO))
    let nowhere = open("/dev/null", O_WRONLY)
    dup2(nowhere, STDOUT_FILENO)
    worker_report_traps(answers.fileDescriptor)
    worker_limit_memory(mostMemory)
    func send(_ message: WorkerMessage) throws {
      try answers.write(contentsOf: JSONEncoder().encode(message) + [10])
    }
    let answer = try prepare()
    try send(WorkerMessage(.ready))
    while let line = readLine() {
      let request = try JSONDecoder().decode(WorkerRequest.self, from: Data(line.utf8))
      worker_limit_time(UInt32(clamping: request.limit))
      let made = answer(request)
      worker_limit_time(0)
      if made.signature == nil, worker_has_leaked() != 0 {
        // The next check would report the same leak again, so this worker has to end.
        try send(WorkerMessage(.leak))
        return true
      }
      try send(WorkerMessage(.answer, answer: made))
    }
    return false
  }
}
