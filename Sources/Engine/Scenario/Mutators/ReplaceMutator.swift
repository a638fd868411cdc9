import ReverseMapping

/// Replaces an operation by a random one.
enum ReplaceMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    guard !scenario.operations.isEmpty else {
      if limit > 0 { InsertMutator.apply(to: &scenario, using: &random, limit: limit) }
      return
    }
    let index = random.index(scenario.operations.count)
    scenario.operations[index] = .random(in: scenario.world, using: &random)
  }
}
