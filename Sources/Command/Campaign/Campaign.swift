import CampaignReport
import Differential
import Files
import Foundation
import Presentation
import Processes
import ReverseMapping

/// One campaign run, from its first process to its record.
///
/// Jobs get processes according to their weights until the time is up. Failing inputs are triaged
/// as they appear. At the end the corpora are minimised and the source coverage is measured.
actor Campaign {
  /// The settings of a campaign run.
  struct Options {
    var builds: CampaignBuilds
    var targets: [String]
    var seconds: Int
    var concurrency: Int
    var seed: UInt64
    /// The command-line options that select a library as the subject, for child processes of this
    /// executable.
    var subjectArguments: [String] = []
    /// The environment variables that select it for fuzz targets.
    var subjectEnvironment: [String: String?] = [:]
    /// The folder of the committed corpora, with one subfolder per target.
    var corpora = "Corpus"
    /// The time limit for shrinking one finding, in seconds.
    var shrinkSeconds = 60
  }

  /// A running process of a job.
  struct Running {
    var job: Job
    var name: String
    var begin: ContinuousClock.Instant
    var log: String
    var seen = FuzzLog("")
    var counted = TransitionTally()
    var lastCounted: ContinuousClock.Instant?
  }

  let options: Options
  let state: StateFolder
  let folder: String
  var record: CampaignRecord
  var plan: CampaignPlan
  var tallies: [String: TargetTally] = [:]
  var running: [Int: Running] = [:]
  /// How many inputs the last merge left in each folder, by path.
  var leftByMerge: [String: Int] = [:]
  /// The targets that have a corpus folder being pruned.
  var pruning: Set<String> = []
  /// The triage of the failing inputs of each ended process.
  private var triages: [Task<Void, Never>] = []
  /// The failing inputs that this run leaves for the next campaign.
  var leftForNext: Set<String> = []
  /// How often each file of known failures was emptied, by path.
  private var forgotten: [String: Int] = [:]
  /// Processes started so far.
  private var started = 0
  private var begin = ContinuousClock.now
  /// When fuzzing ends. Triage, minimisation and the report come after it.
  private(set) var deadline: ContinuousClock.Instant
  let triageQueue: CampaignTriage
  let isOver: @Sendable () -> Bool
  let log: @Sendable (String) -> Void

  /// - Parameters:
  ///   - record: the record of the run so far: its name, settings and self-checks.
  ///   - isOver: returns true once the run has been interrupted and shall finish early.
  ///   - log: receives each log line.
  /// - Throws: `unwritable`.
  init(
    _ options: Options, state: StateFolder, record: CampaignRecord,
    isOver: @escaping @Sendable () -> Bool, log: @escaping @Sendable (String) -> Void
  ) throws(CommandError) {
    self.options = options
    self.state = state
    self.record = record
    self.isOver = isOver
    self.log = log
    folder = state.run(record.name)
    try ResultFolder(path: "\(folder)/logs").make()
    plan = CampaignPlan(
      Job.all(of: options.targets, options.builds), seconds: options.seconds,
      concurrency: options.concurrency)
    deadline = begin + .seconds(options.seconds)
    triageQueue = CampaignTriage(
      findings: state.findings, subject: options.subjectArguments, seconds: options.shrinkSeconds,
      logs: "\(folder)/logs")
    for target in options.targets { tallies[target] = TargetTally(target) }
  }

  private var now: Double { (ContinuousClock.now - begin) / .seconds(1) }
  var isFuzzingOver: Bool { isOver() || ContinuousClock.now >= deadline }

  // MARK: - Before

  /// Prepares the working corpora, and triages the failing inputs that an earlier campaign left.
  ///
  /// - Throws: `unwritable`.
  func prepare() async throws(CommandError) {
    for target in options.targets {
      let corpus = state.corpus(of: target)
      try corpus.open()
      for name in options.builds.focus.table[target]?.corpora ?? [target] {
        for problem in try corpus.add(from: "\(options.corpora)/\(name)") { note(problem) }
      }
      for problem in corpus.quarantineUnreadable() { note(problem) }
      await release(corpus, of: target)
      for prefix in corpus.interrupted { await recover(target, prefix: prefix) }
      tallies[target]?.corpusBefore = corpus.inputs.size.inputs
      let transitions = corpus.transitions.open { note($0) }
      tallies[target]?.transitions = transitions
      await triage(corpus.pending, of: target, origin: Self.originOfInterrupted)
    }
    // The time spent up to here does not count as fuzzing time.
    begin = .now
    deadline = begin + .seconds(options.seconds)
  }

  /// How many quarantined inputs of a target one run tries again, at most.
  private static let maxReleased = 200

  /// Returns quarantined inputs to the corpus if they now pass in every build: the bug may have
  /// been fixed since.
  private func release(_ corpus: WorkingCorpus, of target: String) async {
    for name in InputFolder.names(in: corpus.quarantine).prefix(Self.maxReleased) {
      let path = "\(corpus.quarantine)/\(name)"
      guard access(path, R_OK) == 0, !isOver() else { continue }
      var passes = true
      for kind in [Job.Kind.plain, .valueProfile, .sanitized] where passes {
        guard let build = options.builds.build(for: kind) else { continue }
        let process = BoundedProcess(
          program: build.executable(target),
          arguments: [path, "-artifact_prefix=/dev/null/"] + kind.flags,
          environment: environment, log: "/dev/null", seconds: Self.grace,
          megabytes: kind.megabytes + Self.spareMegabytes)
        passes = (try? await process.run())?.succeeded == true
      }
      if passes { corpus.release(name) }
    }
  }

  /// Runs the whole campaign and shows its progress on `view`.
  ///
  /// - Throws: `unwritable`.
  func run(_ view: CampaignView) async throws(CommandError) {
    // Written first, so that even a run killed at once leaves a record.
    try writeRecord()
    try await prepare()
    let show = Task {
      var seconds = 0
      var isReported = false
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(1))
        seconds += 1
        if isOver(), !isReported {
          isReported = true
          log("interrupted: finishing with a report; interrupt again to stop at once")
        }
        let isMinute = seconds % 60 == 0
        view.show(self.look(), left: self.secondsLeft, isMinute: isMinute)
        if isMinute { self.writeNumbers() }
      }
    }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<options.concurrency { group.addTask { await self.work() } }
    }
    // Before the merges: triage moves inputs out of the corpora.
    for triage in triages { await triage.value }
    show.cancel()
    await show.value
    view.show(look(), left: secondsLeft, isMinute: true)
    view.end()
    await finish()
  }

  // MARK: - Processes

  /// Runs one process after another until fuzzing is over.
  func work() async {
    while !isFuzzingOver {
      guard let job = plan.next(at: now) else {
        try? await Task.sleep(for: .milliseconds(200))
        continue
      }
      await run(job)
    }
  }

  /// Runs one process of a job to its end, counts its work and begins to triage its failures.
  private func run(_ job: Job) async {
    let left = Int((deadline - ContinuousClock.now) / .seconds(1))
    let seconds = max(1, min(plan.slice, left))
    started += 1
    let number = started
    // Padded, so that names sort by time.
    let padded = String(repeating: "0", count: max(0, 6 - "\(number)".count)) + "\(number)"
    guard let process = process(of: job, padded, seconds: seconds) else { return }
    plan.begin(job, seconds: Double(seconds))
    running[number] = Running(
      job: job, name: "\(record.name).\(padded)", begin: .now, log: process.log)
    let end: BoundedProcess.End
    do throws(CommandError) {
      end = try await process.run(isOver: isOver)
    } catch {
      note("\(job): \(error.description)")
      end = BoundedProcess.End(reason: .notStarted)
    }
    let hasFailed = !(end.succeeded || isOver() && Self.isInterrupted(end))
    let (seen, taken) = collect(number)
    if plan.end(job, planned: Double(seconds), seconds: taken, hasFailed: hasFailed, at: now) {
      tallies[job.target]?.countEarlyFailure(job.kind)
    }
    let prefix = job.kind.prefix(run: record.name, process: padded)
    // It ended without a report, so it may have left the input that it was running.
    if hasFailed, seen.result == nil { await recover(job.target, prefix: prefix) }
    let saved = state.corpus(of: job.target).pending(prefix: prefix)
    if hasFailed, saved.isEmpty {
      noteUnexplained("\(job): a process \(end); no input was saved", more: "see \(process.log)")
    } else if saved.contains(where: { $0.contains("/\(prefix)killed-") }) {
      note("\(job): a process \(end)", more: "see \(process.log)")
    }
    let origin = "\(job); \(record.build); \(command(of: process, job))"
    // Triage takes seconds, and a minute for a new finding. Fuzzing goes on meanwhile.
    triages.append(
      Task {
        if await triage(saved, of: job.target, origin: origin) { forgetKnown(job) }
      })
    // A process that goes on after failures has used its time too.
    if !hasFailed || seen.result != nil { await prune(after: job, process: padded) }
  }

  /// The command line of a process, to be pasted into a shell.
  private func command(of process: BoundedProcess, _ job: Job) -> String {
    var variables = options.subjectEnvironment.compactMapValues { $0 }
    variables["REVFUZZ_NODES"] = job.kind.nodes
    let settings = variables.sorted { $0.key < $1.key }.map { "\($0)=\(shellWord($1))" }
    return (settings + ([process.program] + process.arguments).map(shellWord))
      .joined(separator: " ")
  }

  /// Lets a target save the inputs that its processes with this prefix left behind. Any build can,
  /// because it runs none of them.
  private func recover(_ target: String, prefix: String) async {
    let corpus = state.corpus(of: target)
    let log = "\(folder)/logs/recovery-\(target)"
    let process = BoundedProcess(
      program: options.builds.focus.executable(target),
      arguments: ["-artifact_prefix=\(corpus.crashes)/\(prefix)"],
      environment: environment.merging(["REVFUZZ_RECOVER": "1"]) { $1 }, log: log,
      seconds: Self.grace, megabytes: Job.Kind.plain.megabytes + Self.spareMegabytes)
    _ = try? await process.run()
    if corpus.interrupted.contains(prefix) {
      note(
        "\(target): the input of a killed process was not recovered; the next campaign will try",
        more: "see \(log)")
    }
  }

  /// The file of the failures of a target that are known in this run. Its processes report each
  /// only once. The sanitized build has failures of its own.
  private func known(_ job: Job) -> String {
    let build = job.kind == .sanitized ? "-\(job.kind.fileName)" : ""
    return URL(fileURLWithPath: "\(folder)/logs/known-\(job.target)\(build)").path
  }

  /// How often the known failures of a target are forgotten in a run, at most. A failure that ends
  /// processes and never comes back would otherwise take all the time.
  private static let maxForgotten = 3

  /// Lets the next processes save the failures again that are known in this run. An input of one of
  /// them passes, and another may not.
  private func forgetKnown(_ job: Job) {
    let path = known(job)
    guard forgotten[path, default: 0] < Self.maxForgotten else { return }
    forgotten[path, default: 0] += 1
    truncate(path, 0)
  }

  /// The next process of a job, where `name` is its padded number; nil if the job has no build.
  private func process(of job: Job, _ name: String, seconds: Int) -> BoundedProcess? {
    guard let build = options.builds.build(for: job.kind) else { return nil }
    let corpus = state.corpus(of: job.target)
    var random = SplitMix64(seed: options.seed &+ UInt64(started))
    let seed = UInt32(truncatingIfNeeded: random.next() % 0x7fff_fffe) + 1
    var arguments = [corpus.output(of: job.kind).path]
    if arguments[0] != corpus.inputs.path { arguments.append(corpus.inputs.path) }
    arguments += job.kind.flags
    arguments += [
      "-max_total_time=\(seconds)", "-seed=\(seed)", "-print_final_stats=1",
      "-artifact_prefix=\(corpus.crashes)/\(job.kind.prefix(run: record.name, process: name))",
    ]
    var environment = self.environment
    environment["REVFUZZ_NODES"] = .some(job.kind.nodes)
    environment["REVFUZZ_KEEP_GOING"] = known(job)
    environment["REVFUZZ_NUMBERS"] = corpus.transitions.table(of: "\(record.name).\(name)")
    return BoundedProcess(
      program: build.executable(job.target), arguments: arguments, environment: environment,
      log: "\(folder)/logs/\(name)-\(job.target)-\(job.kind.fileName)",
      seconds: seconds + Self.grace, megabytes: job.kind.megabytes + Self.spareMegabytes)
  }

  /// Adds the numbers of an ended process to its target's tally. Returns its log and its run time
  /// in seconds.
  private func collect(_ number: Int) -> (FuzzLog, seconds: Double) {
    guard let process = running.removeValue(forKey: number) else { return (FuzzLog(""), 0) }
    let seconds = (ContinuousClock.now - process.begin) / .seconds(1)
    let seen = FuzzLog(FuzzLog.tail(of: process.log, bytes: Self.maxLogBytes))
    let (target, store) = (process.job.target, state.corpus(of: process.job.target).transitions)
    var tally = tallies[target] ?? TargetTally(target)
    if seen.features > process.seen.features, process.seen.features > 0 { tally.lastFind = .now }
    let counted = store.add(process.name, to: &tally.transitions) { note($0) }
    tally.add(process.job.kind, seen, counted, seconds: seconds)
    tallies[target] = tally
    return (seen, seconds)
  }

  /// Extra seconds for a process to start, to end and to detect a hang.
  private static let grace = 30
  /// Memory on top of libFuzzer's own limit, in MB.
  static let spareMegabytes = 512
  /// How much of the end of a log is read, in bytes.
  static let maxLogBytes = 1 << 18

  /// Whether a process ended because of an interrupt, or was killed because it ignored one.
  private static func isInterrupted(_ end: BoundedProcess.End) -> Bool {
    // libFuzzer exits with 72 after an interrupt.
    end.reason == .exited && end.number == 72 || end.reason == .abandoned
      || end.reason == .signalled && end.number == SIGINT
  }

  var environment: [String: String?] {
    FuzzProcess.environment.merging(options.subjectEnvironment) { $1 }
  }
}
