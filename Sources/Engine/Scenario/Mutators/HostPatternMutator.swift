import ReverseMapping

/// Inserts a pattern of operations that hosts and guests do to a mapping, after a record that makes
/// one. In a scenario without records the mapping is a random one. Trees get a random operation.
enum HostPatternMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    let world = scenario.world
    let count = scenario.operations.count
    guard world.family.drivesMaps, count < limit else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    var index = count == 0 ? 0 : random.index(count)
    while index < count, !scenario.operations[index].kind.isRecord { index += 1 }
    var record = Operation.random(.record, in: world, using: &random)
    if index < count {
      let origin = scenario.operations[index]
      record = origin.one(random.index(origin.count))
    }
    var pattern: [Operation] = []
    HostPattern.random(using: &random).append(
      to: &pattern, for: record, mmu: record.mmu, in: world, using: &random)
    let target = min(count, index + 1)
    scenario.operations.insert(contentsOf: pattern.prefix(limit - count), at: target)
  }
}
