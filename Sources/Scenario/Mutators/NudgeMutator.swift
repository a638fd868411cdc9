/// Moves an address, an end or a size by one page (in a laminar world by one block), or a word by
/// one or by one bit: the distance between right and wrong in most comparisons.
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
