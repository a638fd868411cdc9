import ReverseMapping

/// The weights of the kinds of operations in one scenario.
///
/// Each kind has a base weight, which each scenario multiplies by a factor of 0 to 4. The first
/// kind of a family (`record` or `store`) is never off, because without it nothing is stored. At
/// least half of the vm and memory scenarios do not create, hand over or tear down MMUs. At least
/// half of the vm and tree scenarios have no fault plan.
struct SwarmWeights {
  private let kinds: [Operation.Kind]
  private let weights: [UInt64]
  private let total: UInt64

  init(_ family: World.Family, using random: inout SplitMix64) {
    func draw(_ base: UInt64) -> UInt64 { base * random.below(5) }
    func drawOn(_ base: UInt64) -> UInt64 { base * (1 + random.below(4)) }
    kinds = family.kinds
    switch family {
    // record, unmap, query, clear, beginFullUnmap, endFullUnmap
    case .map: weights = [drawOn(20), draw(6), draw(4), random.below(2), draw(1), draw(1)]
    // store, erase, replace, remove, find, insert, list, clearTree, refuse
    case .tree:
      let tree = [
        drawOn(16), draw(6), draw(4), draw(4), draw(2), draw(8), draw(2), random.below(2),
      ]
      weights = tree + [random.chance(1, in: 2) ? draw(1) : 0]
    // As for maps, and invalidate.
    case .direct:
      weights = [drawOn(20), draw(5), draw(3), random.below(2), draw(1), draw(1), draw(6)]
    // As for direct maps, and create, handOver, tearDown, refuse.
    case .vm:
      let maps = [drawOn(60), draw(12), draw(6), draw(1), draw(2), draw(2), draw(12)]
      let lifecycle = [draw(2), draw(2), draw(2), draw(2)]
      weights = maps + (random.chance(1, in: 2) ? lifecycle : [0, 0, 0, 0])
    // As for a vm, and enter, topUp, reclaim. Operations that empty a map are more common, because
    // they may retire a tree.
    case .memory:
      let maps = [drawOn(60), draw(12), draw(4), draw(2), draw(4), draw(2), draw(8)]
      let lifecycle = [draw(2), draw(2), draw(2)]
      let memory = [draw(5), draw(8), draw(8), draw(4)]
      weights = maps + (random.chance(1, in: 2) ? lifecycle : [0, 0, 0]) + memory
    }
    total = weights.reduce(0, +)
  }

  /// Whether `kind` is switched on. O(kinds).
  func has(_ kind: Operation.Kind) -> Bool {
    zip(kinds, weights).contains { $0 == kind && $1 > 0 }
  }

  /// Draws a kind by weight.
  func draw(using random: inout SplitMix64) -> Operation.Kind {
    var rest = random.below(total)
    for (kind, weight) in zip(kinds, weights) {
      if rest < weight { return kind }
      rest -= weight
    }
    return kinds[0]
  }
}
