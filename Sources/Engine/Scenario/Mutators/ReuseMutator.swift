import ReverseMapping

/// Copies an argument from one operation to another: the place, the size, both, the nested place,
/// or the place just above or below. So ranges match, share pages, touch and overlap.
///
/// In vm and memory worlds it may copy the MMU instead. Arguments are copied across MMUs too, so
/// that several MMUs have mappings at the same places. A `refuse` gets the count of another
/// `refuse`. Other operations on memory have nothing to copy but the MMU.
enum ReuseMutator {
  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    guard scenario.operations.count > 1 else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    apply(to: &scenario, at: random.index(scenario.operations.count), using: &random)
  }

  /// Changes the operation at `index`, which exists.
  static func apply(to scenario: inout Scenario, at index: Int, using random: inout SplitMix64) {
    let origin = scenario.operations[random.index(scenario.operations.count)]
    // Of a fill, one of its records.
    let other = origin.one(random.index(origin.count))
    var operation = scenario.operations[index]
    if scenario.world.family.isVM, operation.kind.namesMMU, other.kind.namesMMU,
      !operation.kind.takesRange || random.chance(1, in: 8)
    {
      operation.mmu = other.mmu
    } else if operation.kind.group == .memory || other.kind.group == .memory {
      guard operation.kind == .refuse, other.kind == .refuse else { return }
      operation.planCount = other.planCount
    } else if (operation.kind == .invalidate) != (other.kind == .invalidate),
      random.chance(1, in: 2)
    {
      // Copy nested places only to nested places.
      if operation.kind == .invalidate {
        operation.page = other.second
      } else {
        operation.second = other.page
      }
      operation.pages = other.pages
    } else {
      switch random.below(8) {
      case 0, 1:
        operation.move(to: other.page)
        operation.pages = other.pages
      case 2: operation.move(to: other.page)
      case 3: operation.pages = other.pages
      case 4: operation.second = other.second
      case 5: operation.move(to: other.second)
      case 6: operation.move(to: other.page &+ other.pages)
      default: operation.move(to: other.page &- operation.pages)
      }
    }
    scenario.operations[index] = operation.normalised(in: scenario.world)
  }
}
