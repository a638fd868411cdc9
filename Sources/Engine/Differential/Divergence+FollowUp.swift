import ReverseMapping
import Scenario

extension Divergence {
  /// How many continuations of a difference are tried in search of an unsound state. They take a
  /// fraction of a second, once. With a large map, which takes longer, fewer are tried.
  static let continuations = 1000
  /// The records, and other operations, that all continuations together may take.
  private static let mostRecords = 200_000
  /// The most operations in a continuation.
  static let longestContinuation = 8
  /// How many operations are kept free when a difference is followed up: room for a continuation
  /// and for unmaps of every mapping.
  static let room = 48

  /// Looks for an unsound state that this difference can lead to. It passes continuations of the
  /// scenario to `run`, which must check against the ground truth, until one is unsound.
  ///
  /// Returns the unsound divergence, or this one if there is none. A damaged structure is not
  /// followed up, because its further behaviour means nothing and might not terminate. The
  /// continuations are the same every time. O(continuations x a run).
  public func followedUp(by run: (Scenario) -> Divergence?) -> Divergence {
    guard isFollowedUp else { return self }
    var random = SplitMix64(seed: 0)
    let start = shortened(by: run, using: &random)
    if start.check == .unsound { return start }
    let records = start.scenario.operations.reduce(1) { $0 + $1.count }
    for attempt in 0..<min(Self.continuations, max(32, Self.mostRecords / records)) {
      let more = 1 + attempt / 2 % Self.longestContinuation
      // Alternate between arbitrary operations and operations near the one that differed.
      let longer =
        attempt % 2 == 0
        ? start.scenario.continued(by: more, using: &random)
        : start.scenario.continuedNearby(by: more, using: &random)
      if let divergence = run(longer), divergence.check == .unsound { return divergence }
    }
    return self
  }

  /// Whether continuations are worth running. A leak is: what was left behind can be an entry that
  /// a later operation trusts.
  private var isFollowedUp: Bool {
    switch check {
    case .answer, .state, .lockstep, .memory, .leak: return true
    // Sleeping under a lock breaks the host, not a mapping: no continuation shows it.
    case .unsound, .structure, .interface, .context: return false
    }
  }

  /// A difference with room for a continuation, with short fills if it still differs. If this
  /// scenario is too long, runs of operations are removed from it as long as it still differs.
  private func shortened(
    by run: (Scenario) -> Divergence?, using random: inout SplitMix64
  ) -> Divergence {
    let most = Limits.operations - Self.room
    var shortest = self
    var small = scenario
    small.shortenFills()
    if small != scenario, let divergence = run(small) {
      if divergence.check == .unsound { return divergence }
      if divergence.isFollowedUp { shortest = divergence }
    }
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
