import ReverseMapping

/// Scenarios from a seed.
///
/// Strategy: a world is small, and each scenario looks at a part of it only.
/// - *Swarm*: each scenario switches some kinds of operation off and draws a weight for the others,
///   so that long runs without a `clear`, or of nothing but records, occur.
/// - *Hot* operations: a few are drawn first; later ones repeat them exactly, touch them on either
///   side, overlap them, or span from one to another (`RecordGenerator.swift`).
/// - A sketch of what the maps hold (`MachineSketch.swift`) tells when a full unmap is in progress,
///   so that most are ended, and most ends have a beginning; and which MMUs of a vm are valid, so
///   that few operations name another.
/// - The *MMU* of each operation of a vm is drawn before anything else. What it does goes by what is
///   there in that MMU, or in another one, so that the MMUs share canonical pages.
///
/// The same seed gives the same scenario everywhere.
public struct ScenarioGenerator {
  let world: World
  let hot: [Operation]
  private var weights: SwarmWeights
  private(set) var sketch: MachineSketch
  /// The MMU that the next operation names, if it names one.
  private(set) var mmu = 0
  /// One in this many operations is flawed.
  private let flawPeriod: UInt64
  /// Whether ranges overlap in other ways than exact repeats. Without, maps stay known for long.
  let overlaps: Bool
  /// Whether tree stores ascend, which fills nodes in a row.
  private let ascends: Bool
  private var cursor: UInt64 = 0

  /// A generator of operations in `world`, its swarm drawn from `random`. O(1).
  public init(world: World, using random: inout SplitMix64) {
    self.world = world.normalised()
    var hot: [Operation] = []
    let kind: Operation.Kind
    switch world.family {
    case .map, .direct, .vm: kind = .record
    case .tree: kind = .store
    case .words: kind = .encode
    }
    for _ in 0..<(4 + random.below(5)) {
      var operation = Operation.random(kind, in: self.world, using: &random)
      operation.flaw = .none
      hot.append(operation.normalised(in: self.world))
    }
    self.hot = hot
    sketch = MachineSketch(self.world)
    weights = SwarmWeights(world.family, using: &random)
    flawPeriod = random.chance(1, in: 4) ? 8 : 48
    overlaps = random.chance(2, in: 3)
    ascends = random.chance(1, in: 3)
  }

  /// A generator of operations that may come after those of `scenario`, its swarm drawn from
  /// `random`. O(operations * entries).
  init(continuing scenario: Scenario, using random: inout SplitMix64) {
    self.init(world: scenario.world, using: &random)
    for operation in scenario.operations { sketch.apply(operation) }
  }

  /// The next operation, `previous` being those so far. Normal. O(1) for trees and words, and
  /// O(entries) for maps.
  public mutating func next(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    switch world.family {
    case .map, .direct, .vm: return nextForMaps(after: previous, using: &random)
    case .tree: return nextForTree(after: previous, using: &random)
    case .words:
      let kind = weights.draw(using: &random)
      // The same number in the other kind, now and then.
      if random.chance(1, in: 8), var operation = previous.last {
        operation.kind = kind
        return operation.normalised(in: world)
      }
      return .random(kind, in: world, using: &random)
    }
  }

  // MARK: - Maps

  private mutating func nextForMaps(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    mmu = drawMMU(using: &random)
    var operation = Operation(drawMapKind(using: &random))
    switch operation.kind {
    case .record: operation = record(after: previous, using: &random)
    case .unmap, .query:
      let kind = operation.kind
      // Where something is: a page of it, all of it, or some around it.
      let known = random.chance(1, in: 2) ? sketch.anyKnownRecord(near: mmu, using: &random) : nil
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
    case .limitNodes:
      // A limit is lifted before another one is set.
      operation.furtherNodes =
        sketch.map(mmu).isLimited ? nil : Operation.randomFurtherNodes(using: &random)
    default: break
    }
    if operation.kind.takesRange {
      operation.flaw =
        random.chance(1, in: flawPeriod) ? Operation.randomFlaw(using: &random) : .none
    }
    operation.mmu = mmu
    operation = operation.normalised(in: world)
    sketch.apply(operation)
    return operation
  }

  /// A valid MMU, if there is one; one time in 64 one that is not.
  private func drawMMU(using random: inout SplitMix64) -> Int {
    guard sketch.count > 1 else { return 0 }
    let isStray = random.chance(1, in: 64)
    return sketch.anyMMU(using: &random) { sketch.isValid($0) != isStray }
      ?? random.index(sketch.count)
  }

  /// A kind by weight, and another MMU if it asks for one.
  ///
  /// What is under way comes to its end soon, and not without having begun: ends of full unmaps
  /// after a beginning, limits that are lifted, MMUs that become valid after they were torn down.
  private mutating func drawMapKind(using random: inout SplitMix64) -> Operation.Kind {
    if let kind = drawConclusion(using: &random) { return kind }
    let kind = weights.draw(using: &random)
    let isStray = random.chance(1, in: 16)
    switch kind {
    case .endFullUnmap:
      return isStray || move(using: &random, where: { $0.fullUnmapsInProgress > 0 })
        ? kind : .record
    case .create:
      guard !isStray else { return kind }
      guard let invalid = sketch.anyMMU(using: &random, where: { !sketch.isValid($0) }) else {
        return .record
      }
      mmu = invalid
      return kind
    case .tearDown:
      // One that is refused, now and then, if there is an MMU to be had for it.
      let isRefused = random.chance(1, in: 3)
      if isRefused, move(using: &random, where: { $0.fullUnmapsInProgress > 0 }) { return kind }
      return move(using: &random, where: { $0.fullUnmapsInProgress == 0 }) ? kind : .record
    default: return kind
    }
  }

  /// What ends something that is under way, now and then.
  private mutating func drawConclusion(using random: inout SplitMix64) -> Operation.Kind? {
    let inProgress = sketch.fullUnmapsInProgress
    if inProgress > 0 {
      // The more are in progress, the sooner one ends.
      let urge = UInt64(min(8, 2 + inProgress))
      if random.chance(urge, in: 12), move(using: &random, where: { $0.fullUnmapsInProgress > 0 }) {
        return .endFullUnmap
      }
    }
    guard world.family == .vm else { return nil }
    // A broken map ignores records: little comes of one that stays so for long. A limit needs some
    // time to be met.
    if random.chance(1, in: 12), move(using: &random, where: { $0.isBroken }) {
      return sketch.map(mmu).isLimited ? .limitNodes : .beginFullUnmap
    }
    if random.chance(1, in: 32), move(using: &random, where: { $0.isLimited }) {
      return .limitNodes
    }
    // Without a valid MMU nothing happens at all.
    return !sketch.isValid(mmu) && random.chance(1, in: 4) ? .create : nil
  }

  /// Makes `mmu` a valid one of whose map `isWanted`; false if there is none.
  private mutating func move(
    using random: inout SplitMix64, where isWanted: (MapSketch) -> Bool
  ) -> Bool {
    let found = sketch.anyMMU(using: &random) { sketch.isValid($0) && isWanted(sketch.map($0)) }
    mmu = found ?? mmu
    return found != nil
  }

  /// A record of something that is there, a hot record, or an operation of late.
  func old(_ previous: [Operation], using random: inout SplitMix64) -> Operation {
    if random.chance(1, in: 2), let record = sketch.anyRecord(near: mmu, using: &random) {
      return record
    }
    if !previous.isEmpty, random.chance(1, in: 2) {
      let recent = previous[previous.count - 1 - random.index(min(12, previous.count))]
      if recent.kind.takesRange { return recent }
    }
    return hot[random.index(hot.count)]
  }

  // MARK: - Trees

  private mutating func nextForTree(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    let kind = weights.draw(using: &random)
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
