import CampaignReport
import Differential
import Files
import Foundation
import Processes
import ReverseMapping

/// One campaign from its first process to its report: jobs get processes by their weight until the time
/// is over, what fails is sorted as it comes, and at the end the corpora are minimised.
actor Campaign {
  /// What it is to do.
  struct Options {
    var builds: CampaignBuilds
    var targets: [String]
    var seconds: Int
    var concurrency: Int
    var seed: UInt64
    /// The options that name a library, for other processes of this executable.
    var subjectArguments: [String] = []
    /// The same for targets.
    var subjectEnvironment: [String: String?] = [:]
    /// Folders of inputs to begin with, one for each target: `Corpus`.
    var corpora = "Corpus"
    /// The longest that shrinking one finding may take, in seconds.
    var shrinkSeconds = 60
  }

  /// A process that runs.
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
  /// How many inputs the last merge has left in a folder, by its path; and the targets of which a folder is
  /// being thinned out.
  var leftByMerge: [String: Int] = [:]
  var pruning: Set<String> = []
  private var started = 0
  private var begin = ContinuousClock.now
  /// When fuzzing ends, after which there is only what has to be done with what was found.
  private(set) var deadline: ContinuousClock.Instant
  let sorter: CampaignTriage
  let isOver: @Sendable () -> Bool
  let log: @Sendable (String) -> Void

  /// - Parameters:
  ///   - record: what is known of the run before it begins.
  ///   - isOver: whether it is to end in order, before its time.
  ///   - tell: takes a line of what happens.
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
    sorter = CampaignTriage(
      findings: state.findings, subject: options.subjectArguments, seconds: options.shrinkSeconds,
      logs: "\(folder)/logs")
    for target in options.targets { tallies[target] = TargetTally(target) }
  }

  private var now: Double { (ContinuousClock.now - begin) / .seconds(1) }
  var isFuzzingOver: Bool { isOver() || ContinuousClock.now >= deadline }

  // MARK: - Before

  /// Makes the working corpora ready, and sorts what an earlier campaign could not.
  ///
  /// - Throws: `unwritable`.
  func prepare() async throws(CommandError) {
    for target in options.targets {
      let corpus = state.corpus(of: target)
      try corpus.open()
      for problem in try corpus.add(from: "\(options.corpora)/\(target)") { note(problem) }
      for problem in corpus.putAwayUnreadable() { note(problem) }
      await release(corpus, of: target)
      tallies[target]?.corpusBefore = corpus.inputs.size.inputs
      let transitions = corpus.transitions.open { note($0) }
      tallies[target]?.transitions = transitions
      await sort(corpus.waiting, of: target, origin: "an earlier campaign, which was cut short")
    }
    // All that comes on top of the time that was asked for.
    begin = .now
    deadline = begin + .seconds(options.seconds)
  }

  /// The most inputs of the quarantine that are looked at again.
  private static let mostReleased = 200

  /// Gives back to the corpus what does not fail any more in any build: the program may have been mended.
  private func release(_ corpus: WorkingCorpus, of target: String) async {
    for name in InputFolder.names(in: corpus.quarantine).prefix(Self.mostReleased) {
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

  /// Goes from the first process to the last, and does what is to be done then; shows it on `view`.
  ///
  /// - Throws: `unwritable`.
  func run(_ view: CampaignView) async throws(CommandError) {
    // From now on it is known that there was this run.
    try writeRecord()
    try await prepare()
    let show = Task {
      var seconds = 0
      var isTold = false
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(1))
        seconds += 1
        if isOver(), !isTold {
          isTold = true
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
    show.cancel()
    await show.value
    view.show(look(), left: secondsLeft, isMinute: true)
    view.end()
    await finish()
  }

  // MARK: - Processes

  /// Runs one process after the other until the time is over.
  func work() async {
    while !isFuzzingOver {
      guard let job = plan.next(at: now) else {
        try? await Task.sleep(for: .milliseconds(200))
        continue
      }
      await run(job)
    }
  }

  /// Runs one process of a job to its end, and takes what comes of it.
  private func run(_ job: Job) async {
    let left = Int((deadline - ContinuousClock.now) / .seconds(1))
    let seconds = max(1, min(plan.slice, left))
    started += 1
    let number = started
    // So that names are in the order of time.
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
    let (seen, taken) = takeOver(number)
    plan.end(job, planned: Double(seconds), seconds: taken, hasFailed: hasFailed, at: now)
    guard hasFailed else { return await prune(after: job, process: padded) }
    if let saved = seen.saved, access(saved, F_OK) == 0 {
      let nodes = job.kind.nodes.map { "REVFUZZ_NODES=\($0) " } ?? ""
      let command = nodes + ([process.program] + process.arguments).joined(separator: " ")
      await sort([saved], of: job.target, origin: "\(job); \(record.build); \(command)")
    } else {
      noteUnexplained(
        "\(job): a process \(end), and has saved no input", more: "see \(process.log)")
    }
  }

  /// The process that a job gets, whose padded number is `name`; nil if there is no build of it.
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
    environment["REVFUZZ_NUMBERS"] = corpus.transitions.table(of: "\(record.name).\(name)")
    return BoundedProcess(
      program: build.executable(job.target), arguments: arguments, environment: environment,
      log: "\(folder)/logs/\(name)-\(job.target)-\(job.kind.fileName)",
      seconds: seconds + Self.grace, megabytes: job.kind.megabytes + Self.spareMegabytes)
  }

  /// Takes over what a process that has ended has told and counted. Returns that, and the seconds that it had.
  private func takeOver(_ number: Int) -> (FuzzLog, seconds: Double) {
    guard let process = running.removeValue(forKey: number) else { return (FuzzLog(""), 0) }
    let seconds = (ContinuousClock.now - process.begin) / .seconds(1)
    let seen = FuzzLog(FuzzLog.tail(of: process.log, bytes: Self.mostWords))
    let (target, store) = (process.job.target, state.corpus(of: process.job.target).transitions)
    var tally = tallies[target] ?? TargetTally(target)
    if seen.features > process.seen.features, process.seen.features > 0 { tally.lastFind = .now }
    let counted = store.add(process.name, to: &tally.transitions) { note($0) }
    tally.add(process.job.kind, seen, counted, seconds: seconds)
    tallies[target] = tally
    return (seen, seconds)
  }

  /// Time beyond its own that a process may take to begin, to end and to find that it hangs; and memory
  /// beyond what libFuzzer allows it.
  private static let grace = 30
  static let spareMegabytes = 512
  /// The most of a log that is read, in bytes.
  static let mostWords = 1 << 18

  /// Whether a process has ended as it was asked to, or had to be killed because it did not.
  private static func isInterrupted(_ end: BoundedProcess.End) -> Bool {
    // 72 is what libFuzzer exits with after an interrupt.
    end.reason == .exited && end.number == 72 || end.reason == .abandoned
      || end.reason == .signalled && end.number == SIGINT
  }

  var environment: [String: String?] {
    var values: [String: String?] = ["SWIFT_DETERMINISTIC_HASHING": "1"]
    values.merge(options.subjectEnvironment) { $1 }
    return values
  }
}
