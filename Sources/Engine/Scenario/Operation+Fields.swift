import ReverseMapping

extension Operation {
  /// The field of `width` bits at bit `shift` of the head.
  @inlinable
  func field(_ shift: UInt64, _ width: UInt64) -> UInt64 {
    head &>> shift & ((1 &<< width) &- 1)
  }

  /// Sets the field of `width` bits at bit `shift` of the head to the low bits of `value`.
  @inlinable
  mutating func setField(_ shift: UInt64, _ width: UInt64, _ value: UInt64) {
    let mask = ((1 &<< width) &- 1) as UInt64
    head = head & ~(mask &<< shift) | (value & mask) &<< shift
  }

  /// The kind of operation. `record` if byte 0 is not a wire value of any kind.
  @inlinable
  public var kind: Kind {
    get { Kind(rawValue: UInt8(truncatingIfNeeded: head)) ?? .record }
    set { setField(0, 8, UInt64(newValue.rawValue)) }
  }

  // These compare byte 0 itself: finding the kind first would take longer than all the rest.

  /// Whether the kind is a fill: `Kind.isFill`.
  @inlinable
  var isFill: Bool { head & 0xff &- UInt64(Kind.fill.rawValue) < 2 }

  /// Whether the operation has a range of keys whose length its last key tells.
  @inlinable
  var hasLastKey: Bool {
    let byte = head & 0xff
    return byte &- UInt64(Kind.store.rawValue) < 8 && byte != UInt64(Kind.find.rawValue)
  }

  /// The length of the range in pages, or in keys; of each range of a fill. At least 1.
  ///
  /// Setting it keeps the start. It takes 1 to 2^48 pages, or 2^18 in a fill; others wrap. A range
  /// of keys ends at the last key at most.
  @inlinable
  public var pages: UInt64 {
    get {
      if isFill { return field(16, 18) &+ 1 }
      return hasLastKey ? second &- page &+ 1 : field(16, 48) &+ 1
    }
    set {
      if isFill {
        setField(16, 18, newValue &- 1)
      } else if hasLastKey {
        let (last, overflow) = page.addingReportingOverflow(newValue &- 1)
        second = overflow ? .max : last
      } else {
        setField(16, 48, newValue &- 1)
      }
    }
  }

  /// The number of ranges: 1 to 512 in a fill, otherwise 1. Other values wrap when set.
  @inlinable
  public var count: Int {
    get { isFill ? Int(truncatingIfNeeded: field(34, 9)) &+ 1 : 1 }
    set { if isFill { setField(34, 9, UInt64(truncatingIfNeeded: newValue &- 1)) } }
  }

  /// The pages between the end of one range of a fill and the start of the next: 0 to 2^21 - 1.
  /// Other values wrap when set.
  @inlinable
  public var gap: UInt64 {
    get { isFill ? field(43, 21) : 0 }
    set { if isFill { setField(43, 21, newValue) } }
  }

  /// The pages from the start of one range of a fill to the start of the next.
  @inlinable
  public var step: UInt64 { pages &+ gap }

  /// The pages from the start of the first range to the end of the last.
  @inlinable
  public var span: UInt64 { pages &+ UInt64(truncatingIfNeeded: count &- 1) &* step }

  /// The last page of the range, or the last key; of the last range of a fill.
  @inlinable
  public var lastPage: UInt64 { page &+ (span &- 1) }

  /// The last nested page of a record; of the last range of a fill.
  @inlinable
  public var lastNestedPage: UInt64 { second &+ (span &- 1) }

  /// Moves the range so that it starts at `page`, and keeps its length.
  @inlinable
  mutating func move(to page: UInt64) {
    let length = hasLastKey ? second &- self.page : 0
    let wasReversed = hasLastKey && second < self.page
    self.page = page
    if hasLastKey {
      let (last, overflow) = page.addingReportingOverflow(length)
      second = overflow && !wasReversed ? .max : last
    }
  }

  /// The MMU that the operation names in a vm or memory world, 0 to 3. It is 0 in other worlds and
  /// in kinds that name no MMU (`Kind.namesMMU`). Other values wrap when set.
  @inlinable
  public var mmu: Int {
    get { Int(truncatingIfNeeded: field(8, 2)) }
    set { setField(8, 2, UInt64(truncatingIfNeeded: newValue)) }
  }

  /// The word of a tree operation, 24 bits. It may be 0 or one of the reserved words 2, 6, ...
  /// 4094.
  @inlinable
  public var treeWord: UInt64 {
    get { kind == .fillTree ? second & 0xff_ffff : field(16, 24) }
    set {
      if kind == .fillTree { second = newValue & 0xff_ffff } else { setField(16, 24, newValue) }
    }
  }

  /// The flaw of the arguments. A map operation can have any but `reversed`. A range of keys has
  /// the flaw `reversed` if its last key is below its first; setting that flaw swaps the two keys,
  /// and does nothing if they are equal. Fills and operations on memory have no flaw, and setting
  /// one does nothing.
  @inlinable
  public var flaw: Flaw {
    get {
      if hasLastKey { return kind.takesRange && second < page ? .reversed : .none }
      let value = UInt8(truncatingIfNeeded: field(10, 6))
      if value == 0 || value > 7 || kind.group != .map || isFill { return .none }
      return Flaw(rawValue: value) ?? .none
    }
    set {
      if isFill { return }
      switch kind.group {
      case .map: setField(10, 6, UInt64(newValue.rawValue))
      case .tree:
        if (newValue == .reversed) != (second < page) { swap(&page, &second) }
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
