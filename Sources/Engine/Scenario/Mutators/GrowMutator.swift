import ReverseMapping

/// Inserts up to four fills of one MMU or of the tree: it makes a map large in one step. For the
/// largest maps it makes the world whole.
///
/// Single insertions do not get there: a map of 100 entries is no step for the coverage over one of
/// 99, and the mutators that shrink a map are as common as those that enlarge it.
enum GrowMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    let room = limit - scenario.operations.count
    guard room > 0 else { return DeleteMutator.apply(to: &scenario, using: &random, limit: limit) }
    if !scenario.world.isWhole, random.chance(1, in: 2) {
      scenario.world.windows = 0
      if random.chance(1, in: 2) { scenario.world.nodeSize = .production }
      scenario.normalise()
    }
    let world = scenario.world
    let mmu = world.family.isVM ? random.index(Int(world.mmus)) : 0
    // Half of the time before everything else, which then acts on a large map.
    let index = random.chance(1, in: 2) ? 0 : random.index(scenario.operations.count + 1)
    var fill = Operation.randomFill(in: world, mmu: mmu, using: &random)
    // Production nodes take many entries to split more than once.
    if world.isWhole, world.nodeSize == .production, random.chance(1, in: 2) {
      fill.count = 512
      fill = fill.normalised(in: world)
    }
    for _ in 0..<min(room, 1 + random.index(4)) {
      scenario.operations.insert(fill, at: index)
      if random.chance(3, in: 4) {
        // The next one right above, so that none replaces what another has made.
        fill.page &+= fill.span &+ fill.gap
        if fill.kind == .fill { fill.second &+= fill.span &+ fill.gap }
        fill = fill.normalised(in: world)
      } else {
        fill = .randomFill(in: world, mmu: mmu, using: &random)
      }
    }
  }
}
