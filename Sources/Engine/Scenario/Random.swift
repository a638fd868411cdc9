import ReverseMapping

// Random worlds, places and operations, drawn without regard to the rest of the scenario. The
// generator and the mutators use them. Everything is normal unless it says otherwise.

extension World {
  /// A world of `family` with random settings. One in three is whole. All window sizes are equally
  /// likely, because small windows make operations collide, and so are all numbers of windows and
  /// MMUs.
  ///
  /// - Parameter isWhole: whether the world is whole, if that is not to be drawn.
  public static func random(
    family: Family, isWhole: Bool? = nil, using random: inout SplitMix64
  ) -> World {
    let bits: UInt8
    switch random.below(4) {
    case 0: bits = 40
    case 1: bits = 48
    case 2: bits = 52
    default: bits = 56
    }
    return World(
      family: family, ipaBits: bits, layout: random.chance(1, in: 2) ? .mailed : .tagged,
      nodeSize: random.chance(3, in: 4) ? .tiny : .production,
      blocks: random.chance(1, in: 3) ? .laminar : .pages,
      windowShift: UInt8(truncatingIfNeeded: 3 + random.below(4)),
      windows: isWhole ?? random.chance(1, in: 3)
        ? 0 : UInt8(truncatingIfNeeded: 1 + random.below(4)),
      hasDirectMap: random.chance(1, in: 2), mmus: UInt8(truncatingIfNeeded: 1 + random.below(4))
    ).normalised()
  }
}

extension World {
  /// A page that an operation may start at.
  ///
  /// In a small world, one of eight draws is the first or the last page of its window. In a whole
  /// world, it is on or near the edge of a block near the start of the space, its end, or a power
  /// of two: where sizes and page numbers outgrow a type, and where levels of a page table meet.
  func randomPage(using random: inout SplitMix64) -> UInt64 {
    if isWhole { return randomWholePage(using: &random) }
    let window = UInt8(truncatingIfNeeded: random.below(UInt64(windows)))
    var offset = random.below(windowPages)
    switch random.below(16) {
    case 0: offset = 0
    case 1: offset = windowPages - 1
    default: break
    }
    return page(offset, ofWindow: window)
  }

  private func randomWholePage(using random: inout SplitMix64) -> UInt64 {
    let bits = UInt64(64 - lastPage.leadingZeroBitCount)
    let block = Self.hostBlocks[random.index(Self.hostBlocks.count)]
    var distance = random.below(4) * block
    var isAbove = random.chance(1, in: 2)
    let anchor: UInt64
    switch random.below(16) {
    case 0..<7:
      anchor = 0
      isAbove = true
    // 2^31 and 2^32 bytes, 2^31 and 2^32 pages, 2^39 and 2^47 bytes.
    case 7..<12: anchor = 1 << Self.anchors[random.index(Self.anchors.count)]
    case 12: anchor = 1 << random.below(bits)
    case 13: anchor = 1 << (bits - 1)
    default:
      // The end of the space; 0 in a space of keys.
      anchor = lastPage &+ 1
      distance += block
      isAbove = false
    }
    let page = isAbove ? anchor &+ distance : anchor &- distance
    switch random.below(8) {
    case 0: return confined(page &+ 1)
    case 1: return confined(page &- 1)
    case 2: return confined(page &+ random.below(16))
    default: return confined(page)
    }
  }

  private static let anchors: [UInt64] = [19, 20, 27, 31, 32, 35]
}

extension Operation {
  /// A number of pages for a range of `world`.
  ///
  /// In a small world half of the time 1, a quarter 2 to 4, otherwise any. In a whole world mostly
  /// a block that hosts map or a few of them; sometimes a power of two, or one page more or less:
  /// often one at which a size outgrows 32 bits, in bytes or in pages.
  static func randomPages(in world: World, using random: inout SplitMix64) -> UInt64 {
    if world.isWhole { return randomWholePages(in: world, using: &random) }
    switch random.below(4) {
    case 0, 1: return 1
    case 2: return 2 + random.below(3)
    // Half of these are powers of two, so that large blocks occur in laminar worlds.
    default:
      return random.chance(1, in: 2)
        ? 1 << random.below(UInt64(world.windowShift) + 1) : 1 + random.below(world.windowPages)
    }
  }

  private static func randomWholePages(
    in world: World, using random: inout SplitMix64
  ) -> UInt64 {
    let block = World.hostBlocks[random.index(World.hostBlocks.count)]
    switch random.below(16) {
    case 0..<4: return 1
    case 4..<9: return block
    case 9: return block &+ 1
    case 10: return max(2, block) &- 1
    case 11: return block * (1 + random.below(8))
    case 12: return 1 + random.below(block)
    default:
      // Up to the space itself. 2^64 keys wrap to 0, and one less to all but the last.
      let bits = UInt64(64 - world.lastPage.leadingZeroBitCount)
      let shift: UInt64
      switch random.below(4) {
      case 0: shift = 20  // 2^32 bytes.
      case 1: shift = min(32, bits - 1)  // 2^32 pages.
      case 2: shift = bits - 1  // Half of the space.
      default: shift = random.below(bits + 1)
      }
      let power: UInt64 = 1 << shift
      return max(1, power &+ random.below(3) &- 1)
    }
  }

  /// A tree word: mostly one of four, so that neighbours have equal words; sometimes 0, a reserved
  /// word, or any word.
  static func randomTreeWord(using random: inout SplitMix64) -> UInt64 {
    switch random.below(16) {
    case 0: return 0
    case 1: return random.below(1024) << 2 | 2
    case 2, 3: return random.below(1 << 24)
    default: return 1 + random.below(4) << 4
    }
  }

  /// A fault plan for `refuse`. Most plans refuse something soon, and do not refuse everything from
  /// then on.
  static func randomFaultPlan(using random: inout SplitMix64) -> FaultPlan {
    let count = random.chance(7, in: 8) ? 1 + random.index(8) : 1 + random.index(64)
    switch random.below(16) {
    case 0: return .none
    case 1...3: return .request(count)
    case 4, 5: return .every(count)
    case 6, 7: return .from(count)
    case 8...10: return .next(count)
    case 11...13:
      return .budget(bytes: random.index(random.chance(7, in: 8) ? 17 : 65) * budgetUnit)
    default: return .chance(parts: 1 << UInt32(28 + random.below(4)), seed: random.below(256))
    }
  }

  /// A flaw for a map operation. It may be one that only records can have.
  static func randomFlaw(using random: inout SplitMix64) -> Flaw {
    Flaw(rawValue: UInt8(truncatingIfNeeded: 1 + random.below(7))) ?? .empty
  }

  /// A kind of `family`. About half of the draws add entries.
  static func randomKind(_ family: World.Family, using random: inout SplitMix64) -> Kind {
    switch family {
    case .map:
      switch random.below(32) {
      case 0..<16: return .record
      case 16..<22: return .unmap
      case 22..<25: return .query
      case 25..<29: return .endFullUnmap
      case 29..<31: return .beginFullUnmap
      default: return .clear
      }
    case .tree:
      switch random.below(64) {
      case 0..<22: return .store
      case 22..<32: return .insert
      case 32..<40: return .erase
      case 40..<46: return .replace
      case 46..<53: return .remove
      case 53..<57: return .find
      case 57..<61: return .list
      case 61, 62: return .clearTree
      default: return .refuse
      }
    case .direct:
      switch random.below(32) {
      case 0..<15: return .record
      case 15..<19: return .unmap
      case 19..<21: return .query
      case 21..<24: return .endFullUnmap
      case 24..<26: return .beginFullUnmap
      case 26..<31: return .invalidate
      default: return .clear
      }
    case .vm:
      switch random.below(64) {
      case 0..<30: return .record
      case 30..<37: return .unmap
      case 37..<40: return .query
      case 40..<46: return .endFullUnmap
      case 46..<49: return .beginFullUnmap
      case 49..<56: return .invalidate
      case 56: return .clear
      case 57: return .tearDown
      case 58, 59: return .create
      case 60: return .handOver
      default: return .refuse
      }
    case .memory:
      switch random.below(64) {
      case 0..<29: return .record
      case 29..<34: return .unmap
      case 34..<36: return .query
      case 36..<41: return .endFullUnmap
      case 41..<44: return .beginFullUnmap
      case 44..<49: return .invalidate
      case 49: return .clear
      case 50: return .tearDown
      case 51: return .create
      case 52: return .handOver
      case 53..<56: return .refuse
      case 56..<59: return .enter
      case 59..<62: return .topUp
      default: return .reclaim
      }
    }
  }

  /// An operation of `world`. One in 32 is flawed, and one tree range in 16 is far.
  public static func random(in world: World, using random: inout SplitMix64) -> Operation {
    .random(randomKind(world.family, using: &random), in: world, using: &random)
  }

  /// An operation of `kind`.
  static func random(
    _ kind: Kind, in world: World, using random: inout SplitMix64
  ) -> Operation {
    var operation = Operation(
      kind, at: world.randomPage(using: &random), to: world.randomPage(using: &random),
      pages: randomPages(in: world, using: &random))
    switch kind.group {
    case .map:
      // In a whole world, most ranges that would end outside the space end with it.
      if world.isWhole, random.chance(7, in: 8) {
        let first = world.lastPage &- min(world.lastPage, operation.pages &- 1)
        operation.page = min(operation.page, first)
        operation.second = min(operation.second, first)
      }
      operation.flaw = random.chance(1, in: 32) ? randomFlaw(using: &random) : .none
      if world.family.isVM { operation.mmu = random.index(Int(world.mmus)) }
    case .tree:
      operation.treeWord = randomTreeWord(using: &random)
      switch random.below(64) {
      case 0, 1:
        operation.second = world.randomPage(using: &random)
        operation.flaw = .reversed
      case 2..<6:
        operation.second = world.randomPage(using: &random)
        operation.flaw = .none
      default: break
      }
    case .memory: operation = randomForMemory(kind, in: world, using: &random)
    }
    return operation.normalised(in: world)
  }

  /// A fill of MMU `mmu`, or of a tree. In a whole world it has up to 512 ranges, but mostly few,
  /// because many take long to run. Otherwise it has as many as fit into a window. Two in three
  /// have no gaps or small ones. Normal.
  static func randomFill(
    in world: World, mmu: Int, using random: inout SplitMix64
  ) -> Operation {
    var operation = Operation(
      world.family == .tree ? .fillTree : .fill, at: world.randomPage(using: &random),
      to: world.randomPage(using: &random), pages: 1)
    if world.isWhole {
      // Blocks of up to 2M, in most spaces, fit beside each other everywhere.
      operation.pages = World.hostBlocks[random.index(random.chance(1, in: 4) ? 7 : 4)]
      operation.count = 1 + random.index(1 << random.index(10))
      switch random.below(3) {
      case 0: operation.gap = operation.pages * random.below(3)
      case 1: operation.gap = random.below(1 << random.below(16))
      default: break
      }
    } else {
      operation.page = world.firstPage(below: operation.page) &+ random.below(4)
      operation.second = world.firstPage(below: operation.second) &+ random.below(4)
      operation.pages = random.chance(3, in: 4) ? 1 : 1 + random.below(3)
      operation.count = 1 + random.index(Int(world.windowPages))
      operation.gap = random.chance(1, in: 2) ? 0 : random.below(3)
    }
    operation.mmu = world.family.isVM ? mmu : 0
    if world.family == .tree { operation.treeWord = randomTreeWord(using: &random) }
    return operation.normalised(in: world)
  }

  /// An operation on memory, of `kind`. Not yet normal.
  private static func randomForMemory(
    _ kind: Kind, in world: World, using random: inout SplitMix64
  ) -> Operation {
    var operation = Operation(kind)
    switch kind {
    case .refuse: operation.faultPlan = randomFaultPlan(using: &random)
    case .enter: operation.context = random.chance(1, in: 2) ? .atomic : .maySleep
    case .topUp: operation.mmu = random.index(Int(world.mmus))
    default: break
    }
    return operation
  }
}
