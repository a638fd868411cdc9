import ReverseMapping

/// Where a machine runs and which requests for memory it probably has refused, for the generator.
/// Only a guess: what is given back, set aside or put to use again is not looked at.
struct MemorySketch {
  private(set) var context = Context.maySleep
  private(set) var plan = RefusalPlan.none
  /// The requests since the plan was set.
  private var requests = 0

  /// Whether requests might be refused.
  var mayRefuse: Bool { plan != .none }

  /// From now on the code runs in `context`. O(1).
  mutating func enter(_ context: Context) { self.context = context }

  /// From now on requests are refused as `plan` says. O(1).
  mutating func refuse(_ plan: RefusalPlan) {
    self.plan = plan
    requests = 0
  }

  /// Asks for a node, and says whether that was refused. O(1).
  mutating func refusesNode(in world: World) -> Bool {
    requests += 1
    switch plan {
    case .none: return false
    case .request(let k): return requests == k
    case .every(let k): return requests % max(1, k) == 0
    case .from(let k): return requests >= k
    case .next(let k): return requests <= k
    case .budget(let bytes): return requests * world.bytesOfNode > bytes
    // As often as it would be, if not when.
    case .chance(let parts, _): return requests % Int(UInt32.max / max(1, parts) + 1) == 0
    }
  }
}

extension World {
  /// How many bytes a node of a tree is asked for with: 80 for the tiny ones, 528 for the others.
  fileprivate var bytesOfNode: Int { nodeSize == .tiny ? 80 : 528 }
}
