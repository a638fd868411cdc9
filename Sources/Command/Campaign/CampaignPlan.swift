/// Which job gets the next process: the one that has had the least of what is due to it.
struct CampaignPlan {
  /// What a job has had.
  struct Account {
    /// Seconds that its processes had, those that are running counted as if they had ended.
    var seconds = 0.0
    /// How often in a row it has ended before its time.
    var setbacks = 0
    /// Not before this time, in seconds of the campaign, is it run again.
    var restsUntil = 0.0
  }

  /// The jobs, in order: of two that have had as little, the first is run.
  let jobs: [Job]
  /// Seconds of a process.
  let slice: Int
  private(set) var accounts: [Job: Account] = [:]

  /// A process is long enough for its start not to count, and short enough for every job to have some.
  private static let slices = 5.0...600.0
  /// Processes that each job can expect.
  private static let turns = 2.0
  /// The longest rest, in seconds.
  private static let longestRest = 64.0

  /// A plan for `seconds` with as many processes at a time as there are `concurrency`.
  init(_ jobs: [Job], seconds: Int, concurrency: Int) {
    self.jobs = jobs
    let even = Double(seconds * concurrency) / (Double(max(1, jobs.count)) * Self.turns)
    slice = Int(min(max(even, Self.slices.lowerBound), Self.slices.upperBound))
    for job in jobs { accounts[job] = Account() }
  }

  /// The job that is to get a process now, `time` seconds into the campaign; nil if all of them rest.
  /// O(jobs).
  func next(at time: Double) -> Job? {
    jobs.filter { account(of: $0).restsUntil <= time }.min { debt(of: $0) < debt(of: $1) }
  }

  /// A process of `job` begins, and has `seconds`.
  mutating func begin(_ job: Job, seconds: Double) { accounts[job]?.seconds += seconds }

  /// A process of `job` that was to have `planned` seconds has ended at `time` after `seconds`. One that has
  /// failed costs its job a rest, which doubles with each in a row.
  mutating func end(
    _ job: Job, planned: Double, seconds: Double, hasFailed: Bool, at time: Double
  ) {
    guard var account = accounts[job] else { return }
    account.seconds += seconds - planned
    if hasFailed {
      let rest = min(Double(1 << min(account.setbacks, 10)), Self.longestRest)
      account.setbacks += 1
      account.restsUntil = time + rest
    } else {
      account.setbacks = 0
    }
    accounts[job] = account
  }

  private func account(of job: Job) -> Account { accounts[job] ?? Account() }

  /// What it has had, in what is due to it.
  private func debt(of job: Job) -> Double { account(of: job).seconds / job.weight }
}
