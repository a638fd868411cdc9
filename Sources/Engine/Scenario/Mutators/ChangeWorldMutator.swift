import ReverseMapping

/// Changes one setting of the world that the family uses, and normalises the operations for it. The
/// family does not change.
enum ChangeWorldMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64) {
    var world = scenario.world
    let drawn = World.random(family: world.family, using: &random)
    switch world.family {
    case .tree: change(&world, random.below(3), drawn)
    case .map, .direct: change(&world, random.below(6), drawn)
    case .vm, .memory: change(&world, random.below(8), drawn)
    }
    scenario.move(to: world)
  }

  /// Changes setting number `setting`: toggles it if it has two choices, else takes that of
  /// `drawn`.
  private static func change(_ world: inout World, _ setting: UInt64, _ drawn: World) {
    switch setting {
    case 0: world.nodeSize = world.nodeSize == .tiny ? .production : .tiny
    case 1: world.windowShift = drawn.windowShift
    case 2:
      if world.isWhole { world.windowShift = drawn.windowShift }
      world.windows = drawn.windows
    case 3: world.ipaBits = drawn.ipaBits
    case 4: world.layout = world.layout == .mailed ? .tagged : .mailed
    case 5: world.blocks = world.blocks == .laminar ? .pages : .laminar
    case 6: world.hasDirectMap.toggle()
    default: world.mmus = drawn.mmus
    }
  }
}
