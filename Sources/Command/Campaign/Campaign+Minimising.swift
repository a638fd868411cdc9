import CampaignReport
import Files
import Foundation
import Processes

// How corpora are kept small.

extension Campaign {
  /// Inputs in a folder below which it is not worth a merge while there is time to fuzz.
  private static let fewestToPrune = 2000
  /// How many times what the last merge has left a folder has to hold for another.
  private static let growth = 4

  /// Thins out what processes of a job write to, if it has grown to several times what the last merge has
  /// left: libFuzzer keeps what it has replaced by something smaller, processes side by side keep the same
  /// twice, and each process runs all of it before it begins.
  func prune(after job: Job, process: String) async {
    // It has next to no time, and what it keeps goes at the end of the run.
    if job.kind == .sanitized { return }
    let folder = state.corpus(of: job.target).output(of: job.kind)
    let count = folder.names.count
    let leastCount = Self.growth * (leftByMerge[folder.path] ?? 0)
    guard count >= max(Self.fewestToPrune, leastCount), !isFuzzingOver,
      // Two merges of a target would take each other's inputs away.
      pruning.insert(job.target).inserted
    else { return }
    defer { pruning.remove(job.target) }
    guard hasRoom(for: folder.room) else { return }
    let (isOver, deadline) = (isOver, deadline)
    let problem = await merge(folder, [], of: job.target, job.kind, name: "pruning-\(process)") {
      isOver() || ContinuousClock.now >= deadline
    }
    // Not to try it all the time, whatever has come of it.
    leftByMerge[folder.path] = folder.names.count
    if isFuzzingOver { return }
    let what = job.kind == .valueProfile ? "value profile" : "corpus"
    let outcome = problem.map { "stays so: \($0)" } ?? "is thinned out to \(folder.names.count)"
    log("\(job.target): \(what) has grown to \(count) inputs, and \(outcome)")
  }

  /// Keeps of the target's inputs the fewest that reach what all of them reach. No process of the target is
  /// to run.
  func minimise(_ target: String) async {
    let corpus = state.corpus(of: target)
    let before = corpus.inputs.size
    // What does not fit on the disk would be missing. A merge chooses from all three.
    let room = corpus.inputs.room + corpus.valueProfile.room + corpus.sanitized.room
    guard hasRoom(for: room) else {
      return note("the corpus of \(target) is not minimised: the disk is too full")
    }
    // First what takes from all of them, so that nothing is gone before each has had it.
    if options.builds.everything != nil {
      let others = [corpus.inputs, corpus.sanitized]
      noteUnmerged(
        await merge(corpus.valueProfile, others, of: target, .valueProfile, name: "merge"), target)
    }
    let others = [corpus.valueProfile, corpus.sanitized]
    if noteUnmerged(await merge(corpus.inputs, others, of: target, .plain, name: "merge"), target) {
      corpus.sanitized.empty()
      let after = corpus.inputs.size
      log("\(target): corpus minimised from \(before.inputs) inputs to \(after.inputs)")
    }
  }

  /// Notes why a merge has not worked, if it has not. Returns whether it has.
  @discardableResult
  private func noteUnmerged(_ problem: String?, _ target: String) -> Bool {
    if let problem {
      note("\(target): the corpus is not minimised: \(problem)", more: "see \(folder)/logs/merge-*")
    }
    return problem == nil
  }

  /// Keeps of the inputs in `folder` and in `others` the fewest that reach in a job what all of them reach,
  /// in `folder`.
  ///
  /// - Parameters:
  ///   - name: of the log, and of what fails, before target and job.
  ///   - isOver: whether it is to end at once.
  /// - Returns: why nothing has changed, or nil if it is done.
  private func merge(
    _ folder: InputFolder, _ others: [InputFolder], of target: String, _ kind: Job.Kind,
    name: String, isOver: @escaping @Sendable () -> Bool = { false }
  ) async -> String? {
    guard let build = options.builds.build(for: kind) else {
      return "there is no build for the job '\(kind.rawValue)'"
    }
    let log = "\(self.folder)/logs/\(name)-\(target)-\(kind.fileName)"
    let prefix = kind.prefix(run: record.name, process: name)
    let artifacts = "\(state.corpus(of: target).crashes)/\(prefix)"
    do throws(CommandError) {
      let merge = try folder.beginMerge()
      let process = BoundedProcess(
        program: build.executable(target),
        arguments: ["-set_cover_merge=1", merge.chosen, folder.path] + others.map(\.path)
          + kind.flags + ["-artifact_prefix=\(artifacts)"],
        environment: environment, log: log, seconds: Self.mostMergeSeconds,
        megabytes: kind.megabytes + Self.spareMegabytes)
      let end = try await process.run(isOver: isOver)
      let count = FuzzLog(FuzzLog.tail(of: log, bytes: Self.mostWords)).chosen
      if end.succeeded, let count, hasRoom(),
        try folder.end(
          merge, count: count, duplicates: InputFolder.duplicates(in: [folder] + others))
      {
        return nil
      }
      return "the merge \(end), and has not left what it has chosen"
    } catch {
      return error.description
    }
  }

  /// The longest that one merge may take.
  private static let mostMergeSeconds = 1800
}
