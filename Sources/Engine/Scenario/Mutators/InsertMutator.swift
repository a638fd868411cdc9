import ReverseMapping

/// Inserts a random operation anywhere. Half of the time it shares an address or a size with
/// another operation.
enum InsertMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    guard scenario.operations.count < limit else {
      ReplaceMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let index = random.index(scenario.operations.count + 1)
    scenario.operations.insert(.random(in: scenario.world, using: &random), at: index)
    if random.chance(1, in: 2) { ReuseMutator.apply(to: &scenario, at: index, using: &random) }
  }
}
