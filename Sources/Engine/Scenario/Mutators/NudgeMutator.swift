import ReverseMapping

/// Changes one argument by the smallest step, because most wrong comparisons are off by one.
///
/// An address or a size changes by one page, or by one block for a record of a laminar world. A
/// word changes by one or in one bit. An MMU, the form of a fault plan, its count and its seed
/// change by one. A context switches to the other one.
enum NudgeMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    guard !scenario.operations.isEmpty else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let index = random.index(scenario.operations.count)
    let world = scenario.world
    var operation = scenario.operations[index]
    if world.family.isVM, operation.kind.namesMMU,
      !operation.kind.takesRange || random.chance(1, in: 4)
    {
      // Wraps around in both directions.
      let count = Int(world.mmus)
      operation.mmu = (operation.mmu + (random.chance(1, in: 2) ? 1 : count - 1)) % count
    } else if operation.kind == .refuse {
      nudgePlan(of: &operation, using: &random)
    } else if operation.kind == .enter {
      operation.context = operation.context == .atomic ? .maySleep : .atomic
    } else {
      let isBlock = world.blocks == .laminar && operation.kind == .record
      let step = UInt8(truncatingIfNeeded: isBlock ? operation.pages : 1)
      let isUp = random.chance(1, in: 2)
      switch random.below(operation.kind.takesWord ? 4 : 3) {
      case 0: operation.place.page = isUp ? operation.page &+ step : operation.page &- step
      case 1:
        let page = operation.secondPage
        operation.secondPlace.page = isUp ? page &+ step : page &- step
      case 2:
        let pages = operation.pages
        let up = isBlock ? pages * 2 : pages + 1
        let down = isBlock ? pages / 2 : pages - 1
        operation.pages = isUp ? up : max(1, down)
      default: operation.treeWord = nudged(operation.treeWord, using: &random)
      }
    }
    scenario.operations[index] = operation.normalised(in: world)
  }

  /// Changes the form of the fault plan, its count, or the seed of a chance. Each wraps around. The
  /// plan `none` has no count.
  private static func nudgePlan(of operation: inout Operation, using random: inout SplitMix64) {
    let isUp = random.chance(1, in: 2)
    let form = operation.faultPlanKind
    switch form == .none ? 0 : random.below(form == .chance ? 3 : 2) {
    case 0:
      let step: UInt8 = isUp ? 1 : 6
      operation.faultPlanKind =
        Operation.FaultPlanKind(rawValue: (form.rawValue + step) % 7) ?? .none
    case 1: operation.planCount += isUp ? 1 : -1
    default: operation.planSeed = isUp ? operation.planSeed + 1 : operation.planSeed &- 1
    }
  }

  private static func nudged(_ treeWord: UInt64, using random: inout SplitMix64) -> UInt64 {
    switch random.below(4) {
    case 0: return treeWord &+ 1
    case 1: return treeWord &- 1
    default: return treeWord ^ 1 << random.below(24)
    }
  }
}
