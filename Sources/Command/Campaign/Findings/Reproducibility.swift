import Differential
import Files
import Foundation
import Processes
import Scenario

/// What came of running a scenario again and again.
package struct Reproducibility: Equatable {
  /// How often it is run: one that fails every other time is missed once in a thousand.
  package static let runs = 10

  /// How it failed most often; nil if it never did.
  package private(set) var failure: Failure?
  /// In how many runs it failed, in whichever way.
  package private(set) var failed = 0
  /// In how many ways it failed.
  package private(set) var ways = 0

  /// What the runs came to: a failure each, or nil for one that passed. O(runs).
  init(_ runs: [Failure?]) {
    var counts: [Failure: Int] = [:]
    for case let failure? in runs { counts[failure, default: 0] += 1 }
    failed = counts.values.reduce(0, +)
    ways = counts.count
    // Of two that are as frequent, the one with the lesser name: the same every time.
    failure =
      counts.max { one, other in
        (one.value, other.key.description) < (other.value, one.key.description)
      }?.key
  }

  /// Runs `scenario`, each time followed up as a fuzz target does.
  ///
  /// - Throws: `unstartable`.
  init(
    of scenario: Scenario, by workers: WorkerPool
  ) async throws(CommandError) {
    let outcomes = try await workers.outcomes(
      of: Array(repeating: scenario, count: Self.runs))
    self.init(
      outcomes.map { outcome in
        switch outcome {
        case .answer(let answer): return answer.signature.map { .divergence($0) }
        case .failure(let failure): return .process(failure)
        }
      })
  }
}

extension Reproducibility: CustomStringConvertible {
  /// `steady`, or how often, and in how many ways if that is more than one.
  package var description: String {
    if failed == 0 { return "not reproduced in \(Self.runs) runs" }
    let often = failed == Self.runs ? "steady" : "flaky, in \(failed) of \(Self.runs) runs"
    return ways > 1 ? "\(often), in \(ways) ways" : often
  }
}

extension Failure: CustomStringConvertible {
  /// Its kind in one line.
  package var description: String {
    switch self {
    case .divergence(let kind): return kind.description
    case .process(let failure): return failure.description
    }
  }

  /// What tells it from others, for a file that outlives this build: no address, no number.
  var signature: String {
    switch self {
    case .divergence(let kind): return kind.description
    // A place in an executable is of one build.
    case .process(let failure):
      let place = failure.place.replacing(#/ in the function at .*/#, with: "")
      return [failure.symptom.rawValue, place, failure.signature].filter { !$0.isEmpty }.joined(
        separator: "; ")
    }
  }
}
