import CProcesses
import Differential
import Foundation

// A worker runs scenarios on behalf of another process, which must outlive whatever a scenario does to
// the process that runs it. Each line between the two is a JSON document: a WorkerRequest in one
// direction, a WorkerMessage in the other.

/// A scenario to run.
package struct WorkerRequest: Codable {
  /// What to find out.
  package enum Question: String, Codable {
    /// How it fails by itself.
    case failure
    /// How it fails, with a difference followed up in search of the harm that it can do.
    case harm
    /// In which steps the subject is refused memory.
    case refusals
  }

  /// The scenario's bytes.
  package var scenario: Data
  /// What to find out.
  package var question: Question
  /// The longest that the run may take, in milliseconds.
  package var limit: Int

  package init(scenario: Data, question: Question, limit: Int) {
    self.scenario = scenario
    self.question = question
    self.limit = limit
  }
}

/// What came of a run that did not end its process.
package struct WorkerAnswer: Codable {
  /// How it failed; nil if it passed.
  package var signature: FailureSignature?
  /// The index of the operation that it failed at.
  package var step = 0
  /// The bytes of the scenario that failed, which is longer than the one asked for if following up
  /// has found harm.
  package var scenario = Data()
  /// The indices of the operations that found no memory, if that was the question.
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

/// A line from a worker. Those of a trap and a hang are written by a signal handler (CWorker.c), in place of
/// an answer.
struct WorkerMessage: Codable {
  enum Event: String, Codable {
    /// The first line: requests may come.
    case ready
    /// What came of the request.
    case answer
    /// In place of an answer under LeakSanitizer, which has said more on standard error.
    case leak
    case trap
    case hang
  }
  var event: Event
  var answer: WorkerAnswer?
  /// The signal of a trap.
  var signal: Int32?
  /// The innermost function of a trap.
  var function: String?
  /// The call into a library that was running at a trap or a hang; empty if none was.
  var call: String?

  /// The message in `line`; nil if it is something else.
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

/// The worker's side: it answers requests until there are no more, or a run ends the process.
package enum Worker {
  /// Far more than any scenario takes; what asks for more has lost its way.
  private static let mostMemory: UInt = 2 << 30

  /// Answers each request with what the function that `prepare` returns makes of it, until there are
  /// no more or memory was lost. Returns whether it was.
  package static func serve(
    _ prepare: () throws -> (WorkerRequest) -> WorkerAnswer
  ) throws -> Bool {
    // A subject may print: that must not get between the answers.
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
        // What is lost stays lost, so the next run would be blamed for it too.
        try send(WorkerMessage(.leak))
        return true
      }
      try send(WorkerMessage(.answer, answer: made))
    }
    return false
  }
}
