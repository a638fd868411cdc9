import CampaignRecord
import Foundation

// What is done when the time is over.

extension Campaign {
  /// Sorts what is left, minimises the corpora and completes the record.
  func finish() async {
    record.isInterrupted = isOver()
    await withTaskGroup(of: Void.self) { group in
      var waiting = order.targets[...]
      for _ in 0..<order.jobs { if let next = waiting.popFirst() { minimise(next, in: &group) } }
      while await group.next() != nil {
        if let next = waiting.popFirst() { minimise(next, in: &group) }
      }
    }
    for target in order.targets {
      await sort(state.corpus(of: target).waiting, of: target, origin: "a merge; \(record.build)")
    }
    if let coverage = order.builds.coverage {
      tell("measuring the source that the corpora reach")
      let measure = CoverageMeasure(
        build: coverage, scratch: "\(folder)/coverage", log: "\(folder)/logs/coverage",
        environment: environment(of: .plain))
      do throws(FileProblem) {
        record.coverage = try await measure.measure(
          order.targets.map { ($0, state.corpus(of: $0).inputs.path) })
      } catch {
        note(error.description)
      }
    }
    writeNumbers()
  }

  private func minimise(_ target: String, in group: inout TaskGroup<Void>) {
    group.addTask { await self.minimise(target) }
  }

  /// Keeps of the target's inputs the fewest that reach what all of them reach.
  private func minimise(_ target: String) async {
    let corpus = state.corpus(of: target)
    let before = corpus.inputs.size
    // What does not fit on the disk would be missing. A merge chooses from all three.
    let room = corpus.inputs.room + corpus.valueProfile.room + corpus.sanitized.room
    if let free = state.free, free < room + Self.leastRoom {
      return note("the corpus of \(target) is not minimised: the disk is too full")
    }
    // First what takes from all of them, so that nothing is gone before each has had it.
    if order.builds.everything != nil {
      await merge(
        corpus.valueProfile, [corpus.inputs, corpus.sanitized], of: target, .valueProfile)
    }
    if await merge(corpus.inputs, [corpus.valueProfile, corpus.sanitized], of: target, .plain) {
      corpus.sanitized.empty()
      let after = corpus.inputs.size
      tell("\(target): corpus minimised from \(before.inputs) inputs to \(after.inputs)")
    }
  }

  /// Replaces the inputs in `folder` by the fewest that reach what they and those in `others` reach in a lane.
  /// Returns whether it has; if not, that is a trouble, and nothing is changed.
  @discardableResult
  private func merge(
    _ folder: InputFolder, _ others: [InputFolder], of target: String, _ kind: Lane.Kind
  ) async -> Bool {
    let problem: String
    let log = "\(self.folder)/logs/merge-\(target)-\(kind.fileName)"
    do throws(FileProblem) {
      let chosen = try folder.beginMerge()
      let duplicates = InputFolder.duplicates(in: [folder] + others)
      let prefix = kind.prefix(night: record.name, process: "merge")
      let artifacts = "\(state.corpus(of: target).crashes)/\(prefix)"
      guard let build = order.builds.build(for: kind) else { return false }
      let ward = Ward(
        program: build.executable(target),
        arguments: ["-set_cover_merge=1", chosen, folder.path] + others.map(\.path)
          + Self.flags(of: kind) + ["-artifact_prefix=\(artifacts)"],
        environment: environment(of: kind), log: log, seconds: Self.mostMergeSeconds,
        megabytes: kind.megabytes + Self.spareMegabytes)
      let end = try await ward.run()
      let count = FuzzLog(FuzzLog.tail(of: log, bytes: Self.mostWords)).chosen
      if end.isWell, let count, state.free.map({ $0 > Self.leastRoom }) ?? true,
        try folder.endMerge(count: count, duplicates: duplicates)
      {
        return true
      }
      problem = "the merge \(end), and has not left what it has chosen"
    } catch {
      problem = error.description
    }
    note("\(target): \(folder.path) is not minimised: \(problem)", more: "see \(log)")
    return false
  }

  /// The longest that one merge may take.
  private static let mostMergeSeconds = 1800
}
