import ReverseMapping

// Any three words become an operation of the world's family. The fuzz target does this for every
// operation of every input, so there is no allocation and no division by a variable.

extension Operation {
  /// The valid operation that these bits stand for in `world`. Any bits stand for one.
  ///
  /// - A kind that the family has stays. Otherwise byte 0 selects one of the kinds of the family
  ///   (`World.Family.kind(ofByte:)`).
  /// - A page that no operation of the world may start at is moved to one (`World.confined`). MMUs
  ///   are taken modulo the MMUs of the world, and fault plans modulo the number of plans. Sizes
  ///   are taken modulo the pages of a window, or of the space. A context is one bit.
  /// - In a laminar world a record has the size of a block (`World.block`), and both its starts are
  ///   aligned down to it.
  /// - A flaw that the kind cannot have becomes none. `empty` and `wraps` replace the size, so
  ///   `pages` is 1 under them.
  /// - A range of keys never wraps. Its last key need not be in a window if the range is short.
  /// - The ranges of a fill start in the window of the first one, in both spaces, or in the space.
  ///   Those that would not are left out.
  /// - Fields that the kind does not use are 0.
  ///
  /// Idempotent.
  @inlinable
  public func normalised(in world: World) -> Operation {
    let byte = head & 0xff
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

  /// An operation without arguments.
  @inlinable
  init(bare kind: UInt64) { self.init(head: kind, page: 0, second: 0) }

  @inlinable @inline(__always)
  func normalisedForMap(_ world: World, _ kind: UInt64) -> Operation {
    if kind == UInt64(Kind.fill.rawValue) { return normalisedFill(world, kind) }
    // Kinds without a range.
    if kind > UInt64(Kind.query.rawValue), kind != UInt64(Kind.invalidate.rawValue) {
      return Operation(bare: kind)
    }
    let isRecord = kind == UInt64(Kind.record.rawValue)
    var flaw = Flaw.none
    let flawField = UInt8(truncatingIfNeeded: field(10, 6))
    if flawField != 0, flawField < Flaw.reversed.rawValue {
      flaw = Flaw(rawValue: flawField) ?? .none
      if !isRecord, flaw == .misalignedNested || flaw == .nestedOutside { flaw = .none }
    }
    var more = field(16, 48) & (world.isWhole ? world.lastPage : world.windowPages &- 1)
    if flaw == .empty || flaw == .wraps { more = 0 }
    var page = world.confined(self.page)
    var second: UInt64 = 0
    if isRecord {
      second = world.confined(self.second)
      if world.blocks == .laminar {
        more = world.block(more &+ 1) &- 1
        page &= ~more
        second &= ~more
      }
    }
    return Operation(
      head: kind | UInt64(flaw.rawValue) << 10 | more << 16, page: page, second: second)
  }

  @inlinable
  func normalisedForVM(_ world: World, _ kind: UInt64) -> Operation {
    // The operations on memory have the highest wire values but for fills.
    if kind >= UInt64(Kind.refuse.rawValue), kind != UInt64(Kind.fill.rawValue) {
      return normalisedForMemory(world, kind)
    }
    var result = normalisedForMap(world, kind)
    // unmap and query, with the wire values 1 and 2, name no MMU.
    let named = kind &- UInt64(Kind.unmap.rawValue) < 2 ? 0 : world.mmu(head >> 8)
    result.head |= named << 8
    return result
  }

  @inlinable
  func normalisedForTree(_ world: World, _ kind: UInt64) -> Operation {
    switch kind {
    case UInt64(Kind.clearTree.rawValue): return Operation(bare: kind)
    case UInt64(Kind.refuse.rawValue): return normalisedForMemory(world, kind)
    case UInt64(Kind.fillTree.rawValue): return normalisedFill(world, kind)
    default: break
    }
    var result = Operation(head: kind, page: world.confined(page), second: 0)
    if kind == UInt64(Kind.find.rawValue) { return result }
    // A short range may end outside its window.
    let isShort = second >= result.page && second &- result.page < world.windowPages
    result.second = isShort ? second : world.confined(second)
    if result.kind.takesWord { result.treeWord = treeWord }
    return result
  }

  /// Normalises a fill. Never inlined: fills are rare.
  @inlinable @inline(never)
  func normalisedFill(_ world: World, _ kind: UInt64) -> Operation {
    let isOfMaps = kind == UInt64(Kind.fill.rawValue)
    var result = Operation(head: kind, page: world.confined(page), second: 0)
    result.head = head & ~0xffff | kind
    var pages = result.pages
    if !world.isWhole { pages = (pages &- 1) & (world.windowPages &- 1) &+ 1 }
    if isOfMaps {
      result.second = world.confined(second)
      if world.blocks == .laminar {
        pages = world.block(pages)
        result.page &= ~(pages &- 1)
        result.second &= ~(pages &- 1)
        result.gap &= ~(pages &- 1)
      }
    } else {
      result.second = second & 0xff_ffff
      pages = min(pages &- 1, UInt64.max &- result.page) &+ 1
    }
    result.pages = pages
    // How many ranges start where they may. Those of keys must also end in the space.
    var room = world.lastPage(above: result.page) &- result.page
    if isOfMaps {
      room = min(room, world.lastPage(above: result.second) &- result.second)
    } else {
      room = min(room, UInt64.max &- result.page &- (pages &- 1))
    }
    let most = room / result.step
    if most < UInt64(truncatingIfNeeded: result.count) {
      result.count = Int(truncatingIfNeeded: most) &+ 1
    }
    if result.count == 1 { result.gap = 0 }
    return result
  }

  /// Normalises an operation on memory: `kind` is `refuse`, `enter`, `topUp` or `reclaim`.
  @inlinable
  func normalisedForMemory(_ world: World, _ kind: UInt64) -> Operation {
    switch kind {
    case UInt64(Kind.refuse.rawValue):
      let form = (head >> 16 & 0xff) % 7
      var result = kind | form << 16
      if form != UInt64(FaultPlanKind.none.rawValue) { result |= head & 0xffff << 24 }
      if form == UInt64(FaultPlanKind.chance.rawValue) { result |= head & 0xff << 48 }
      return Operation(bare: result)
    case UInt64(Kind.enter.rawValue): return Operation(bare: kind | head & 1 << 16)
    case UInt64(Kind.topUp.rawValue): return Operation(bare: kind | world.mmu(head >> 8) << 8)
    default: return Operation(bare: kind)
    }
  }
}

// MARK: - From pages

// Operations from page numbers. These constructors normalise their arguments and never fail. Those
// in `Operation+Arguments.swift` take literal arguments and throw if an argument does not fit.

extension Operation {
  /// An operation without arguments other than an MMU: `clear`, `beginFullUnmap`, `endFullUnmap`,
  /// `create`, `handOver`, `tearDown` or `topUp` of MMU `mmu`, or `clearTree` or `reclaim`. `mmu`
  /// has to be 0 where the kind or the world has none.
  @inlinable
  public init(_ kind: Kind, mmu: Int = 0) {
    self.init(bare: UInt64(kind.rawValue))
    self.mmu = mmu
  }

  /// An operation with exactly these fields. Not normalised. The second page of a range of keys is
  /// not used: it follows from `pages`.
  @inlinable
  init(_ kind: Kind, at page: UInt64, to second: UInt64, pages: UInt64) {
    self.init(head: UInt64(kind.rawValue), page: page, second: second)
    self.pages = pages
  }

  /// A `record` of `pages` pages from page `canonical` on, mapped at page `nested`. `mmu` counts in
  /// vm and memory worlds.
  @inlinable
  public static func record(
    _ canonical: UInt64, nested: UInt64, pages: UInt64 = 1, flaw: Flaw = .none, mmu: Int = 0,
    in world: World
  ) -> Operation {
    var operation = Operation(.record, at: canonical, to: nested, pages: pages)
    operation.flaw = flaw
    operation.mmu = mmu
    return operation.normalised(in: world)
  }

  /// An `unmap` of `pages` pages from page `canonical` on.
  @inlinable
  public static func unmap(
    _ canonical: UInt64, pages: UInt64 = 1, flaw: Flaw = .none, in world: World
  ) -> Operation {
    var operation = Operation(.unmap, at: canonical, to: 0, pages: pages)
    operation.flaw = flaw
    return operation.normalised(in: world)
  }

  /// A `query` of `pages` pages from page `canonical` on.
  @inlinable
  public static func query(
    _ canonical: UInt64, pages: UInt64 = 1, flaw: Flaw = .none, in world: World
  ) -> Operation {
    var operation = unmap(canonical, pages: pages, flaw: flaw, in: world)
    operation.kind = .query
    return operation.normalised(in: world)
  }

  /// An `invalidate` of `pages` pages from page `nested` on. `mmu` counts in vm and memory worlds.
  @inlinable
  public static func invalidate(
    _ nested: UInt64, pages: UInt64 = 1, flaw: Flaw = .none, mmu: Int = 0, in world: World
  ) -> Operation {
    var operation = Operation(.invalidate, at: nested, to: 0, pages: pages)
    operation.flaw = flaw
    operation.mmu = mmu
    return operation.normalised(in: world)
  }

  /// A `fill` of `count` ranges of `pages` pages, `gap` pages apart, from page `canonical` on,
  /// mapped from page `nested` on. `mmu` counts in vm and memory worlds.
  @inlinable
  public static func fill(
    _ canonical: UInt64, nested: UInt64, pages: UInt64 = 1, count: Int, gap: UInt64 = 0,
    mmu: Int = 0, in world: World
  ) -> Operation {
    var operation = Operation(.fill, at: canonical, to: nested, pages: pages)
    operation.count = count
    operation.gap = gap
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
    _ kind: Kind, _ first: UInt64, keys: UInt64 = 1, word: UInt64 = 0, in world: World
  ) -> Operation {
    var operation = Operation(kind, at: first, to: 0, pages: keys)
    operation.treeWord = word
    return operation.normalised(in: world)
  }

  /// A tree operation on the keys `first...last`; a flaw if `last` is below `first`.
  @inlinable
  public static func tree(
    _ kind: Kind, from first: UInt64, to last: UInt64, word: UInt64 = 0, in world: World
  ) -> Operation {
    var operation = Operation(head: UInt64(kind.rawValue), page: first, second: last)
    operation.treeWord = word
    return operation.normalised(in: world)
  }
}
