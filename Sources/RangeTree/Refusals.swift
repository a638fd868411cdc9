import ReverseMapping

/// A refusal plan while it is carried out: which of the requests from now on are refused
/// (Specification 4.6).
@usableFromInline
struct Refusals {
  /// Whether any request to come might be refused: all that a pool asks while none is.
  @usableFromInline var isArmed: Bool
  @usableFromInline var plan: RefusalPlan
  /// Requests since the plan was made.
  @usableFromInline var requests = 0
  /// The bytes that may be handed out, for a budget.
  @usableFromInline var mostBytes: Int
  @usableFromInline var random: SplitMix64

  /// Refuses nothing.
  @inlinable
  init() { self.init(.none, liveBytes: 0) }

  /// Refuses as `plan` says, when `liveBytes` are handed out now.
  @inlinable
  init(_ plan: RefusalPlan, liveBytes: Int) {
    self.plan = plan
    isArmed = plan != .none
    mostBytes = .max
    random = SplitMix64(seed: 0)
    switch plan {
    case .budget(let bytes): mostBytes = liveBytes &+ max(0, min(bytes, .max &- liveBytes))
    case .chance(_, let seed): random = SplitMix64(seed: seed)
    default: break
    }
  }

  /// Whether the next request is refused, which would make it `bytesAfter` bytes that are handed
  /// out. A plan that is over disarms itself.
  @inlinable
  mutating func refusesNext(bytesAfter: Int) -> Bool {
    requests &+= 1
    switch plan {
    case .none: return false
    case .request(let k):
      isArmed = requests < k
      return requests == max(1, k)
    case .every(let k): return requests % max(1, k) == 0
    case .from(let k): return requests >= k
    case .next(let k):
      isArmed = requests < k
      return requests <= max(1, k)
    case .budget: return bytesAfter > mostBytes
    case .chance(let parts, _): return random.next() >> 32 < UInt64(parts)
    }
  }
}
