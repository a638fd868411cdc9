import ReverseMapping

/// Deletes an operation, or one time in four a run of up to eight.
enum DeleteMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    let count = scenario.operations.count
    guard count > 0 else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let start = random.index(count)
    let most = random.chance(1, in: 4) ? min(count - start, 8) : 1
    scenario.operations.removeSubrange(start..<(start + 1 + random.index(most)))
  }
}
