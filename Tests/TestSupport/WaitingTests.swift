import Dispatch
import Foundation
import Synchronization
import Testing

/// Threads for tests that block while they wait for a child process.
///
/// Swift Testing runs tests on as many threads as there are cores. A test that blocks one of them
/// leaves a core idle: with two cores, the tests that compute would get half the machine.
private final class WaitingThreads: TaskExecutor {
  /// Enough for the waits to overlap: one after the other, these tests take two minutes. Few enough
  /// for the campaigns among them, which run two processes each, to make progress.
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

/// Runs a suite's tests on `WaitingThreads`, and also the steps between them, which would otherwise
/// queue behind all the tests that compute.
package struct WaitingTrait: SuiteTrait, TestScoping {
  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(WaitingThreads.shared) { try await function() }
  }
}

extension Trait where Self == WaitingTrait {
  /// For suites whose tests wait for child processes: runs them on separate threads.
  package static var waitsForProcesses: Self { WaitingTrait() }
}
