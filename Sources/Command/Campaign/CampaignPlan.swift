/// Chooses which job gets the next process: the one that has used the least time relative to its
/// weight.
struct CampaignPlan {
  /// The time that a job has used.
  struct Usage {
    /// Seconds of its processes. A running process counts with its planned time.
    var seconds = 0.0
    /// How many of its processes in a row have failed early.
    var failures = 0
    /// When it may run again after a failure, in seconds since the campaign began.
    var restsUntil = 0.0
  }

  /// The jobs. Between equally served ones the first in this order runs.
  let jobs: [Job]
  /// The planned run time of a process, in seconds.
  let slice: Int
  private(set) var usages: [Job: Usage] = [:]

  /// Bounds of `slice`: long enough to make the start-up time negligible, short enough for every
  /// job to get several processes.
  private static let slices = 5.0...600.0
  /// How many processes each job gets if all jobs share the time evenly.
  private static let turns = 2.0
  /// The longest rest after failures, in seconds.
  private static let longestRest = 64.0

  /// A plan for `seconds` of fuzzing with `concurrency` processes at a time.
  init(_ jobs: [Job], seconds: Int, concurrency: Int) {
    self.jobs = jobs
    let even = Double(seconds * concurrency) / (Double(max(1, jobs.count)) * Self.turns)
    slice = Int(min(max(even, Self.slices.lowerBound), Self.slices.upperBound))
    for job in jobs { usages[job] = Usage() }
  }

  /// The job that gets the next process, `time` seconds into the campaign; nil if all jobs rest.
  /// O(jobs).
  func next(at time: Double) -> Job? {
    jobs.filter { usage(of: $0).restsUntil <= time }
      .min { weightedSeconds(of: $0) < weightedSeconds(of: $1) }
  }

  /// Notes that a process of `job` begins, with `seconds` planned.
  mutating func begin(_ job: Job, seconds: Double) { usages[job]?.seconds += seconds }

  /// Notes that a process of `job` with `planned` seconds has ended at `time`, after `seconds`.
  ///
  /// A process that failed early ran less than half of its time. After a second one in a row the
  /// job rests: for 1 second, and twice as long after each further one. It does not rest after the
  /// first, because the next process knows how that one ended and avoids it.
  ///
  /// - Returns: whether it failed early.
  @discardableResult
  mutating func end(
    _ job: Job, planned: Double, seconds: Double, hasFailed: Bool, at time: Double
  ) -> Bool {
    guard var usage = usages[job] else { return false }
    let failedEarly = hasFailed && seconds < planned / 2
    usage.seconds += seconds - planned
    if failedEarly {
      usage.failures += 1
      if usage.failures > 1 {
        let rest = min(Double(1 << min(usage.failures - 2, 10)), Self.longestRest)
        usage.restsUntil = time + rest
      }
    } else {
      usage.failures = 0
    }
    usages[job] = usage
    return failedEarly
  }

  private func usage(of job: Job) -> Usage { usages[job] ?? Usage() }

  /// Time used, normalised by weight.
  private func weightedSeconds(of job: Job) -> Double { usage(of: job).seconds / job.weight }
}
