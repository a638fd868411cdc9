import Differential
import ReverseMapping
import Scenario

/// A failure of a trace as a scenario.
package struct TraceCut {
  /// The shortest list of the last events around the failure that fails too.
  package let scenario: Scenario
  /// How it fails.
  package let divergence: Divergence

  /// Widths of the surroundings that are tried, in bytes: the ranges of the failure alone, then the
  /// blocks that contain them, then everything.
  private static let reaches: [UInt64] = [0, 2 << 20, 1 << 30, 1 << 55]

  /// Cuts the failure of `run` out, or returns nil if no list of up to `Limits.operations` events
  /// fails: it may need a larger map. O(lines + runs of a scenario).
  ///
  /// - Throws: what reading throws.
  package static func cut(_ fault: TraceFault, of run: TraceRun) throws -> TraceCut? {
    for reach in reaches {
      let events = try run.neighbourhood(of: fault, reach: reach, most: Limits.operations - 1)
      for count in 1...max(1, events.count) {
        guard let scenario = scenario(events.suffix(count), run) else { return nil }
        if let divergence = run.diverges(scenario) {
          return TraceCut(scenario: scenario, divergence: divergence)
        }
      }
    }
    return nil
  }

  /// A scenario of one MMU that does `events`; nil if the scenario language has no such addresses.
  static func scenario(_ events: some Collection<HostEvent>, _ run: TraceRun) -> Scenario? {
    let world = World(
      family: .vm, ipaBits: UInt8(TraceLimits.ipaBits), windows: 0,
      hasDirectMap: run.hasDirectMap, mmus: 1)
    var operations: [Operation] = []
    for event in events {
      do throws(ArgumentMisfit) {
        switch event {
        case .record(let range, let nested, _):
          operations.append(try Operation(.record, range: range, nested: nested, in: world))
        case .unmap(let range):
          operations.append(try Operation(.unmap, range: range, in: world))
        case .invalidate(let range, _):
          operations.append(try Operation(.invalidate, range: range, in: world))
        case .fullUnmap:
          operations.append(Operation(.beginFullUnmap))
          operations.append(Operation(.endFullUnmap))
        }
      } catch {
        return nil
      }
    }
    return Scenario(world: world, operations: operations)
  }
}
