import CampaignReport
import Differential
import Foundation

/// The numbers of a target in this run, summed over its processes.
struct TargetTally {
  private var line: NumberLine
  private var jobs: [Job.Kind: CampaignRecord.JobRecord] = [:]
  /// Inputs in the corpus when the run began.
  var corpusBefore = 0
  /// When an input was last added to the corpus.
  var lastFind: ContinuousClock.Instant?
  /// Transition counts of all runs, from processes that have ended.
  var transitions = TransitionTally()
  /// New findings.
  var findings = 0
  /// The last measured size of the corpus.
  private var size = (inputs: 0, bytes: 0)
  private var sizeTime: ContinuousClock.Instant?

  init(_ target: String) { line = NumberLine(time: Date(), target: target) }

  /// Adds the numbers of a process of a job that has run for `seconds`: those it logged and those
  /// it counted itself.
  mutating func add(
    _ kind: Job.Kind, _ seen: FuzzLog, _ counted: TransitionTally, seconds: Double
  ) {
    // libFuzzer logs executions only occasionally, and operations never.
    let executions = max(seen.executions, counted.executions)
    var job = jobs[kind] ?? CampaignRecord.JobRecord(name: kind.rawValue)
    job.processes += 1
    job.seconds += seconds
    job.executions += executions
    jobs[kind] = job
    line.seconds += seconds
    line.executions += executions
    line.operations += counted.operations
    // These builds have other coverage counters, so the numbers cannot be compared.
    guard kind != .valueProfile, kind != .sanitized else { return }
    line.edges = max(line.edges, seen.edges)
    line.features = max(line.features, seen.features)
  }

  /// Whether a process of a job of this kind has ended.
  func hasRun(_ kind: Job.Kind) -> Bool { jobs[kind] != nil }

  /// Counts a process, already added, that failed in the first half of its time.
  mutating func countEarlyFailure(_ kind: Job.Kind) {
    let count = jobs[kind]?.failedEarly ?? 0
    jobs[kind]?.failedEarly = count + 1
  }

  /// The numbers of each job, in order.
  var jobRecords: [CampaignRecord.JobRecord] { Job.Kind.allCases.compactMap { jobs[$0] } }

  /// How long a measured size is reused: measuring takes a stat of every input.
  private static let maxSizeAge = Duration.seconds(90)

  /// Measures the size of the corpus, unless a recent size is known and `isForced` is false.
  mutating func measureSize(of corpus: WorkingCorpus, isForced: Bool) {
    let now = ContinuousClock.now
    if !isForced, let sizeTime, now - sizeTime < Self.maxSizeAge { return }
    size = corpus.inputs.size
    sizeTime = now
  }

  /// The current numbers.
  var numbers: NumberLine {
    var numbers = line
    numbers.time = Date()
    numbers.corpus = size.inputs
    numbers.corpusBytes = size.bytes
    if transitions.watched > 0 { numbers.transitions = transitions.transitionCounts }
    return numbers
  }
}
