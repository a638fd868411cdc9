import ReverseMapping

extension Operation {
  /// The field of `width` bits at bit `shift`.
  @inlinable
  func field(_ shift: UInt64, _ width: UInt64) -> UInt64 {
    bits &>> shift & ((1 &<< width) &- 1)
  }

  /// Sets the field of `width` bits at bit `shift` to the low bits of `value`.
  @inlinable
  mutating func setField(_ shift: UInt64, _ width: UInt64, _ value: UInt64) {
    let mask = ((1 &<< width) &- 1) as UInt64
    bits = bits & ~(mask &<< shift) | (value & mask) &<< shift
  }

  /// The kind of operation. `record` if byte 0 is not a wire value of any kind.
  @inlinable
  public var kind: Kind {
    get { Kind(rawValue: UInt8(truncatingIfNeeded: bits)) ?? .record }
    set { setField(0, 8, UInt64(newValue.rawValue)) }
  }

  /// The index of the window where the range starts.
  @inlinable
  public var window: UInt8 { UInt8(truncatingIfNeeded: field(8, 2)) }

  /// The index of the window of a record's nested base, or of a tree range's far last key.
  @inlinable
  public var secondWindow: UInt8 { UInt8(truncatingIfNeeded: field(10, 2)) }

  /// The page in `window`.
  @inlinable
  public var page: UInt8 { UInt8(truncatingIfNeeded: field(16, 8)) }

  /// The page in `secondWindow`.
  @inlinable
  public var secondPage: UInt8 { UInt8(truncatingIfNeeded: field(32, 8)) }

  /// Where the range starts: canonical, nested for an `invalidate`, or a key.
  @inlinable
  public var place: Place {
    get { Place(window: window, page: page) }
    set {
      setField(8, 2, UInt64(newValue.window))
      setField(16, 8, UInt64(newValue.page))
    }
  }

  /// Where the nested range of a record starts, or where a far tree range ends.
  @inlinable
  public var secondPlace: Place {
    get { Place(window: secondWindow, page: secondPage) }
    set {
      setField(10, 2, UInt64(newValue.window))
      setField(32, 8, UInt64(newValue.page))
    }
  }

  /// The length in pages, or in keys: 1 to 256. Other values wrap when set.
  @inlinable
  public var pages: UInt64 {
    get { field(24, 8) &+ 1 }
    set { setField(24, 8, newValue &- 1) }
  }

  /// The MMU that the operation names in a vm or memory world, 0 to 3. It is 0 in other worlds and
  /// in kinds that name no MMU (`Kind.namesMMU`). Other values wrap when set.
  @inlinable
  public var mmu: Int {
    get { Int(truncatingIfNeeded: field(12, 2)) }
    set { setField(12, 2, UInt64(truncatingIfNeeded: newValue)) }
  }

  /// The word of a tree operation, 24 bits. It may be 0 or one of the reserved words 2, 6, ...
  /// 4094.
  @inlinable
  public var treeWord: UInt64 {
    get { field(40, 24) }
    set { setField(40, 24, newValue) }
  }

  /// How the last key of a tree operation is encoded.
  @inlinable
  public var reach: Reach {
    get {
      let value = field(12, 4)
      return value == 15 ? .reversed : value & 12 == 8 ? .far : .near
    }
    set { setField(12, 4, UInt64(newValue.rawValue)) }
  }

  /// The flaw of the arguments. A tree operation can have `reversed` or `none`, a map operation any
  /// other flaw or `none`. Operations on memory have no flaw, and setting one does nothing.
  @inlinable
  public var flaw: Flaw {
    get {
      switch kind.group {
      case .map:
        let value = UInt8(truncatingIfNeeded: field(40, 8))
        return value < 8 ? Flaw(rawValue: value) ?? .none : .none
      case .tree: return reach == .reversed ? .reversed : .none
      case .memory: return .none
      }
    }
    set {
      switch kind.group {
      case .map: setField(40, 8, UInt64(newValue.rawValue))
      case .tree:
        if (newValue == .reversed) != (reach == .reversed) {
          reach = newValue == .reversed ? .reversed : .near
        }
      case .memory: break
      }
    }
  }
}

// MARK: - Memory

// `refuse`, `enter`, `topUp` and `reclaim`. They have their own layout (`Operation.swift`) and no
// flaw. Tree worlds have `refuse` too.

extension Operation {
  /// The forms of a fault plan. The raw value is the wire value: never reuse one.
  @usableFromInline
  enum FaultPlanKind: UInt8, CaseIterable, Sendable {
    case none
    case request
    case every
    case from
    case next
    case budget
    case chance
  }

  /// The unit of a budget's count, in bytes. No node is smaller, and 0 to 16 units are a few nodes.
  @inlinable
  static var budgetUnit: Int { 64 }

  /// The largest budget, in bytes.
  @inlinable
  static var mostBudget: Int { (mostPlanCount - 1) * budgetUnit }

  /// The largest count of a plan, and the denominator of a chance.
  @inlinable
  static var mostPlanCount: Int { 1 << 16 }

  /// The form of the fault plan of a `refuse`.
  @inlinable
  var faultPlanKind: FaultPlanKind {
    get { FaultPlanKind(rawValue: UInt8(truncatingIfNeeded: field(16, 8) % 7)) ?? .none }
    set { setField(16, 8, UInt64(newValue.rawValue)) }
  }

  /// The count of the fault plan of a `refuse`: 1 to 65536. Other values wrap when set.
  @inlinable
  var planCount: Int {
    get { Int(truncatingIfNeeded: field(24, 16)) &+ 1 }
    set { setField(24, 16, UInt64(truncatingIfNeeded: newValue &- 1)) }
  }

  /// The seed of the fault plan of a `refuse`, if it is a chance: 0 to 255. Other values wrap when
  /// set.
  @inlinable
  var planSeed: UInt64 {
    get { field(48, 8) }
    set { setField(48, 8, newValue) }
  }

  /// The fault plan of a `refuse`.
  ///
  /// Setting a plan stores the nearest one that an operation can have. Counts are 1 to 65536. A
  /// budget is a multiple of 64 bytes, at most 65535 times 64. The parts of a chance are a multiple
  /// of 2^16 and at least 2^16, with 2^32 - 1 in place of 2^32. Only the lowest byte of a seed is
  /// kept.
  @inlinable
  public var faultPlan: FaultPlan {
    get {
      let count = planCount
      switch faultPlanKind {
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
      let form: FaultPlanKind
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
      faultPlanKind = form
      planCount = min(max(1, count), Self.mostPlanCount)
      planSeed = seed
    }
  }

  /// The context of an `enter`.
  @inlinable
  public var context: Context {
    get { field(16, 1) == 0 ? .maySleep : .atomic }
    set { setField(16, 8, UInt64(newValue.rawValue)) }
  }
}
