import ReverseMapping

/// A small change to a scenario, named for its act. One file each, beside this one.
///
/// Principle: minimisation must only remove what mutation can add back. So whatever a shrinker may
/// take out (operations, distance, size, flaws, windows, MMUs, refusals, their counts, contexts,
/// bits of a setting) some act here can put in: `insert`, `duplicate` and `splice` add operations;
/// `nudge`, `reuse` and `replace` restore addresses, sizes, the MMU that an operation names and the
/// count of a plan, `nudge` and `replace` which plan it is, the seed of a chance and contexts;
/// `flaw` flaws; `changeKind` kinds; `changeWorld` settings, the direct map and the number of MMUs
/// included. The family alone never changes: it is the fuzz target's.
///
/// Each act changes the scenario in place, allocates nothing but room for operations, leaves it
/// normal and no longer than its limit (or than it was), and accepts an empty one, to which most
/// can only add.
public enum Mutator: UInt8, CaseIterable, Sendable {
  /// Puts an operation in.
  case insert
  /// Takes one or a few out.
  case delete
  /// Copies one.
  case duplicate
  /// Takes one elsewhere.
  case move
  /// Exchanges two.
  case swap
  /// Moves an address, a size, a word, an MMU or a plan by one, or changes a context.
  case nudge
  /// Gives one an address, a size, the MMU or the count of another.
  case reuse
  /// Changes what one does.
  case changeKind
  /// Changes a setting.
  case changeWorld
  /// Draws one anew.
  case replace
  /// Copies a run.
  case splice
  /// Gives or takes a flaw, or a far end.
  case flaw

  /// Changes the normal `scenario`, with at most `limit` operations in the end. O(operations).
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
    }
  }

  /// A mutator by weight: those that relate operations to one another are the most common, and
  /// those that change everything at once are rare. O(1).
  public static func draw(using random: inout SplitMix64) -> Mutator {
    switch random.below(32) {
    case 0..<5: return .insert
    case 5..<8: return .delete
    case 8..<10: return .duplicate
    case 10..<12: return .move
    case 12..<14: return .swap
    case 14..<19: return .nudge
    case 19..<24: return .reuse
    case 24..<26: return .changeKind
    case 26: return .changeWorld
    case 27..<29: return .replace
    case 29, 30: return .splice
    default: return .flaw
    }
  }
}

extension Scenario {
  /// Changes this scenario by one to four mutators; half of the time by one. Normal before and
  /// after, with at most `limit` operations in the end. O(operations).
  public mutating func mutate(using random: inout SplitMix64, limit: Int = Limits.operations) {
    var left = Limits.stackedMutations
    repeat {
      Mutator.draw(using: &random).apply(to: &self, using: &random, limit: limit)
      left -= 1
    } while left > 0 && random.chance(1, in: 2)
  }
}
