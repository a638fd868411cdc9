import ReverseMapping

/// How often each kind of operation occurs in one scenario.
///
/// Each kind has a base weight, and each scenario multiplies it by 0 to 4. The first kind of a
/// family, which is the one that builds, is never off: without it nothing can happen. Half of the
/// scenarios of a machine leave its MMUs alone, and half of those of a vm or a tree its memory.
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
    // As for maps, and invalidate
    case .direct:
      weights = [drawOn(20), draw(5), draw(3), random.below(2), draw(1), draw(1), draw(6)]
    // As for direct maps, and create, handOver, tearDown, refuse
    case .vm:
      let maps = [drawOn(60), draw(12), draw(6), draw(1), draw(2), draw(2), draw(12)]
      let machine = [draw(2), draw(2), draw(2), draw(2)]
      weights = maps + (random.chance(1, in: 2) ? machine : [0, 0, 0, 0])
    // As for a vm, and enter, topUp, reclaim. What ends a tree is more common, for it may retire
    // it.
    case .memory:
      let maps = [drawOn(60), draw(12), draw(4), draw(2), draw(4), draw(2), draw(8)]
      let machine = [draw(2), draw(2), draw(2)]
      let memory = [draw(5), draw(8), draw(8), draw(4)]
      weights = maps + (random.chance(1, in: 2) ? machine : [0, 0, 0]) + memory
    }
    total = weights.reduce(0, +)
  }

  /// Whether `kind` is not off. O(kinds).
  func has(_ kind: Operation.Kind) -> Bool {
    zip(kinds, weights).contains { $0 == kind && $1 > 0 }
  }

  /// A kind by weight. O(1).
  func draw(using random: inout SplitMix64) -> Operation.Kind {
    var rest = random.below(total)
    for (kind, weight) in zip(kinds, weights) {
      if rest < weight { return kind }
      rest -= weight
    }
    return kinds[0]
  }
}
