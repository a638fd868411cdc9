import ReverseMapping

// Any 64 bits become an operation of the world's family, without allocation, division by a
// variable, or a table in memory: the fuzz target does this for every operation of every input.

extension Operation {
  /// This operation as the world understands it: any 64 bits become a valid operation.
  ///
  /// - The kind is itself if the family has it, else byte 0 modulo the kinds of the family
  ///   (`World.Family.kind(ofByte:)`).
  /// - Windows are taken modulo the windows in use, MMUs modulo those of the world; pages are
  ///   masked to the window. A plan is taken modulo the plans, and a context is one bit.
  /// - In a laminar world a record has as many pages as the lowest bit set in its page count (so
  ///   that in random bytes half of the records have one page, a quarter two, ...), at most
  ///   `World.largestBlock`, and both of its places are aligned down to that.
  /// - A flaw that the kind cannot have is none. `empty` and `wraps` replace the size, so `pages`
  ///   is 1 under them.
  /// - A tree range never wraps. A far one goes upwards, and is a near one if that can express it;
  ///   a reversed one goes downwards, and is a near one if both ends are the same key.
  /// - Fields that the kind does not use are 0.
  ///
  /// In random bytes 7 of 256 records are flawed, and 1 of 16 tree operations; 1 of 256 tree
  /// operations is a `refuse`. Idempotent.
  /// O(1).
  @inlinable
  public func normalised(in world: World) -> Operation {
    let byte = bits & 0xff
    // The families are named so that each gets code of its own: a shared one is half as fast.
    switch world.family {
    case .map: return normalisedForMap(world, World.Family.map.kind(ofByte: byte))
    case .tree: return normalisedForTree(world, World.Family.tree.kind(ofByte: byte))
    case .direct: return normalisedForMap(world, World.Family.direct.kind(ofByte: byte))
    case .vm: return normalisedForVM(world, World.Family.vm.kind(ofByte: byte))
    case .memory: return normalisedForVM(world, World.Family.memory.kind(ofByte: byte))
    }
  }

  /// Whether `normalised(in: world)` would change nothing. O(1).
  @inlinable
  public func isNormalised(in world: World) -> Bool { self == normalised(in: world) }

  @inlinable @inline(__always)
  func normalisedForMap(_ world: World, _ kind: UInt64) -> Operation {
    // Those without a range.
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
    // The last of the wire values.
    if kind >= UInt64(Kind.refuse.rawValue) { return normalisedForMemory(world, kind) }
    let result = normalisedForMap(world, kind).bits
    // unmap and query, which are 1 and 2, name no MMU.
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
    // The top window of a tree ends with the last key of all.
    if result.window == 1 { more = min(more, mask &- UInt64(result.page)) }
    result.pages = more &+ 1
    return result
  }

  /// The `refuse`, `enter`, `topUp` or `reclaim`, which `kind` says, that these bits are. O(1).
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

// Operations from coordinates. What they are given is normalised, so a constructor never fails;
// `Operation+Arguments.swift` has those that take the literal arguments, and refuse misfits.

extension Operation {
  /// `clear`, `beginFullUnmap`, `endFullUnmap`, `clearTree` or `reclaim`, which have no arguments,
  /// or one of the first three, `create`, `handOver`, `tearDown` or `topUp` of MMU `mmu`, which a
  /// machine has. O(1).
  @inlinable
  public init(_ kind: Kind, mmu: Int = 0) {
    self.init(bits: UInt64(kind.rawValue))
    self.mmu = mmu
  }

  /// An operation with these fields, as they are. O(1).
  @inlinable
  init(_ kind: Kind, at place: Place, to second: Place, pages: UInt64) {
    self.init(kind)
    self.place = place
    secondPlace = second
    self.pages = pages
  }

  /// `record` of `pages` pages from `canonical` on, which are nested at `nested`; in a machine by
  /// MMU `mmu`. O(1).
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

  /// `unmap` of `pages` pages from `canonical` on. O(1).
  @inlinable
  public static func unmap(
    _ canonical: Place, pages: UInt64 = 1, flaw: Flaw = .none, in world: World
  ) -> Operation {
    var operation = Operation(.unmap, at: canonical, to: canonical, pages: pages)
    operation.flaw = flaw
    return operation.normalised(in: world)
  }

  /// `query` of `pages` pages from `canonical` on. O(1).
  @inlinable
  public static func query(
    _ canonical: Place, pages: UInt64 = 1, flaw: Flaw = .none, in world: World
  ) -> Operation {
    var operation = unmap(canonical, pages: pages, flaw: flaw, in: world)
    operation.kind = .query
    return operation.normalised(in: world)
  }

  /// `invalidate` of `pages` pages from `nested` on; in a machine of MMU `mmu`. O(1).
  @inlinable
  public static func invalidate(
    _ nested: Place, pages: UInt64 = 1, flaw: Flaw = .none, mmu: Int = 0, in world: World
  ) -> Operation {
    var operation = Operation(.invalidate, at: nested, to: nested, pages: pages)
    operation.flaw = flaw
    operation.mmu = mmu
    return operation.normalised(in: world)
  }

  /// `refuse` by the nearest plan to `plan` that an operation can have (`faultPlan`). O(1).
  @inlinable
  public static func refuse(_ plan: FaultPlan, in world: World) -> Operation {
    var operation = Operation(.refuse)
    operation.faultPlan = plan
    return operation.normalised(in: world)
  }

  /// `enter` of `context`. O(1).
  @inlinable
  public static func enter(_ context: Context, in world: World) -> Operation {
    var operation = Operation(.enter)
    operation.context = context
    return operation.normalised(in: world)
  }

  /// A tree operation of `kind` over `keys` keys from `first` on; `word` counts for `store` and
  /// `replace`, and `keys` for all but `find`. O(1).
  @inlinable
  public static func tree(
    _ kind: Kind, _ first: Place, keys: UInt64 = 1, word: UInt64 = 0, in world: World
  ) -> Operation {
    var operation = Operation(kind, at: first, to: first, pages: keys)
    operation.treeWord = word
    return operation.normalised(in: world)
  }

  /// A tree operation of `kind` from the key at `first` to the key at `last`, in this order under
  /// the flaw `reversed`, else in ascending order. O(1).
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
