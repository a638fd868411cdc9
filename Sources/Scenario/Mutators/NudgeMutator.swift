/// Moves an address, an end or a size by one page (in a laminar world by one block), a word by one
/// or by one bit, or the MMU or the limit of a vm operation by one: the distance between right and
/// wrong in most comparisons.
enum NudgeMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    guard !scenario.operations.isEmpty else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let index = random.index(scenario.operations.count)
    let world = scenario.world
    var operation = scenario.operations[index]
    if world.family == .words {
      operation.wordNumber = nudged(operation.wordNumber, bits: 48, using: &random)
    } else if world.family == .vm, operation.kind.namesMMU,
      !operation.kind.takesRange || random.chance(1, in: 4)
    {
      nudgeForVM(&operation, in: world, using: &random)
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
      default: operation.treeWord = nudged(operation.treeWord, bits: 24, using: &random)
      }
    }
    scenario.operations[index] = operation.normalised(in: world)
  }

  /// The MMU, or the limit: up from the last one to the first, and down likewise.
  private static func nudgeForVM(
    _ operation: inout Operation, in world: World, using random: inout SplitMix64
  ) {
    let isUp = random.chance(1, in: 2)
    if operation.kind == .limitNodes, random.chance(1, in: 2) {
      // As a field of three bits, in which no limit comes between the highest and the lowest.
      operation.pages = isUp ? operation.pages + 1 : operation.pages + 7
    } else {
      let count = Int(world.mmus)
      operation.mmu = (operation.mmu + (isUp ? 1 : count - 1)) % count
    }
  }

  private static func nudged(
    _ value: UInt64, bits: UInt64, using random: inout SplitMix64
  ) -> UInt64 {
    switch random.below(4) {
    case 0: return value &+ 1
    case 1: return value &- 1
    default: return value ^ 1 << random.below(bits)
    }
  }
}
