import ReverseMapping

/// Changes one argument by the smallest step, because most wrong comparisons are off by one.
///
/// An address or a size changes by one page, or by one block for a record of a laminar world. In a
/// whole world it may also change by a block of any size, or to the next power of two. A word
/// changes by one or in one bit. An MMU, the form of a fault plan, its count and its seed
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
      let isBlock = world.blocks == .laminar && operation.kind.isRecord
      let isUp = random.chance(1, in: 2)
      let step = step(of: operation, isBlock: isBlock, in: world, using: &random)
      switch random.below(operation.kind.takesWord || operation.kind.isFill ? 4 : 3) {
      case 0:
        let page = operation.page
        operation.move(to: isUp ? page &+ step : page &- step)
      case 1: operation.second = isUp ? operation.second &+ step : operation.second &- step
      case 2:
        let pages = operation.pages
        operation.pages = size(near: pages, isUp: isUp, isBlock, in: world, using: &random)
      default:
        if operation.kind.isFill, random.chance(1, in: 2) {
          operation.count += isUp ? 1 : -1
        } else if operation.kind.isFill {
          operation.gap = isUp ? operation.gap &+ step : operation.gap &- min(step, operation.gap)
        } else {
          operation.treeWord = nudged(operation.treeWord, using: &random)
        }
      }
    }
    scenario.operations[index] = operation.normalised(in: world)
  }

  /// The pages by which an address changes.
  private static func step(
    of operation: Operation, isBlock: Bool, in world: World, using random: inout SplitMix64
  ) -> UInt64 {
    if world.isWhole, random.chance(1, in: 2) {
      return World.hostBlocks[random.index(World.hostBlocks.count)]
    }
    return isBlock ? operation.pages : 1
  }

  /// A size one step from `pages`, at least 1.
  private static func size(
    near pages: UInt64, isUp: Bool, _ isBlock: Bool, in world: World,
    using random: inout SplitMix64
  ) -> UInt64 {
    guard world.isWhole else {
      let (up, down) = isBlock ? (pages &* 2, pages / 2) : (pages &+ 1, pages &- 1)
      return isUp ? up : max(1, down)
    }
    let blocks = World.hostBlocks
    switch random.below(isBlock ? 1 : 4) {
    case 0:
      let next = isUp ? blocks.first { $0 > pages } : blocks.last { $0 < pages }
      return next ?? (isUp ? pages &* 2 : 1)
    case 1:
      // The power of two above or below, and sometimes one more or less. The range of all keys has
      // 2^64 of them, which `pages` states as 0.
      let power = pages == 0 ? 0 : UInt64(1) << UInt64(63 - pages.leadingZeroBitCount)
      return max(1, (isUp ? power &* 2 : power) &+ random.below(3) &- 1)
    default: return isUp ? pages &+ 1 : max(1, pages &- 1)
    }
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
