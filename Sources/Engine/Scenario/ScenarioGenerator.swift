import ReverseMapping

/// Scenarios from a seed.
///
/// Strategy: a world is small, and each scenario looks at a part of it only.
/// - *Swarm*: each scenario switches some kinds of operation off and draws a weight for the others,
///   so that long runs without a `clear`, or of nothing but records, occur.
/// - *Hot* operations: a few are drawn first; later ones repeat them exactly, touch them on either
///   side, overlap them, or span from one to another (`RecordGenerator.swift`).
/// - A model of what the maps hold (`VMGeneratorModel.swift`) tells when a full unmap is in progress,
///   so that most are ended, and most ends have a beginning; which MMUs of a machine are valid, so
///   that few operations name another; where it runs, so that little is asked of it that it may not
///   do there; and whether memory is refused, so that it is not for long.
/// - The *MMU* of each operation of a machine is drawn before anything else. What it does goes by
///   what is there in that MMU, or in another one, so that the MMUs share canonical pages.
///
/// The same seed gives the same scenario everywhere.
public struct ScenarioGenerator {
  let world: World
  let hot: [Operation]
  let weights: SwarmWeights
  var model: VMGeneratorModel
  /// The MMU that the next operation names, if it names one.
  var mmu = 0
  /// One in this many operations is flawed.
  private let flawPeriod: UInt64
  /// Whether ranges overlap in other ways than exact repeats. Without, maps stay known for long.
  let overlaps: Bool
  /// Whether tree stores ascend, which fills nodes in a row.
  let ascends: Bool
  /// Where the next of them goes.
  var cursor: UInt64 = 0

  /// A generator of operations in `world`, its swarm drawn from `random`. O(1).
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
  }

  /// A generator of operations that may come after those of `scenario`, its swarm drawn from
  /// `random`. O(operations * entries).
  init(continuing scenario: Scenario, using random: inout SplitMix64) {
    self.init(world: scenario.world, using: &random)
    for operation in scenario.operations { model.apply(operation) }
  }

  /// The next operation, `previous` being those so far. Normal. O(1) for trees, and O(entries) for
  /// maps.
  public mutating func next(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
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
    var operation = Operation(drawMapKind(after: previous.last, using: &random))
    switch operation.kind {
    case .record: operation = record(after: previous, using: &random)
    case .unmap, .query:
      let kind = operation.kind
      // Where something is: a page of it, all of it, or some around it.
      let known = random.chance(1, in: 2) ? model.anyKnownRecord(near: mmu, using: &random) : nil
      operation = known ?? old(previous, using: &random)
      operation.kind = kind
      switch random.below(8) {
      case 0: operation = .random(kind, in: world, using: &random)
      case 1, 2: operation.pages = Operation.randomPages(in: world, using: &random)
      case 3, 4:
        operation.place.page &+= UInt8(truncatingIfNeeded: random.below(operation.pages))
        operation.pages = 1
      case 5:
        // More on both sides, so that answers have several ranges.
        let below = random.below(UInt64(operation.page) + 1)
        let pages = operation.pages + below + random.below(world.windowPages)
        operation.place.page -= UInt8(truncatingIfNeeded: below)
        operation.pages = min(world.windowPages, pages)
      default: break
      }
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
    operation = operation.normalised(in: world)
    model.apply(operation)
    return operation
  }

  /// A record of something that is there, a hot record, or an operation of late.
  func old(_ previous: [Operation], using random: inout SplitMix64) -> Operation {
    if random.chance(1, in: 2), let record = model.anyRecord(near: mmu, using: &random) {
      return record
    }
    if !previous.isEmpty, random.chance(1, in: 2) {
      let recent = previous[previous.count - 1 - random.index(min(12, previous.count))]
      if recent.kind.takesRange { return recent }
    }
    return hot[random.index(hot.count)]
  }
}

// MARK: - Trees

extension ScenarioGenerator {
  /// The next operation of a tree world. Normal. O(1).
  mutating func nextForTree(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    // A tree that is refused memory stays as it is: little comes of one that is for long.
    let isLifted = model.memory.mayRefuse && random.chance(1, in: 8)
    let kind = isLifted ? .refuse : weights.draw(using: &random)
    if kind == .refuse {
      let operation = Operation.refuse(drawFaultPlan(using: &random), in: world)
      model.apply(operation)
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

// MARK: - Whole scenarios

extension Scenario {
  /// A scenario of `family` with `operations` operations, at most `Limits.operations`, in a world
  /// that is drawn too. Normal. O(operations * entries).
  public static func random(
    family: World.Family, operations: Int, using random: inout SplitMix64
  ) -> Scenario {
    let world = World.random(family: family, using: &random)
    var generator = ScenarioGenerator(world: world, using: &random)
    var scenario = Scenario(world: world)
    let count = min(max(0, operations), Limits.operations)
    scenario.operations.reserveCapacity(count)
    scenario.extend(by: count, with: &generator, using: &random)
    return scenario
  }

  /// This scenario and `count` operations that may come after its own, at most
  /// `Limits.operations` together. Normal. O(operations * entries).
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
  }
}
