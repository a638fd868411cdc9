import ReverseMapping

/// Generates scenarios from a seed.
///
/// Strategy: a world is small, and each scenario concentrates on part of it.
/// - *Swarm*: each scenario switches off some kinds of operations and draws weights for the others.
///   So there are long scenarios without a `clear`, or of records only.
/// - One scenario in 16 *grows*: it begins with fills in one MMU. In a whole world its maps become
///   large.
/// - *Host patterns* (`HostPattern.swift`): what hosts and guests do to a mapping in several steps,
///   such as splitting a block into its pages.
/// - *Hot* operations: a few are drawn first. Later ones repeat them exactly, touch them on either
///   side, overlap them, or span from one to another (`RecordGenerator.swift`).
/// - A *model* of the maps (`VMGeneratorModel.swift`) tracks full unmaps, valid MMUs, the context
///   and the fault plan. So most full unmaps end and most ends have a beginning, few operations
///   name an invalid MMU, little is attempted that the context forbids, and no fault plan lasts
///   long.
/// - The *MMU* of an operation is drawn first. The rest of the operation depends on the contents of
///   that MMU or of another one, so that MMUs share canonical pages.
///
/// The same seed gives the same scenario on every platform.
public struct ScenarioGenerator {
  let world: World
  let hot: [Operation]
  let weights: SwarmWeights
  var model: VMGeneratorModel
  /// The MMU of the next operation, if its kind names one.
  var mmu = 0
  /// One in this many operations is flawed.
  private let flawPeriod: UInt64
  /// Whether ranges overlap other than by exact repeats. If not, entries stay known for long.
  let overlaps: Bool
  /// Whether tree stores ascend, which fills node after node.
  let ascends: Bool
  /// How many fills are still to come.
  var fillsLeft: Int
  /// The rest of a host pattern, in reverse order.
  var pending: [Operation] = []
  /// The key of the next ascending store, counted over all windows.
  var cursor: UInt64 = 0

  /// A generator of operations in `world`, with a swarm drawn from `random`.
  public init(world: World, using random: inout SplitMix64) {
    self.world = world.normalised()
    var hot: [Operation] = []
    let kind: Operation.Kind
    switch world.family {
    case .map, .direct, .vm, .memory: kind = .record
    case .tree: kind = .store
    }
    for _ in 0..<(4 + random.below(5)) {
      var operation = Operation.random(kind, in: self.world, using: &random)
      operation.flaw = .none
      hot.append(operation.normalised(in: self.world))
    }
    self.hot = hot
    model = VMGeneratorModel(self.world)
    weights = SwarmWeights(world.family, using: &random)
    flawPeriod = random.chance(1, in: 4) ? 8 : 48
    overlaps = random.chance(2, in: 3)
    ascends = random.chance(1, in: 3)
    fillsLeft = random.chance(1, in: 16) ? 1 + random.index(4) : 0
  }

  /// A generator that continues `scenario`, with a swarm drawn from `random`.
  /// O(operations * entries).
  init(continuing scenario: Scenario, using random: inout SplitMix64) {
    self.init(world: scenario.world, using: &random)
    fillsLeft = 0
    for operation in scenario.operations { model.apply(operation) }
  }

  /// The next operation after `previous`, all operations so far. Normal. O(entries) for maps.
  public mutating func next(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    if fillsLeft > 0 {
      fillsLeft -= 1
      return applied(.randomFill(in: world, mmu: mmu, using: &random))
    }
    if let operation = pending.popLast() { return applied(operation) }
    switch world.family {
    case .map, .direct, .vm, .memory: return nextForMaps(after: previous, using: &random)
    case .tree: return nextForTree(after: previous, using: &random)
    }
  }

  // MARK: - Maps

  private mutating func nextForMaps(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    mmu = drawMMU(using: &random)
    if random.chance(1, in: 24), let record = model.anyRecord(near: mmu, using: &random) {
      HostPattern.random(using: &random).append(
        to: &pending, for: record, mmu: mmu, in: world, using: &random)
      pending.reverse()
      if let operation = pending.popLast() { return applied(operation) }
    }
    var operation = Operation(drawMapKind(after: previous.last, using: &random))
    switch operation.kind {
    case .record: operation = record(after: previous, using: &random)
    case .unmap, .query:
      operation = unmap(operation.kind, after: previous, using: &random)
    case .invalidate: operation = invalidate(after: previous, using: &random)
    case .refuse: operation.faultPlan = drawFaultPlan(using: &random)
    case .enter: operation.context = drawContext(using: &random)
    default: break
    }
    if operation.kind.takesRange {
      operation.flaw =
        random.chance(1, in: flawPeriod) ? Operation.randomFlaw(using: &random) : .none
    }
    operation.mmu = mmu
    return applied(operation)
  }

  /// `operation`, normal and applied to the model.
  private mutating func applied(_ operation: Operation) -> Operation {
    let operation = operation.normalised(in: world)
    model.apply(operation)
    return operation
  }

  /// An unmap or query, mostly at an earlier range: one page of it, all of it, or more, up to
  /// everything. Not yet normal.
  private func unmap(
    _ kind: Operation.Kind, after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    let known = random.chance(1, in: 2) ? model.anyKnownRecord(near: mmu, using: &random) : nil
    var operation = (known ?? old(previous, using: &random)).one(0)
    operation.kind = kind
    switch random.below(8) {
    case 0: operation = .random(kind, in: world, using: &random)
    case 1, 2: operation.pages = Operation.randomPages(in: world, using: &random)
    case 3, 4:
      operation.page &+= random.below(operation.pages)
      operation.pages = 1
    case 5:
      // Extended on both sides, so that answers have several ranges.
      let room = operation.page - world.firstPage(below: operation.page)
      let below = random.below(min(room, 1 << 20) + 1)
      let pages = operation.pages &+ below &+ random.below(min(world.mostPages, 1 << 20))
      operation.page &-= below
      operation.pages = min(world.mostPages, pages)
    case 6 where random.chance(1, in: 4):
      // All of the window, or of the space.
      operation.page = world.firstPage(below: operation.page)
      operation.pages = world.mostPages
    default: break
    }
    return operation
  }

  /// An earlier operation: a record of a current entry, a recent operation, or a hot one.
  func old(_ previous: [Operation], using random: inout SplitMix64) -> Operation {
    if random.chance(1, in: 2), let record = model.anyRecord(near: mmu, using: &random) {
      return record
    }
    if !previous.isEmpty, random.chance(1, in: 2) {
      let recent = previous[previous.count - 1 - random.index(min(12, previous.count))]
      if recent.kind.takesRange { return recent.one(0) }
    }
    return hot[random.index(hot.count)]
  }
}

// MARK: - Trees

extension ScenarioGenerator {
  /// The next operation of a tree world. Normal.
  mutating func nextForTree(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    // A tree whose requests are refused stops changing, so lift the fault plan soon.
    let isLifted = model.memory.mayRefuse && random.chance(1, in: 8)
    let kind = isLifted ? .refuse : weights.draw(using: &random)
    if kind == .refuse {
      let operation = Operation.refuse(drawFaultPlan(using: &random), in: world)
      model.apply(operation)
      return operation
    }
    var operation = Operation.random(kind, in: world, using: &random)
    guard kind.takesRange, operation.flaw == .none, operation.pages &- 1 < world.windowPages else {
      return operation
    }
    if ascends, kind == .store, random.chance(7, in: 8) {
      operation.move(to: world.page(ofCount: cursor))
      operation.pages = 1
      // Half of the keys are followed by a gap, so that both gaps and touching ranges are common.
      cursor &+= 1 + random.below(2)
    } else {
      let other = old(previous, using: &random)
      switch random.below(8) {
      case 0, 1:
        operation.page = other.page
        operation.second = other.second
      case 2: operation.move(to: other.page &+ other.pages)
      case 3: operation.move(to: other.page)
      default: break
      }
    }
    return operation.normalised(in: world)
  }
}

// MARK: - Whole scenarios

extension Scenario {
  /// A random scenario of `family` with `operations` operations, at most `Limits.operations`, in a
  /// random world. Normal. O(operations * entries).
  ///
  /// - Parameter isWhole: whether the world is whole, if that is not to be drawn.
  public static func random(
    family: World.Family, operations: Int, isWhole: Bool? = nil, using random: inout SplitMix64
  ) -> Scenario {
    let world = World.random(family: family, isWhole: isWhole, using: &random)
    var generator = ScenarioGenerator(world: world, using: &random)
    var scenario = Scenario(world: world)
    let count = min(max(0, operations), Limits.operations)
    scenario.operations.reserveCapacity(count)
    scenario.extend(by: count, with: &generator, using: &random)
    return scenario
  }

  /// This scenario followed by `count` generated operations, at most `Limits.operations` together.
  /// Normal. O(operations * entries).
  public func continued(by count: Int, using random: inout SplitMix64) -> Scenario {
    var generator = ScenarioGenerator(continuing: self, using: &random)
    var scenario = self
    scenario.extend(by: count, with: &generator, using: &random)
    return scenario
  }

  private mutating func extend(
    by count: Int, with generator: inout ScenarioGenerator, using random: inout SplitMix64
  ) {
    for _ in 0..<min(max(0, count), Limits.operations - operations.count) {
      operations.append(generator.next(after: operations, using: &random))
    }
    limitRanges()
  }
}
