import ReverseMapping

// Any 64 bits become an operation of the world's family. The fuzz target does this for every
// operation of every input, so there is no allocation, no division by a variable and no table in
// memory.

extension Operation {
  /// The valid operation that these bits stand for in `world`. Every 64 bits stand for one.
  ///
  /// - A kind that the family has stays. Otherwise byte 0 selects one of the kinds of the family
  ///   (`World.Family.kind(ofByte:)`).
  /// - Windows are taken modulo the windows in use, MMUs modulo the MMUs of the world, and fault
  ///   plans modulo the number of plans. Pages are masked to the window. A context is one bit.
  /// - In a laminar world the lowest set bit of a record's page count is its size, at most
  ///   `World.largestBlock`. In random bytes half of the records thus have one page, a quarter two,
  ///   and so on. Both places are aligned down to the size.
  /// - A flaw that the kind cannot have becomes none. `empty` and `wraps` replace the size, so
  ///   `pages` is 1 under them.
  /// - A tree range never wraps. A far range goes upwards, and becomes near if a near range can
  ///   express it. A reversed range goes downwards, and becomes near if both ends are the same key.
  /// - Fields that the kind does not use are 0.
  ///
  /// In random bytes 7 of 256 records and 1 of 16 tree operations are flawed, and 1 of 256 tree
  /// operations is a `refuse`. Idempotent.
  @inlinable
  public func normalised(in world: World) -> Operation {
    let byte = bits & 0xff
    // One call per family, so that the compiler specialises each. Shared code is half as fast.
    switch world.family {
    case .map: return normalisedForMap(world, World.Family.map.kind(ofByte: byte))
    case .tree: return normalisedForTree(world, World.Family.tree.kind(ofByte: byte))
    case .direct: return normalisedForMap(world, World.Family.direct.kind(ofByte: byte))
    case .vm: return normalisedForVM(world, World.Family.vm.kind(ofByte: byte))
    case .memory: return normalisedForVM(world, World.Family.memory.kind(ofByte: byte))
    }
  }

  /// Whether `normalised(in: world)` would change nothing.
  @inlinable
  public func isNormalised(in world: World) -> Bool { self == normalised(in: world) }

  @inlinable @inline(__always)
  func normalisedForMap(_ world: World, _ kind: UInt64) -> Operation {
    // Kinds without a range.
    if kind > UInt64(Kind.query.rawValue), kind != UInt64(Kind.invalidate.rawValue) {
      return Operation(bits: kind)
    }
    let isRecord = kind == UInt64(Kind.record.rawValue)
    let mask = world.windowPages &- 1
    var flaw = Flaw.none
    let flawField = UInt8(truncatingIfNeeded: field(40, 8))
    if flawField != 0, flawField < Flaw.reversed.rawValue {
      flaw = Flaw(rawValue: flawField) ?? .none
      if !isRecord, flaw == .misalignedNested || flaw == .nestedOutside { flaw = .none }
    }
    var more = bits >> 24 & mask
    if flaw == .empty || flaw == .wraps { more = 0 }
    var page = bits >> 16 & mask
    var result = kind | world.window(bits >> 8) << 8 | UInt64(flaw.rawValue) << 40
    if isRecord {
      var secondPage = bits >> 32 & mask
      if world.blocks == .laminar {
        let pages = more &+ 1
        more = min(pages & (0 &- pages), world.largestBlock) &- 1
        page &= ~more
        secondPage &= ~more
      }
      result |= world.window(bits >> 10) << 10 | secondPage << 32
    }
    return Operation(bits: result | page << 16 | more << 24)
  }

  @inlinable
  func normalisedForVM(_ world: World, _ kind: UInt64) -> Operation {
    // The operations on memory have the highest wire values.
    if kind >= UInt64(Kind.refuse.rawValue) { return normalisedForMemory(world, kind) }
    let result = normalisedForMap(world, kind).bits
    // unmap and query, with the wire values 1 and 2, name no MMU.
    let named = kind &- UInt64(Kind.unmap.rawValue) < 2 ? 0 : world.mmu(bits >> 12)
    return Operation(bits: result | named << 12)
  }

  @inlinable
  func normalisedForTree(_ world: World, _ kind: UInt64) -> Operation {
    if kind == UInt64(Kind.clearTree.rawValue) { return Operation(bits: kind) }
    if kind == UInt64(Kind.refuse.rawValue) { return normalisedForMemory(world, kind) }
    let mask = world.windowPages &- 1
    var result = Operation(bits: kind)
    result.place = Place(
      window: UInt8(truncatingIfNeeded: world.window(bits >> 8)),
      page: UInt8(truncatingIfNeeded: bits >> 16 & mask))
    if kind == UInt64(Kind.find.rawValue) { return result }
    if result.kind.takesWord {
      result.treeWord = treeWord
    }
    var more = bits >> 24 & mask
    let reach = self.reach
    if reach != .near {
      let second = Place(
        window: UInt8(truncatingIfNeeded: world.window(bits >> 10)),
        page: UInt8(truncatingIfNeeded: bits >> 32 & mask))
      let a = world.pageNumber(of: result.place)
      let b = world.pageNumber(of: second)
      let isUpwards = a <= b
      let distance = isUpwards ? b &- a : a &- b
      if reach == .far ? distance > mask : distance != 0 {
        let other = result.place
        let isSwapped = isUpwards != (reach == .far)
        result.place = isSwapped ? second : other
        result.secondPlace = isSwapped ? other : second
        result.reach = reach
        return result
      }
      if !isUpwards { result.place = second }
      more = distance
    }
    // The top window of a tree ends with the last key of the space.
    if result.window == 1 { more = min(more, mask &- UInt64(result.page)) }
    result.pages = more &+ 1
    return result
  }

  /// Normalises an operation on memory: `kind` is `refuse`, `enter`, `topUp` or `reclaim`.
  @inlinable
  func normalisedForMemory(_ world: World, _ kind: UInt64) -> Operation {
    switch kind {
    case UInt64(Kind.refuse.rawValue):
      let form = (bits >> 16 & 0xff) % 7
      var result = kind | form << 16
      if form != UInt64(FaultPlanKind.none.rawValue) { result |= bits & 0xffff << 24 }
      if form == UInt64(FaultPlanKind.chance.rawValue) { result |= bits & 0xff << 48 }
      return Operation(bits: result)
    case UInt64(Kind.enter.rawValue): return Operation(bits: kind | bits & 1 << 16)
    case UInt64(Kind.topUp.rawValue): return Operation(bits: kind | world.mmu(bits >> 12) << 12)
    default: return Operation(bits: kind)
    }
  }
}

// MARK: - From coordinates

// Operations from coordinates. These constructors normalise their arguments and never fail. Those
// in `Operation+Arguments.swift` take literal arguments and throw if an argument does not fit.

extension Operation {
  /// An operation without arguments other than an MMU: `clear`, `beginFullUnmap`, `endFullUnmap`,
  /// `create`, `handOver`, `tearDown` or `topUp` of MMU `mmu`, or `clearTree` or `reclaim`. `mmu`
  /// has to be 0 where the kind or the world has none.
  @inlinable
  public init(_ kind: Kind, mmu: Int = 0) {
    self.init(bits: UInt64(kind.rawValue))
    self.mmu = mmu
  }

  /// An operation with exactly these fields. Not normalised.
  @inlinable
  init(_ kind: Kind, at place: Place, to second: Place, pages: UInt64) {
    self.init(kind)
    self.place = place
    secondPlace = second
    self.pages = pages
  }

  /// A `record` of `pages` pages from `canonical` on, mapped at `nested`. `mmu` counts in vm and
  /// memory worlds.
  @inlinable
  public static func record(
    _ canonical: Place, nested: Place, pages: UInt64 = 1, flaw: Flaw = .none, mmu: Int = 0,
    in world: World
  ) -> Operation {
    var operation = Operation(.record, at: canonical, to: nested, pages: pages)
    operation.flaw = flaw
    operation.mmu = mmu
    return operation.normalised(in: world)
  }

  /// An `unmap` of `pages` pages from `canonical` on.
  @inlinable
  public static func unmap(
    _ canonical: Place, pages: UInt64 = 1, flaw: Flaw = .none, in world: World
  ) -> Operation {
    var operation = Operation(.unmap, at: canonical, to: canonical, pages: pages)
    operation.flaw = flaw
    return operation.normalised(in: world)
  }

  /// A `query` of `pages` pages from `canonical` on.
  @inlinable
  public static func query(
    _ canonical: Place, pages: UInt64 = 1, flaw: Flaw = .none, in world: World
  ) -> Operation {
    var operation = unmap(canonical, pages: pages, flaw: flaw, in: world)
    operation.kind = .query
    return operation.normalised(in: world)
  }

  /// An `invalidate` of `pages` pages from `nested` on. `mmu` counts in vm and memory worlds.
  @inlinable
  public static func invalidate(
    _ nested: Place, pages: UInt64 = 1, flaw: Flaw = .none, mmu: Int = 0, in world: World
  ) -> Operation {
    var operation = Operation(.invalidate, at: nested, to: nested, pages: pages)
    operation.flaw = flaw
    operation.mmu = mmu
    return operation.normalised(in: world)
  }

  /// A `refuse` with `plan`, or with the nearest plan that an operation can have (`faultPlan`).
  @inlinable
  public static func refuse(_ plan: FaultPlan, in world: World) -> Operation {
    var operation = Operation(.refuse)
    operation.faultPlan = plan
    return operation.normalised(in: world)
  }

  /// An `enter` of `context`.
  @inlinable
  public static func enter(_ context: Context, in world: World) -> Operation {
    var operation = Operation(.enter)
    operation.context = context
    return operation.normalised(in: world)
  }

  /// A tree operation on `keys` keys from `first` on. Only `store`, `replace` and `insert` use
  /// `word`; every kind but `find` uses `keys`.
  @inlinable
  public static func tree(
    _ kind: Kind, _ first: Place, keys: UInt64 = 1, word: UInt64 = 0, in world: World
  ) -> Operation {
    var operation = Operation(kind, at: first, to: first, pages: keys)
    operation.treeWord = word
    return operation.normalised(in: world)
  }

  /// A tree operation on the keys between `first` and `last`, whichever of them is lower. Its range
  /// goes upwards, or downwards if `isReversed`.
  @inlinable
  public static func tree(
    _ kind: Kind, from first: Place, to last: Place, word: UInt64 = 0, isReversed: Bool = false,
    in world: World
  ) -> Operation {
    var operation = Operation(kind, at: first, to: last, pages: 1)
    operation.treeWord = word
    operation.reach = isReversed ? .reversed : .far
    return operation.normalised(in: world)
  }
}
