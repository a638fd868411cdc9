import ReverseMapping

/// Adds a flaw to an operation, or removes it. For a tree operation it may be a far end instead.
/// Operations on memory have no flaws and do not change.
enum FlawMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    guard !scenario.operations.isEmpty else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let index = random.index(scenario.operations.count)
    let world = scenario.world
    var operation = scenario.operations[index]
    if operation.kind.group == .memory { return }
    switch world.family {
    case .map, .direct, .vm, .memory:
      operation.flaw = operation.flaw == .none ? Operation.randomFlaw(using: &random) : .none
    case .tree:
      guard operation.kind.takesRange, !operation.kind.isFill else { return }
      if operation.flaw != .none {
        operation.flaw = .none
      } else if operation.pages > world.windowPages {
        operation.pages = Operation.randomPages(in: world, using: &random)
      } else {
        operation.second = world.randomPage(using: &random)
        operation.flaw = random.chance(1, in: 2) ? .reversed : .none
      }
    }
    scenario.operations[index] = operation.normalised(in: world)
  }
}
