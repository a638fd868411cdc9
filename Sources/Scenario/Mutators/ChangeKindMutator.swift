/// Changes what an operation does and keeps where: a record becomes an unmap of the same range.
enum ChangeKindMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    guard !scenario.operations.isEmpty else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let index = random.index(scenario.operations.count)
    let world = scenario.world
    var operation = scenario.operations[index]
    let kind = Operation.randomKind(world.family, using: &random)
    // What has no arguments gets random ones with its new kind; zeros would crowd at page 0.
    if !operation.kind.takesRange, operation.kind != .find, world.family != .words {
      operation = .random(kind, in: world, using: &random)
    }
    operation.kind = kind
    scenario.operations[index] = operation.normalised(in: world)
  }
}
