/// Which lane gets the next process: the one that has had the least of what is due to it.
struct CampaignPlan {
  /// What a lane has had.
  struct Account {
    /// Seconds that its processes had, those that are running counted as if they had ended.
    var seconds = 0.0
    /// How often in a row it has ended before its time.
    var setbacks = 0
    /// Not before this time, in seconds of the campaign, is it run again.
    var restsUntil = 0.0
  }

  /// The lanes, in order: of two that have had as little, the first is run.
  let lanes: [Lane]
  /// Seconds of a process.
  let slice: Int
  private(set) var accounts: [Lane: Account] = [:]

  /// A process is long enough for its start not to count, and short enough for every lane to have some.
  private static let slices = 5.0...600.0
  /// Processes that each lane can expect.
  private static let turns = 2.0
  /// The longest rest, in seconds.
  private static let longestRest = 64.0

  /// A plan for `seconds` with as many processes at a time as there are `jobs`.
  init(_ lanes: [Lane], seconds: Int, jobs: Int) {
    self.lanes = lanes
    let even = Double(seconds * jobs) / (Double(max(1, lanes.count)) * Self.turns)
    slice = Int(min(max(even, Self.slices.lowerBound), Self.slices.upperBound))
    for lane in lanes { accounts[lane] = Account() }
  }

  /// The lane that is to get a process now, `time` seconds into the campaign; nil if all of them rest.
  /// O(lanes).
  func next(at time: Double) -> Lane? {
    lanes.filter { account(of: $0).restsUntil <= time }.min { debt(of: $0) < debt(of: $1) }
  }

  /// A process of `lane` begins, and has `seconds`.
  mutating func begin(_ lane: Lane, seconds: Double) { accounts[lane]?.seconds += seconds }

  /// A process of `lane` that was to have `planned` seconds has ended at `time` after `seconds`. One that has
  /// failed costs its lane a rest, which doubles with each in a row.
  mutating func end(
    _ lane: Lane, planned: Double, seconds: Double, hasFailed: Bool, at time: Double
  ) {
    guard var account = accounts[lane] else { return }
    account.seconds += seconds - planned
    if hasFailed {
      let rest = min(Double(1 << min(account.setbacks, 10)), Self.longestRest)
      account.setbacks += 1
      account.restsUntil = time + rest
    } else {
      account.setbacks = 0
    }
    accounts[lane] = account
  }

  private func account(of lane: Lane) -> Account { accounts[lane] ?? Account() }

  /// What it has had, in what is due to it.
  private func debt(of lane: Lane) -> Double { account(of: lane).seconds / lane.weight }
}
