import ReverseMapping
import Scenario

extension Divergence {
  /// How many continuations of a difference are tried in search of harm. It takes a fraction of a
  /// second, once.
  static let continuations = 1000
  /// The most operations in a continuation.
  static let longestContinuation = 8
  /// How many operations a difference leaves room for when it is followed up: a continuation, and
  /// unmaps of what is mapped.
  static let room = 48

  /// The harm that can come of this difference: scenarios that begin as its own does are given to
  /// `run`, which must judge by the ground truth, until one is unsound. The difference itself if
  /// none is, or if the subject's structure is damaged: what a damaged one does next tells nothing,
  /// and might never end. The same scenarios every time. O(continuations x a run).
  public func followedUp(by run: (Scenario) -> Divergence?) -> Divergence {
    guard isFollowedUp else { return self }
    var random = SplitMix64(seed: 0)
    let start = shortened(by: run, using: &random)
    if start.check == .unsound { return start }
    for attempt in 0..<Self.continuations {
      let more = 1 + attempt / 2 % Self.longestContinuation
      // What comes next is anything, or has to do with the operation that made the difference.
      let longer =
        attempt % 2 == 0
        ? start.scenario.continued(by: more, using: &random)
        : start.scenario.continuedNearby(by: more, using: &random)
      if let divergence = run(longer), divergence.check == .unsound { return divergence }
    }
    return self
  }

  /// A leak too: what stays behind can be an entry that a later operation trusts.
  private var isFollowedUp: Bool {
    switch check {
    case .answer, .state, .lockstep, .memory, .leak: return true
    // What sleeps under a lock does its harm where no mapping shows it.
    case .unsound, .structure, .interface, .context: return false
    }
  }

  /// A difference that leaves room for more operations, if this one does not: runs of operations
  /// are taken out of its scenario as long as it still differs.
  private func shortened(
    by run: (Scenario) -> Divergence?, using random: inout SplitMix64
  ) -> Divergence {
    let most = Limits.operations - Self.room
    var shortest = self
    for _ in 0..<Self.continuations where shortest.scenario.operations.count > most {
      var shorter = shortest.scenario
      let count = shorter.operations.count
      let cut = 1 + random.index(min(16, count - 1))
      let start = random.index(count - cut)
      shorter.operations.removeSubrange(start..<(start + cut))
      if let divergence = run(shorter) {
        if divergence.check == .unsound { return divergence }
        if divergence.isFollowedUp { shortest = divergence }
      }
    }
    return shortest
  }
}
