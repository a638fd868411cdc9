/// A refusal plan while it is carried out: which of the requests from now on are refused
/// (Specification 4.6).
public struct FaultPlanRun: Sendable {
  /// Whether any request to come might be refused: all that is asked while none is. O(1).
  @inlinable
  public var isArmed: Bool { armed }
  @usableFromInline var armed: Bool
  @usableFromInline var plan: FaultPlan
  /// Requests since the plan was made.
  @usableFromInline var requests = 0
  /// The bytes that may be handed out, for a budget.
  @usableFromInline var mostBytes: Int
  @usableFromInline var random: SplitMix64

  /// Refuses nothing. O(1).
  @inlinable
  public init() { self.init(.none, liveBytes: 0) }

  /// Refuses as `plan` says, when `liveBytes` are handed out now. O(1).
  @inlinable
  public init(_ plan: FaultPlan, liveBytes: Int) {
    self.plan = plan
    armed = plan != .none
    mostBytes = .max
    random = SplitMix64(seed: 0)
    switch plan {
    case .budget(let bytes): mostBytes = liveBytes &+ max(0, min(bytes, .max &- liveBytes))
    case .chance(_, let seed): random = SplitMix64(seed: seed)
    default: break
    }
  }

  /// Whether the next request is refused, which would make it `bytesAfter` bytes that are handed
  /// out. A plan that is over disarms itself. O(1).
  @inlinable
  public mutating func refusesNext(bytesAfter: Int) -> Bool {
    requests &+= 1
    switch plan {
    case .none: return false
    case .request(let k):
      armed = requests < k
      return requests == max(1, k)
    case .every(let k): return requests % max(1, k) == 0
    case .from(let k): return requests >= k
    case .next(let k):
      armed = requests < k
      return requests <= max(1, k)
    case .budget: return bytesAfter > mostBytes
    case .chance(let parts, _): return random.next() >> 32 < UInt64(parts)
    }
  }
}
