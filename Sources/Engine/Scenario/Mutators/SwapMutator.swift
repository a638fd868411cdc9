import ReverseMapping

/// Swaps two operations, half of the time neighbours. Operations that commute must still agree
/// (Specification 5.8). Others make a new scenario.
enum SwapMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    let count = scenario.operations.count
    guard count > 1 else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let first = random.index(count - 1)
    let second = random.chance(1, in: 2) ? first + 1 : random.index(count)
    scenario.operations.swapAt(first, second)
  }
}
