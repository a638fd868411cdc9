import ReverseMapping

// What refuses, sets aside and gives back memory, and where it runs. These operations have a layout
// of their own (`Operation.swift`) and no flaw; `refuse` is one of trees too.

extension Operation {
  /// The forms of a refusal plan. The raw value is the wire value: never reuse one.
  @usableFromInline
  enum PlanForm: UInt8, CaseIterable, Sendable {
    case none
    case request
    case every
    case from
    case next
    case budget
    case chance
  }

  /// What the count of a budget is in: no node is smaller, and 0 to 16 of them are a few nodes.
  @inlinable
  static var budgetUnit: Int { 64 }

  /// The largest budget, in bytes.
  @inlinable
  static var mostBudget: Int { (mostPlanCount - 1) * budgetUnit }

  /// The largest count of a plan, and what a chance is counted in parts of.
  @inlinable
  static var mostPlanCount: Int { 1 << 16 }

  /// The form of the plan of a `refuse`. O(1).
  @inlinable
  var planForm: PlanForm {
    get { PlanForm(rawValue: UInt8(truncatingIfNeeded: field(16, 8) % 7)) ?? .none }
    set { setField(16, 8, UInt64(newValue.rawValue)) }
  }

  /// The count of the plan of a `refuse`: 1 to 65536. Values outside wrap. O(1).
  @inlinable
  var planCount: Int {
    get { Int(truncatingIfNeeded: field(24, 16)) &+ 1 }
    set { setField(24, 16, UInt64(truncatingIfNeeded: newValue &- 1)) }
  }

  /// The seed of the plan of a `refuse`, if it is a chance: 0 to 255. Values outside wrap. O(1).
  @inlinable
  var planSeed: UInt64 {
    get { field(48, 8) }
    set { setField(48, 8, newValue) }
  }

  /// The plan of a `refuse`.
  ///
  /// A set plan becomes the nearest that there is: counts are 1 to 65536, a budget is a multiple of
  /// 64 bytes up to 65535 of them, the parts of a chance are a multiple of 2^16 and at least that
  /// (2^32 - 1 in place of 2^32), and of its seed the lowest byte is kept. O(1).
  @inlinable
  public var refusalPlan: RefusalPlan {
    get {
      let count = planCount
      switch planForm {
      case .none: return .none
      case .request: return .request(count)
      case .every: return .every(count)
      case .from: return .from(count)
      case .next: return .next(count)
      case .budget: return .budget(bytes: (count &- 1) &* Self.budgetUnit)
      case .chance:
        return .chance(parts: UInt32(clamping: UInt64(count) &<< 16), seed: planSeed)
      }
    }
    set {
      let form: PlanForm
      var count = 1
      var seed: UInt64 = 0
      switch newValue {
      case .none: form = .none
      case .request(let k): (form, count) = (.request, k)
      case .every(let k): (form, count) = (.every, k)
      case .from(let k): (form, count) = (.from, k)
      case .next(let k): (form, count) = (.next, k)
      case .budget(let bytes):
        let nearest = min(max(0, bytes), Self.mostBudget) + Self.budgetUnit / 2
        (form, count) = (.budget, nearest / Self.budgetUnit + 1)
      case .chance(let parts, let newSeed):
        (form, count, seed) = (.chance, Int((UInt64(parts) + 1 << 15) >> 16), newSeed)
      }
      planForm = form
      planCount = min(max(1, count), Self.mostPlanCount)
      planSeed = seed
    }
  }

  /// The context of an `enter`. O(1).
  @inlinable
  public var context: Context {
    get { field(16, 1) == 0 ? .maySleep : .atomic }
    set { setField(16, 8, UInt64(newValue.rawValue)) }
  }

  /// The `refuse`, `enter`, `topUp` or `reclaim`, which `kind` says, that these bits are. O(1).
  @inlinable
  func normalisedForMemory(_ world: World, _ kind: UInt64) -> Operation {
    switch kind {
    case UInt64(Kind.refuse.rawValue):
      let form = (bits >> 16 & 0xff) % 7
      var result = kind | form << 16
      if form != UInt64(PlanForm.none.rawValue) { result |= bits & 0xffff << 24 }
      if form == UInt64(PlanForm.chance.rawValue) { result |= bits & 0xff << 48 }
      return Operation(bits: result)
    case UInt64(Kind.enter.rawValue): return Operation(bits: kind | bits & 1 << 16)
    case UInt64(Kind.topUp.rawValue): return Operation(bits: kind | world.mmu(bits >> 12) << 12)
    default: return Operation(bits: kind)
    }
  }
}

extension Context {
  /// The word for it in the text form: `may-sleep` or `atomic`. O(1).
  public var word: String {
    switch self {
    case .maySleep: return "may-sleep"
    case .atomic: return "atomic"
    }
  }
}
