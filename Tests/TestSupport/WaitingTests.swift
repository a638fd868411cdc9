import Dispatch
import Foundation
import Synchronization
import Testing

/// Threads for tests that block while a process of theirs runs.
///
/// Swift Testing runs tests on as many threads as there are cores. A test that waits in one of them
/// keeps its core idle, so the tests that compute would get half of two cores.
private final class WaitingThreads: TaskExecutor {
  /// Enough for the waits to overlap: these tests take two minutes one after the other. Few enough
  /// for the campaigns among them, which have two processes each, to get on.
  static let shared = WaitingThreads(count: 4)

  private let jobs = Mutex<[UnownedJob]>([])
  private let arrivals = DispatchSemaphore(value: 0)

  private init(count: Int) {
    for _ in 0..<count {
      let thread = Thread { [self] in
        while true {
          arrivals.wait()
          let job = jobs.withLock { $0.removeFirst() }
          job.runSynchronously(on: asUnownedTaskExecutor())
        }
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    arrivals.signal()
  }
}

/// Runs a suite on `WaitingThreads`: its tests, and the steps between them, which else would queue
/// behind all the tests that compute.
package struct WaitingTrait: SuiteTrait, TestScoping {
  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(WaitingThreads.shared) { try await function() }
  }
}

extension Trait where Self == WaitingTrait {
  /// The tests spend their time waiting for processes, and do so on threads of their own.
  package static var waitsForProcesses: Self { WaitingTrait() }
}
