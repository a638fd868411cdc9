import ReverseMapping

/// Copies an operation to just after itself, or anywhere. This gives exact repeats, and operations
/// that are repeated after they were undone.
enum DuplicateMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    let count = scenario.operations.count
    guard count > 0, count < limit else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let from = random.index(count)
    let to = random.chance(1, in: 2) ? from + 1 : random.index(count + 1)
    scenario.operations.insert(scenario.operations[from], at: to)
  }
}
