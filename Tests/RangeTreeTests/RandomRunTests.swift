import RangeTree
import Testing

@Suite("Long random runs agree with the model")
struct RandomRunTests {
  /// The distribution of a run's keys.
  enum World: CaseIterable {
    case dense, regionEdges, lowest, highest, anywhere

    func key(_ random: inout SplitMix64) -> UInt64 {
      switch self {
      case .dense: return (1 << 32) - 150 + random.next() % 300
      case .regionEdges:
        return (random.next() % 6) << 32 &+ random.next() % 7 &- 3
      case .lowest: return random.next() % 200
      case .highest: return .max - random.next() % 200
      case .anywhere: return random.next() >> (random.next() % 64)
      }
    }
  }

  /// Alternates phases of growth and shrinkage, so the tree is also nearly empty at times.
  func run<let slots: Int>(
    _ world: World, seed: UInt64, steps: Int, as type: RangeTree<slots>.Type
  ) -> String? {
    var random = SplitMix64(state: seed)
    var both = TreeAndModel<slots>()
    for step in 0..<steps {
      let isGrowing = step / 150 % 2 == 0
      let draw = random.next() % 16
      let kind: Operation.Kind =
        switch draw {
        case 0: .erase
        case 1: .replaceIntersecting
        case 2...3: .store
        case 4...5: .removeIntersecting
        default: isGrowing ? .insert : .removeIntersecting
        }
      let first = world.key(&random)
      var last = first
      if random.next() % 4 == 0 {
        let other = world.key(&random)
        let near = first &+ random.next() % 8
        last = random.next() % 8 == 0 ? max(first, other) : max(first, near)
      }
      let word = random.next() >> 1 | 1 << 62
      let operation = Operation(kind: kind, first: first, last: last, word: word)
      if let broken = both.apply(operation) { return "step \(step), seed \(seed): \(broken)" }
      if let broken = both.searchDifference(world.key(&random), world.key(&random)) {
        return "step \(step), seed \(seed): \(broken)"
      }
    }
    both.tree.clear()
    if both.tree.liveNodes != 0 { return "\(both.tree.liveNodes) nodes live after clear" }
    return both.tree.checkInvariants()
  }

  @Test("With 4 slots per node", arguments: World.allCases)
  func fourSlots(_ world: World) {
    for seed in 0..<6 as Range<UInt64> {
      #expect(run(world, seed: seed, steps: 900, as: RangeTree<4>.self) == nil)
    }
  }

  @Test("With 5 slots per node", arguments: World.allCases)
  func fiveSlots(_ world: World) {
    for seed in 100..<104 as Range<UInt64> {
      #expect(run(world, seed: seed, steps: 900, as: RangeTree<5>.self) == nil)
    }
  }

  @Test("With 8 slots per node", arguments: World.allCases)
  func eightSlots(_ world: World) {
    for seed in 200..<203 as Range<UInt64> {
      #expect(run(world, seed: seed, steps: 900, as: RangeTree<8>.self) == nil)
    }
  }

  @Test("With the slots of production", arguments: World.allCases)
  func productionSlots(_ world: World) {
    for seed in 300..<302 as Range<UInt64> {
      #expect(
        run(
          world, seed: seed, steps: 1200,
          as: ProductionRangeTree.self) == nil)
    }
  }
}
