import ReverseMapping

// Operations on trees.

extension ScenarioGenerator {
  /// The next operation of a tree world. Normal. O(1).
  mutating func nextForTree(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    // A tree that is refused memory stays as it is: little comes of one that is for long.
    let isLifted = sketch.memory.mayRefuse && random.chance(1, in: 8)
    let kind = isLifted ? .refuse : weights.draw(using: &random)
    if kind == .refuse {
      let operation = Operation.refuse(drawPlan(using: &random), in: world)
      sketch.apply(operation)
      return operation
    }
    var operation = Operation.random(kind, in: world, using: &random)
    guard kind != .clearTree, operation.reach == .near else { return operation }
    if ascends, kind == .store, random.chance(7, in: 8) {
      let window = cursor / world.windowPages % UInt64(world.windows)
      operation.place = Place(
        window: UInt8(truncatingIfNeeded: window),
        page: UInt8(truncatingIfNeeded: cursor % world.windowPages))
      operation.pages = 1
      // A gap after every other one, so that neither gaps nor neighbours are the rule.
      cursor &+= 1 + random.below(2)
    } else {
      let other = old(previous, using: &random)
      switch random.below(8) {
      case 0, 1:
        operation.place = other.place
        operation.pages = other.pages
      case 2: operation.place.page = other.place.page &+ UInt8(truncatingIfNeeded: other.pages)
      case 3: operation.place = other.place
      default: break
      }
    }
    return operation.normalised(in: world)
  }
}
