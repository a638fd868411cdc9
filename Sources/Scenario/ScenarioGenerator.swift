import ReverseMapping

/// Scenarios from a seed.
///
/// Strategy: a world is small, and each scenario looks at a part of it only.
/// - *Swarm*: each scenario switches some kinds of operation off and draws a weight for the others,
///   so that long runs without a `clear`, or of nothing but records, occur.
/// - *Hot* operations: a few are drawn first; later ones repeat them exactly, touch them on either
///   side, overlap them, or span from one to another (`RecordGenerator.swift`).
/// - A sketch of what the map holds (`MapSketch.swift`) tells when a full unmap is in progress, so
///   that most are ended, and most ends have a beginning.
///
/// The same seed gives the same scenario everywhere.
public struct ScenarioGenerator {
  let world: World
  let hot: [Operation]
  private var weights: SwarmWeights
  private(set) var sketch = MapSketch()
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
    case .map: kind = .record
    case .tree: kind = .store
    case .words: kind = .encode
    }
    for _ in 0..<(4 + random.below(5)) {
      var operation = Operation.random(kind, in: self.world, using: &random)
      operation.flaw = .none
      hot.append(operation.normalised(in: self.world))
    }
    self.hot = hot
    weights = SwarmWeights(world.family, using: &random)
    flawPeriod = random.chance(1, in: 4) ? 8 : 48
    overlaps = random.chance(2, in: 3)
    ascends = random.chance(1, in: 3)
  }

  /// The next operation, `previous` being those so far. Normal. O(1) for trees and words, and
  /// O(entries) for maps.
  public mutating func next(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    switch world.family {
    case .map: return nextForMap(after: previous, using: &random)
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

  private mutating func nextForMap(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    var operation = Operation(drawMapKind(using: &random))
    switch operation.kind {
    case .record: operation = record(after: previous, using: &random)
    case .unmap, .query:
      let kind = operation.kind
      // Where something is: a page of it, all of it, or some around it.
      let known = random.chance(1, in: 2) ? sketch.anyKnownRecord(using: &random) : nil
      operation = known ?? old(previous, using: &random)
      operation.kind = kind
      switch random.below(8) {
      case 0: operation = .random(kind, in: world, using: &random)
      case 1, 2: operation.pages = Operation.randomPages(in: world, using: &random)
      case 3, 4:
        operation.place.page &+= UInt8(truncatingIfNeeded: random.below(operation.pages))
        operation.pages = 1
      default: break
      }
    default: break
    }
    if operation.kind.takesRange {
      operation.flaw =
        random.chance(1, in: flawPeriod) ? Operation.randomFlaw(using: &random) : .none
    }
    operation = operation.normalised(in: world)
    sketch.apply(operation, in: world)
    return operation
  }

  /// A kind by weight; ends come soon after a beginning, and seldom otherwise.
  private func drawMapKind(using random: inout SplitMix64) -> Operation.Kind {
    if sketch.fullUnmapsInProgress > 0 {
      // The more are in progress, the sooner one ends.
      let urge = UInt64(min(8, 2 + sketch.fullUnmapsInProgress))
      if random.chance(urge, in: 12) { return .endFullUnmap }
    }
    let kind = weights.draw(using: &random)
    guard kind == .endFullUnmap, sketch.fullUnmapsInProgress == 0 else { return kind }
    return random.chance(1, in: 16) ? .endFullUnmap : .record
  }

  /// A record of something that is there, a hot record, or an operation of late.
  func old(_ previous: [Operation], using random: inout SplitMix64) -> Operation {
    if random.chance(1, in: 2), let record = sketch.anyRecord(using: &random) { return record }
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
    for _ in 0..<count {
      scenario.operations.append(generator.next(after: scenario.operations, using: &random))
    }
    return scenario
  }
}
