import ReverseMapping

/// Moves an operation to another position.
enum MoveMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    let count = scenario.operations.count
    guard count > 1 else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let operation = scenario.operations.remove(at: random.index(count))
    scenario.operations.insert(operation, at: random.index(count))
  }
}
