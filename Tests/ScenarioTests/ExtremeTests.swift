import ReverseMapping
import TestSupport
import Testing

@testable import Scenario

@Suite("Extreme values")
struct ExtremeTests {
  /// Words at the limits of spaces, sizes and types.
  static let words: [UInt64] = [
    0, 1, 62, 63, 64, 511, 1 << 18 - 1, 1 << 18, 1 << 28 - 1, 1 << 28, 1 << 32 - 32, 1 << 32,
    1 << 36 - 1, 1 << 36, 1 << 40 - 1, 1 << 40, 1 << 44 - 1, 1 << 44, 1 << 48 - 1, 1 << 48,
    1 << 63 - 1, 1 << 63, .max - 63, .max - 1, .max,
  ]

  /// Small and whole worlds of `family` at both ends of every setting.
  static func worlds(_ family: World.Family) -> [World] {
    var worlds: [World] = []
    for windows in [0, 1, 4] as [UInt8] {
      for bits in [40, 56] as [UInt8] {
        for blocks in World.Blocks.allCases {
          for shift in [3, 6] as [UInt8] {
            worlds.append(
              World(
                family: family, ipaBits: bits, blocks: blocks, windowShift: shift,
                windows: windows, hasDirectMap: true, mmus: 4
              ).normalised())
          }
        }
      }
    }
    return Array(Set(worlds)).sorted { $0.text < $1.text }
  }

  @Test("Nothing traps on operations that are not normal", arguments: World.Family.allCases)
  func raw(family: World.Family) {
    var random = SplitMix64(seed: 119)
    for world in Self.worlds(family) {
      for kind in Operation.Kind.allCases {
        for _ in 0..<60 {
          let second = Self.words[random.index(Self.words.count)]
          var operation = Operation(
            head: random.chance(1, in: 2) ? .max : 0,
            page: Self.words[random.index(Self.words.count)], second: second)
          operation.kind = kind
          _ = (operation.range(), operation.nested(), operation.treeRange())
          _ = (operation.lastPage, operation.lastNestedPage, operation.text(in: world))
          let last = operation.one(operation.count - 1)
          _ = (last.range(), last.treeRange(), last.text(in: world))
          operation.pages = second
          operation.move(to: second)
          operation.flaw = .reversed
          check(operation.normalised(in: world).isNormalised(in: world))
        }
      }
    }
  }

  /// A scenario of operations at the limits.
  private static func scenario(_ world: World, using random: inout SplitMix64) -> Scenario {
    let kinds = world.family.kinds
    let operations = (0..<12).map { _ in
      var operation = Operation(
        head: random.chance(1, in: 2) ? .max : words[random.index(words.count)] << 16,
        page: words[random.index(words.count)], second: words[random.index(words.count)])
      operation.kind = kinds[random.index(kinds.count)]
      if random.chance(1, in: 2), operation.kind.group == .map { operation.flaw = .none }
      return operation
    }
    return Scenario(world: world, operations: operations)
  }

  @Test("No mutator and no generator traps on them", arguments: World.Family.allCases)
  func mutators(family: World.Family) {
    var random = SplitMix64(seed: 120)
    for world in Self.worlds(family) {
      for _ in 0..<5 {
        let scenario = Self.scenario(world, using: &random)
        for mutator in Mutator.allCases {
          var mutant = scenario
          for _ in 0..<8 { mutator.apply(to: &mutant, using: &random, limit: 40) }
          check(mutant.isNormalised)
        }
        check(scenario.continued(by: 12, using: &random).isNormalised)
        check(scenario.continuedNearby(by: 12, using: &random).isNormalised)
        let other = Self.scenario(Self.worlds(family)[0], using: &random)
        check(Scenario.crossover(scenario, other, using: &random).isNormalised)
        check(Scenario.crossover(other, scenario, using: &random).isNormalised)
      }
    }
  }

  @Test("They survive both other forms", arguments: World.Family.allCases)
  func roundTrips(family: World.Family) throws {
    var random = SplitMix64(seed: 121)
    for world in Self.worlds(family) {
      for _ in 0..<20 {
        let scenario = Self.scenario(world, using: &random)
        check(try Scenario(text: scenario.text) == scenario, "\(scenario.text)")
        check(try Scenario(checking: scenario.encoded()) == scenario)
      }
    }
  }

  @Test("The generator and all mutators run long without a trap", arguments: World.Family.allCases)
  func long(family: World.Family) {
    var random = SplitMix64(seed: 122)
    var pool = (0..<8).map { _ in Scenario.random(family: family, operations: 30, using: &random) }
    for step in 0..<4000 {
      let index = random.index(pool.count)
      switch step % 32 {
      case 0: pool[index] = .random(family: family, operations: 30, using: &random)
      case 1: pool[index] = pool[index].continued(by: 4, using: &random)
      case 2: pool[index] = pool[index].continuedNearby(by: 4, using: &random)
      case 3: pool[index] = .crossover(pool[index], pool[step % 8], limit: 64, using: &random)
      case 4:
        let other = Self.scenario(pool[index].world, using: &random)
        pool[index] = .crossover(pool[index], other, limit: 64, using: &random)
      default: pool[index].mutate(using: &random, limit: 64, grows: true)
      }
      check(pool[index].isNormalised)
    }
  }
}
