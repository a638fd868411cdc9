import ReverseMapping

/// The generator's model of a virtual machine: the probable contents of its maps, its valid MMUs
/// and its memory. A single map or a tree is modelled as one MMU that is always valid.
struct VMGeneratorModel {
  private var maps: [MapGeneratorModel]
  private var valid: [Bool]
  private let world: World
  /// The context, and the fault plan.
  private(set) var memory = MemoryGeneratorModel()

  /// The state at the start of a scenario: all MMUs valid and empty.
  init(_ world: World) {
    self.world = world
    let count = world.family.isVM ? Int(world.mmus) : 1
    maps = [MapGeneratorModel](repeating: MapGeneratorModel(), count: count)
    valid = [Bool](repeating: true, count: count)
  }

  /// The number of MMUs, valid or not.
  var count: Int { maps.count }

  /// The number of full unmaps in progress, over all MMUs.
  var fullUnmapsInProgress: Int { maps.reduce(0) { $0 + $1.fullUnmapsInProgress } }

  /// Applies `operation` as the virtual machine would. O(spans).
  mutating func apply(_ operation: Operation) {
    // In other families these bits may mean something else.
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

  /// Whether MMU `mmu` is valid.
  func isValid(_ mmu: Int) -> Bool { valid[mmu] }

  /// The model of the map of MMU `mmu`.
  func map(_ mmu: Int) -> MapGeneratorModel { maps[mmu] }

  /// A random MMU that satisfies `isWanted`, or nil if none does. O(MMUs).
  func anyMMU(
    using random: inout SplitMix64, where isWanted: (Int) -> Bool
  ) -> Int? {
    let first = random.index(count)
    for offset in 0..<count where isWanted((first + offset) % count) {
      return (first + offset) % count
    }
    return nil
  }

  /// A record that stored a current span of MMU `mmu`, or sometimes of another MMU. Nil if that MMU
  /// is empty.
  func anyRecord(near mmu: Int, using random: inout SplitMix64) -> Operation? {
    maps[neighbour(of: mmu, using: &random)].anyRecord(using: &random)
  }

  /// A record that stored a known span of MMU `mmu`, or sometimes of another MMU. Nil if four
  /// random picks find none.
  func anyKnownRecord(near mmu: Int, using random: inout SplitMix64) -> Operation? {
    maps[neighbour(of: mmu, using: &random)].anyKnownRecord(using: &random)
  }

  private func neighbour(of mmu: Int, using random: inout SplitMix64) -> Int {
    count == 1 || random.chance(3, in: 4) ? mmu : random.index(count)
  }
}

/// The generator's model of the context and of the fault plan. An approximation: it ignores nodes
/// that are given back, held in reserve or recycled.
struct MemoryGeneratorModel {
  private(set) var context = Context.maySleep
  private var faultPlan = FaultPlanRun()
  /// Bytes handed out since the plan was set.
  private var bytes = 0

  /// Whether a future request may be refused.
  var mayRefuse: Bool { faultPlan.isArmed }

  /// Sets the context.
  mutating func enter(_ context: Context) { self.context = context }

  /// Sets the fault plan.
  mutating func refuse(_ plan: FaultPlan) {
    faultPlan = FaultPlanRun(plan, liveBytes: 0)
    bytes = 0
  }

  /// Requests a node. Returns whether the request was refused.
  mutating func refusesNode(in world: World) -> Bool {
    guard faultPlan.isArmed else { return false }
    let bytesAfter = bytes + world.bytesOfNode
    if faultPlan.refusesNext(bytesAfter: bytesAfter) { return true }
    bytes = bytesAfter
    return false
  }
}

extension World {
  /// The size of a tree node in bytes: 80 for tiny nodes, 528 for production nodes.
  fileprivate var bytesOfNode: Int { nodeSize == .tiny ? 80 : 528 }
}
