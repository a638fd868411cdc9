import Differential
import Files
import Foundation
import Processes
import Scenario

/// How reliably an input fails, measured by running it several times.
package struct Reproducibility: Equatable {
  /// Runs per input. An input that fails half of the time is missed once in a thousand (2^-10).
  package static let runs = 10

  /// The most frequent failure; nil if no run failed.
  package private(set) var failure: Failure?
  /// In how many runs it failed, in any way.
  package private(set) var failed = 0
  /// How many different failures there were.
  package private(set) var ways = 0

  /// Summarises runs: each is a failure, or nil if it passed. O(runs).
  init(_ runs: [Failure?]) {
    var counts: [Failure: Int] = [:]
    for case let failure? in runs { counts[failure, default: 0] += 1 }
    failed = counts.values.reduce(0, +)
    ways = counts.count
    // Between equally frequent failures the lesser description wins, so that the result is stable.
    failure =
      counts.max { one, other in
        (one.value, other.key.description) < (other.value, one.key.description)
      }?.key
  }

  /// Runs `scenario` on `workers`. Differences are followed up, as a fuzz target does.
  ///
  /// - Throws: `unstartable`.
  init(of scenario: Scenario, by workers: WorkerPool) async throws(CommandError) {
    let outcomes = try await workers.outcomes(of: Array(repeating: scenario, count: Self.runs))
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
  /// `steady`, or how often it fails; and in how many ways, if more than one.
  package var description: String {
    if failed == 0 { return "not reproduced in \(Self.runs) runs" }
    let often = failed == Self.runs ? "steady" : "flaky, in \(failed) of \(Self.runs) runs"
    return ways > 1 ? "\(often), in \(ways) ways" : often
  }
}

extension Failure: CustomStringConvertible {
  /// The failure in one line.
  package var description: String {
    switch self {
    case .divergence(let kind): return kind.description
    case .process(let failure): return failure.description
    }
  }

  /// The signature, which distinguishes findings. It is kept in files that outlive this build, so
  /// it has no address and no line number.
  var signature: String {
    switch self {
    case .divergence(let kind): return kind.description
    // An address is meaningless in any other build.
    case .process(let failure):
      let place = failure.place.replacing(#/ in the function at .*/#, with: "")
      return [failure.symptom.rawValue, place, failure.signature].filter { !$0.isEmpty }.joined(
        separator: "; ")
    }
  }
}
