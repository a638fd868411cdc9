import ReverseMapping

/// A small change to a scenario. Each mutator has its own file in this folder.
///
/// Principle: everything that the shrinker can remove, some mutator can add back.
/// - `insert`, `duplicate`, `splice`, `hostPattern` and `grow` add operations.
/// - `nudge`, `reuse` and `replace` change addresses, sizes, MMUs and the counts of fault plans.
/// - `nudge` and `replace` change the form of a fault plan, the seed of a chance, and contexts.
/// - `flaw` adds flaws.
/// - `changeKind` changes kinds.
/// - `changeWorld` changes settings, including the direct map and the number of MMUs.
///
/// The family never changes, because each fuzz target has one family.
///
/// Each mutator changes the scenario in place and allocates nothing but room for operations. It
/// leaves the scenario normal and within the limit. It accepts an empty scenario, to which most
/// mutators can only add an operation.
public enum Mutator: UInt8, CaseIterable, Sendable {
  /// Inserts an operation.
  case insert
  /// Deletes one or a few operations.
  case delete
  /// Copies an operation.
  case duplicate
  /// Moves an operation to another position.
  case move
  /// Swaps two operations.
  case swap
  /// Changes an address, a size, a word, an MMU or a fault plan by one, or switches a context.
  case nudge
  /// Copies an address, a size, the MMU or the count from another operation.
  case reuse
  /// Changes the kind of an operation.
  case changeKind
  /// Changes a setting of the world.
  case changeWorld
  /// Replaces an operation by a random one.
  case replace
  /// Copies a run of operations.
  case splice
  /// Adds or removes a flaw or a far end.
  case flaw
  /// Inserts fills: a map becomes large.
  case grow
  /// Inserts what hosts and guests do to a mapping in several steps.
  case hostPattern

  /// Mutates the normal `scenario`. It then has at most `limit` operations. O(operations).
  public func apply(
    to scenario: inout Scenario, using random: inout SplitMix64, limit: Int = Limits.operations
  ) {
    let limit = min(max(0, limit), Limits.operations)
    if scenario.operations.count > limit {
      scenario.operations.removeLast(scenario.operations.count - limit)
    }
    switch self {
    case .insert: InsertMutator.apply(to: &scenario, using: &random, limit: limit)
    case .delete: DeleteMutator.apply(to: &scenario, using: &random, limit: limit)
    case .duplicate: DuplicateMutator.apply(to: &scenario, using: &random, limit: limit)
    case .move: MoveMutator.apply(to: &scenario, using: &random, limit: limit)
    case .swap: SwapMutator.apply(to: &scenario, using: &random, limit: limit)
    case .nudge: NudgeMutator.apply(to: &scenario, using: &random, limit: limit)
    case .reuse: ReuseMutator.apply(to: &scenario, using: &random, limit: limit)
    case .changeKind: ChangeKindMutator.apply(to: &scenario, using: &random, limit: limit)
    case .changeWorld: ChangeWorldMutator.apply(to: &scenario, using: &random)
    case .replace: ReplaceMutator.apply(to: &scenario, using: &random, limit: limit)
    case .splice: SpliceMutator.apply(to: &scenario, using: &random, limit: limit)
    case .flaw: FlawMutator.apply(to: &scenario, using: &random, limit: limit)
    case .grow: GrowMutator.apply(to: &scenario, using: &random, limit: limit)
    case .hostPattern: HostPatternMutator.apply(to: &scenario, using: &random, limit: limit)
    }
    scenario.limitRanges()
  }

  /// Draws a mutator by weight. Mutators that relate operations to each other are common, and
  /// mutators that change everything at once are rare.
  ///
  /// - Parameter grows: whether to draw `grow` often. Large maps take long to check, so it is rare
  ///   otherwise.
  public static func draw(grows: Bool, using random: inout SplitMix64) -> Mutator {
    switch random.below(64) {
    case 0..<10: return .insert
    case 10..<16: return .delete
    case 16..<20: return .duplicate
    case 20..<24: return .move
    case 24..<28: return .swap
    case 28..<38: return .nudge
    case 38..<48: return .reuse
    case 48..<52: return .changeKind
    case 52, 53: return .changeWorld
    case 54..<58: return .replace
    case 58..<61: return .splice
    case 61: return grows || random.chance(1, in: 16) ? .grow : .hostPattern
    case 62: return .hostPattern
    default: return .flaw
    }
  }
}

extension Scenario {
  /// Cuts long fills to a few ranges, except one time in `period`.
  ///
  /// A scenario with large maps takes a hundred times longer than others, and fuzzers like it,
  /// because it reaches new counts of edges. Its mutants would take nearly all of the time.
  mutating func cutFills(keepingOneIn period: UInt64, using random: inout SplitMix64) {
    guard operations.contains(where: { $0.count > Limits.shortFill }) else { return }
    if random.chance(1, in: period) { return }
    for index in operations.indices where operations[index].count > Limits.shortFill {
      operations[index].count = 1 + random.index(Limits.shortFill)
      operations[index] = operations[index].normalised(in: world)
    }
  }

  /// Cuts fills to `Limits.shortFill` ranges at most. O(operations).
  package mutating func shortenFills() {
    for index in operations.indices where operations[index].count > Limits.shortFill {
      operations[index].count = Limits.shortFill
      operations[index] = operations[index].normalised(in: world)
    }
  }

  /// Applies one to four mutators, half of the time one. The scenario is normal before and after,
  /// and then has at most `limit` operations. One without operations first gets a random world.
  /// O(operations).
  ///
  /// - Parameter grows: whether some mutants get large maps.
  public mutating func mutate(
    using random: inout SplitMix64, limit: Int = Limits.operations, grows: Bool = false
  ) {
    // An empty corpus begins with an empty input. Changes of one setting take long to reach all
    // worlds from there.
    if operations.isEmpty { world = .random(family: world.family, using: &random) }
    cutFills(keepingOneIn: grows ? 4 : 64, using: &random)
    var left = Limits.stackedMutations
    repeat {
      Mutator.draw(grows: grows, using: &random).apply(to: &self, using: &random, limit: limit)
      left -= 1
    } while left > 0 && random.chance(1, in: 2)
  }
}
