import Scenario

extension Divergence {
  /// How many continuations of a difference are tried in search of harm. It takes a fraction of a
  /// second, once.
  static let continuations = 1000
  /// The most operations in a continuation.
  static let longestContinuation = 8

  /// The harm that can come of this difference: scenarios that begin as its own does are given to
  /// `run`, which must judge by the ground truth, until one is unsound. The difference itself if
  /// none is, or if the subject's structure is damaged: what a damaged one does next tells nothing,
  /// and might never end. The same scenarios every time. O(continuations x a run).
  public func followedUp(by run: (Scenario) -> Divergence?) -> Divergence {
    guard check == .answer || check == .state || check == .lockstep else { return self }
    var random = SplitMix64(seed: 0)
    for attempt in 0..<Self.continuations {
      let more = 1 + attempt % Self.longestContinuation
      let longer = scenario.continued(by: more, using: &random)
      if let divergence = run(longer), divergence.check == .unsound { return divergence }
    }
    return self
  }
}
