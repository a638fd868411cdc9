import CampaignReport
import Differential
import Foundation

/// What a target has come to this run, of all its processes.
struct TargetTally {
  private var line: NumberLine
  private var jobs: [Job.Kind: CampaignRecord.JobRecord] = [:]
  /// Inputs of the corpus when the run began.
  var corpusBefore = 0
  /// When something was last added to the corpus.
  var lastFind: ContinuousClock.Instant?
  /// What was seen of transitions in all runs, by processes that have ended.
  var transitions = TransitionTally()
  /// New findings.
  var findings = 0
  /// The size of the corpus when it was last looked at.
  private var size = (inputs: 0, bytes: 0)
  private var sizeIsOf: ContinuousClock.Instant?

  init(_ target: String) { line = NumberLine(time: Date(), target: target) }

  /// Adds what a process of a job has told and counted, which has run for `seconds`. O(1).
  mutating func add(
    _ kind: Job.Kind, _ seen: FuzzLog, _ counted: TransitionTally, seconds: Double
  ) {
    // libFuzzer tells of executions now and then, and of operations never.
    let executions = max(seen.executions, counted.executions)
    var job = jobs[kind] ?? CampaignRecord.JobRecord(name: kind.rawValue)
    job.processes += 1
    job.seconds += seconds
    job.executions += executions
    jobs[kind] = job
    line.seconds += seconds
    line.executions += executions
    line.operations += counted.operations
    // Other builds count other things.
    guard kind != .valueProfile, kind != .sanitized else { return }
    line.edges = max(line.edges, seen.edges)
    line.features = max(line.features, seen.features)
  }

  /// What the jobs have had, in order.
  var jobRecords: [CampaignRecord.JobRecord] { Job.Kind.allCases.compactMap { jobs[$0] } }

  /// The longest that a known size is taken for that of now: to find it, every input is looked at.
  private static let longestSize = Duration.seconds(90)

  /// Looks at the size of the corpus, if that was not done lately or if it has to be the one of now.
  mutating func lookAtSize(of corpus: WorkingCorpus, isToBeNew: Bool) {
    let now = ContinuousClock.now
    if !isToBeNew, let sizeIsOf, now - sizeIsOf < Self.longestSize { return }
    size = corpus.inputs.size
    sizeIsOf = now
  }

  /// The numbers now.
  var numbers: NumberLine {
    var numbers = line
    numbers.time = Date()
    numbers.corpus = size.inputs
    numbers.corpusBytes = size.bytes
    if transitions.watched > 0 { numbers.transitions = transitions.transitionCounts }
    return numbers
  }
}
