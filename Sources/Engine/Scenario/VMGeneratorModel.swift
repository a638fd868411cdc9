import ReverseMapping

/// What the maps of a machine probably hold, which of its MMUs are valid, and what is refused, for
/// the generator. A machine with one map, or a tree, is like one with a single MMU that is always
/// valid.
struct VMGeneratorModel {
  private var maps: [MapGeneratorModel]
  private var valid: [Bool]
  private let world: World
  /// Where it runs, and what it is refused.
  private(set) var memory = MemoryGeneratorModel()

  /// All MMUs valid and empty, as a scenario begins. O(1).
  init(_ world: World) {
    self.world = world
    let count = world.family.isVM ? Int(world.mmus) : 1
    maps = [MapGeneratorModel](repeating: MapGeneratorModel(), count: count)
    valid = [Bool](repeating: true, count: count)
  }

  /// How many MMUs there are, valid or not.
  var count: Int { maps.count }

  /// The full unmaps in progress, of all MMUs.
  var fullUnmapsInProgress: Int { maps.reduce(0) { $0 + $1.fullUnmapsInProgress } }

  /// Does as the machine would. O(spans).
  mutating func apply(_ operation: Operation) {
    // Elsewhere its bits may mean something else.
    let mmu = world.family.isVM ? operation.mmu : 0
    switch operation.kind {
    case .unmap, .query:
      for mmu in maps.indices where valid[mmu] { apply(operation, to: mmu) }
    case .refuse: memory.refuse(operation.faultPlan)
    case .enter: memory.enter(operation.context)
    case .topUp, .reclaim: break
    case .create: valid[mmu] = true
    case .tearDown:
      guard valid[mmu], maps[mmu].fullUnmapsInProgress == 0 else { return }
      valid[mmu] = false
      maps[mmu] = MapGeneratorModel()
    default:
      if valid[mmu] { apply(operation, to: mmu) }
    }
  }

  private mutating func apply(_ operation: Operation, to mmu: Int) {
    maps[mmu].apply(operation, in: world, memory: &memory)
  }

  /// Whether MMU `mmu` is valid. O(1).
  func isValid(_ mmu: Int) -> Bool { valid[mmu] }

  /// What the map of MMU `mmu` probably holds. O(1).
  func map(_ mmu: Int) -> MapGeneratorModel { maps[mmu] }

  /// An MMU of which `isWanted`, or nil if there is none. O(MMUs).
  func anyMMU(
    using random: inout SplitMix64, where isWanted: (Int) -> Bool
  ) -> Int? {
    let first = random.index(count)
    for offset in 0..<count where isWanted((first + offset) % count) {
      return (first + offset) % count
    }
    return nil
  }

  /// A record of what is in MMU `mmu`, or now and then in another one; nil if nothing is. O(1).
  func anyRecord(near mmu: Int, using random: inout SplitMix64) -> Operation? {
    maps[neighbour(of: mmu, using: &random)].anyRecord(using: &random)
  }

  /// A record of something known in MMU `mmu`, or now and then in another one, or nil if a few
  /// tries find none. O(1).
  func anyKnownRecord(near mmu: Int, using random: inout SplitMix64) -> Operation? {
    maps[neighbour(of: mmu, using: &random)].anyKnownRecord(using: &random)
  }

  private func neighbour(of mmu: Int, using random: inout SplitMix64) -> Int {
    count == 1 || random.chance(3, in: 4) ? mmu : random.index(count)
  }
}

/// Where a machine runs and which requests for memory it probably has refused, for the generator.
/// Only a guess: what is given back, set aside or put to use again is not looked at.
struct MemoryGeneratorModel {
  private(set) var context = Context.maySleep
  private var refusals = FaultPlanRun()
  /// The bytes handed out since the plan was set.
  private var bytes = 0

  /// Whether requests might be refused.
  var mayRefuse: Bool { refusals.isArmed }

  /// From now on the code runs in `context`. O(1).
  mutating func enter(_ context: Context) { self.context = context }

  /// From now on requests are refused as `plan` says. O(1).
  mutating func refuse(_ plan: FaultPlan) {
    refusals = FaultPlanRun(plan, liveBytes: 0)
    bytes = 0
  }

  /// Asks for a node, and says whether that was refused. O(1).
  mutating func refusesNode(in world: World) -> Bool {
    guard refusals.isArmed else { return false }
    let bytesAfter = bytes + world.bytesOfNode
    if refusals.refusesNext(bytesAfter: bytesAfter) { return true }
    bytes = bytesAfter
    return false
  }
}

extension World {
  /// How many bytes a node of a tree is asked for with: 80 for the tiny ones, 528 for the others.
  fileprivate var bytesOfNode: Int { nodeSize == .tiny ? 80 : 528 }
}
