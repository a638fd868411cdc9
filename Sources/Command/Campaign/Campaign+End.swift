import CampaignReport
import Files
import Foundation
import Processes

// The work after fuzzing.

extension Campaign {
  /// Minimises the corpora, triages what the merges found failing, measures the source coverage and
  /// completes the record.
  func finish() async {
    record.isInterrupted = isOver()
    let idle = plan.jobs.count { tallies[$0.target]?.hasRun($0.kind) != true }
    if idle > 0 {
      let jobs = idle == 1 ? "1 job" : "\(idle) jobs"
      record.leftOut = (record.leftOut ?? []) + ["\(jobs) for lack of time"]
    }
    await withTaskGroup(of: Void.self) { group in
      var waiting = options.targets[...]
      for _ in 0..<options.concurrency {
        if let next = waiting.popFirst() { minimise(next, in: &group) }
      }
      while await group.next() != nil {
        if let next = waiting.popFirst() { minimise(next, in: &group) }
      }
    }
    for target in options.targets {
      await triage(
        state.corpus(of: target).pending, of: target, origin: "a merge; \(record.build)")
    }
    if let coverage = options.builds.coverage {
      log("measuring the source coverage of the corpora")
      let measure = CoverageMeasure(
        build: coverage, scratch: "\(folder)/coverage", log: "\(folder)/logs/coverage",
        environment: environment)
      do throws(CommandError) {
        record.coverage = try await measure.measure(
          options.targets.map { ($0, state.corpus(of: $0).inputs.path) })
      } catch {
        note(error.description)
      }
    }
    writeNumbers()
  }

  private func minimise(_ target: String, in group: inout TaskGroup<Void>) {
    group.addTask { await self.minimise(target) }
  }
}
