/// A fault plan in progress: decides for each request whether it is refused (Specification 4.6).
public struct FaultPlanRun: Sendable {
  /// Whether a future request might be refused. This is the only check on the fast path.
  @inlinable
  public var isArmed: Bool { armed }
  @usableFromInline var armed: Bool
  @usableFromInline var plan: FaultPlan
  /// Requests since the plan was installed.
  @usableFromInline var requests = 0
  /// For a budget: the most bytes that may be allocated.
  @usableFromInline var mostBytes: Int
  @usableFromInline var random: SplitMix64

  /// A plan that refuses nothing.
  @inlinable
  public init() { self.init(.none, liveBytes: 0) }

  /// Starts `plan`; `liveBytes` bytes are allocated now.
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

  /// Whether to refuse the next request. `bytesAfter` is the number of bytes allocated if it is
  /// granted. A plan that has run out disarms itself.
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
