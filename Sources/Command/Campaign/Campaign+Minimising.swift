import CampaignReport
import Files
import Foundation
import Processes

// Keeping corpora small.

extension Campaign {
  /// A folder with fewer inputs than this is not merged during fuzzing.
  private static let minInputsToPrune = 2000
  /// A folder is merged again when it has grown to this many times the result of the last merge.
  private static let growth = 4

  /// Prunes the folder that processes of a job write to, if it has grown to several times the
  /// result of its last merge.
  ///
  /// A working corpus accumulates redundant inputs: libFuzzer keeps inputs that it has replaced by
  /// smaller ones, and concurrent processes keep the same input twice. Every process runs the whole
  /// corpus before it fuzzes.
  func prune(after job: Job, process: String) async {
    // The sanitized job gets little time, and its folder is emptied at the end of the run.
    if job.kind == .sanitized { return }
    let folder = state.corpus(of: job.target).output(of: job.kind)
    let count = folder.names.count
    let minCount = Self.growth * (leftByMerge[folder.path] ?? 0)
    guard count >= max(Self.minInputsToPrune, minCount), !isFuzzingOver,
      // Two concurrent merges of a target would delete each other's inputs.
      pruning.insert(job.target).inserted
    else { return }
    defer { pruning.remove(job.target) }
    guard hasRoom(for: folder.room) else { return }
    let (isOver, deadline) = (isOver, deadline)
    let problem = await merge(folder, [], of: job.target, job.kind, name: "pruning-\(process)") {
      isOver() || ContinuousClock.now >= deadline
    }
    // Set after a failure too, so that the merge is not retried after every process.
    leftByMerge[folder.path] = folder.names.count
    if isFuzzingOver { return }
    let what = job.kind == .valueProfile ? "value-profile corpus" : "corpus"
    let outcome = problem.map { "was not pruned: \($0)" } ?? "was pruned to \(folder.names.count)"
    log("\(job.target): \(what) has grown to \(count) inputs and \(outcome)")
  }

  /// Reduces the target's corpus to a small set of inputs that reach all that the corpus reaches.
  /// No process of the target may run meanwhile.
  func minimise(_ target: String) async {
    let corpus = state.corpus(of: target)
    let before = corpus.inputs.size
    // A merge may choose every input of all three folders, and copies what it chooses.
    let room = corpus.inputs.room + corpus.valueProfile.room + corpus.sanitized.room
    guard hasRoom(for: room) else {
      return note("\(target): corpus not minimised: not enough disk space")
    }
    // The value profile goes first: its merge reads the other folders, and the merge below empties
    // the sanitized one.
    if options.builds.everything != nil {
      let others = [corpus.inputs, corpus.sanitized]
      noteUnmerged(
        await merge(corpus.valueProfile, others, of: target, .valueProfile, name: "merge"), target)
    }
    let others = [corpus.valueProfile, corpus.sanitized]
    if noteUnmerged(await merge(corpus.inputs, others, of: target, .plain, name: "merge"), target) {
      corpus.sanitized.empty()
      let after = corpus.inputs.size
      log("\(target): corpus minimised from \(before.inputs) to \(after.inputs) inputs")
    }
  }

  /// Warns if a merge failed. Returns whether it succeeded.
  @discardableResult
  private func noteUnmerged(_ problem: String?, _ target: String) -> Bool {
    if let problem {
      note("\(target): corpus not minimised: \(problem)", more: "see \(folder)/logs/merge-*")
    }
    return problem == nil
  }

  /// Merges `folder` and `others` into `folder`: keeps a small set of inputs that reach all that
  /// the inputs of both reach in a job of this kind.
  ///
  /// - Parameters:
  ///   - name: the prefix of the log's name and of the names of failing inputs.
  ///   - isOver: returns true when the merge shall stop at once.
  /// - Returns: why nothing has changed, or nil on success.
  private func merge(
    _ folder: InputFolder, _ others: [InputFolder], of target: String, _ kind: Job.Kind,
    name: String, isOver: @escaping @Sendable () -> Bool = { false }
  ) async -> String? {
    guard let build = options.builds.build(for: kind) else {
      return "there is no build for '\(kind.rawValue)' jobs"
    }
    let log = "\(self.folder)/logs/\(name)-\(target)-\(kind.fileName)"
    let prefix = kind.prefix(run: record.name, process: name)
    let artifacts = "\(state.corpus(of: target).crashes)/\(prefix)"
    do throws(CommandError) {
      let merge = try folder.beginMerge()
      let count = try await CorpusMerge(
        executable: build.executable(target), chosen: merge.chosen,
        sources: [folder.path] + others.map(\.path), flags: kind.flags, artifacts: artifacts,
        environment: environment, log: log, seconds: Self.maxMergeSeconds,
        megabytes: kind.megabytes + Self.spareMegabytes
      ).run(isOver: isOver)
      let duplicates = InputFolder.duplicates(in: [folder] + others)
      guard hasRoom(), try folder.end(merge, count: count, duplicates: duplicates) else {
        return "the merge's result is incomplete"
      }
      return nil
    } catch {
      return error.description
    }
  }

  /// The time limit of a merge, in seconds.
  private static let maxMergeSeconds = 1800
}
