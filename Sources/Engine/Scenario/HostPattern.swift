import ReverseMapping

/// What hosts and guests do to a mapping in several steps.
enum HostPattern: UInt8, CaseIterable {
  /// A block is unmapped, and its pages are mapped one by one.
  case split
  /// Pages are mapped one by one, the guest invalidates them all, and a block takes their place.
  case collapse
  /// Part of a block is unmapped, and the rest is mapped again.
  case partialUnmap
  /// Part of a block is invalidated by the guest, and mapped elsewhere.
  case partialInvalidate
  /// Dirty logging: a block is unmapped, a few of its pages are written, and logging ends.
  case dirtyLogging
  /// The memslot of a mapping is removed.
  case removeMemslot
  /// The canonical pages of a mapping are mapped at a second nested address, then unmapped.
  case alias
  /// The guest moves the nested pages of a mapping to other canonical pages.
  case remap

  static func random(using random: inout SplitMix64) -> HostPattern {
    HostPattern(rawValue: UInt8(truncatingIfNeeded: random.below(8))) ?? .split
  }

  /// Appends the pattern for the mapping that `record` makes, in MMU `mmu`. The operations are
  /// normal.
  func append(
    to operations: inout [Operation], for record: Operation, mmu: Int, in world: World,
    using random: inout SplitMix64
  ) {
    var block = record
    block.flaw = .none
    block.mmu = mmu
    if random.chance(1, in: 2) { block.pages = Operation.randomPages(in: world, using: &random) }
    block = block.normalised(in: world)
    func add(_ operation: Operation) { operations.append(operation.normalised(in: world)) }
    func unmap(_ page: UInt64, _ pages: UInt64) -> Operation {
      .unmap(page, pages: pages, in: world)
    }
    func invalidate(_ page: UInt64, _ pages: UInt64) -> Operation {
      // Without a direct map an invalidation changes nothing, and a map world has none.
      world.family.contains(.invalidate)
        ? .invalidate(page, pages: pages, mmu: mmu, in: world) : unmap(block.page, block.pages)
    }
    let small = Self.part(of: block.pages, in: world, using: &random)
    let most: UInt64 = random.chance(1, in: 16) ? 512 : 8
    let count = Int(truncatingIfNeeded: min(most, max(1, block.pages / small)))
    let pages = Operation.fill(
      block.page, nested: block.second, pages: min(small, 1 << 18), count: count, mmu: mmu,
      in: world)
    let offset = small * random.below(max(1, block.pages / small))
    let part = Operation.record(
      block.page &+ offset, nested: block.second &+ offset, pages: small, mmu: mmu, in: world)
    add(block)
    switch self {
    case .split:
      add(unmap(block.page, block.pages))
      add(random.chance(1, in: 4) ? pages : part)
    case .collapse:
      operations.removeLast()
      add(random.chance(1, in: 4) ? pages : part)
      add(invalidate(block.second, block.pages))
      add(block)
    case .partialUnmap:
      add(unmap(part.page, part.pages))
      add(part)
    case .partialInvalidate:
      add(invalidate(part.second, part.pages))
      var elsewhere = part
      elsewhere.page = world.randomPage(using: &random)
      add(elsewhere)
    case .dirtyLogging:
      add(unmap(block.page, block.pages))
      add(part)
      add(.record(block.page, nested: block.second, pages: small, mmu: mmu, in: world))
      add(unmap(block.page, block.pages))
      add(block)
    case .removeMemslot:
      // Memslots begin and end anywhere; most are large and aligned. In a small world, the window.
      let slot = min(world.isWhole ? 1 << (9 + random.below(24)) : .max, world.mostPages)
      let first = world.isWhole ? block.page & ~(slot - 1) : world.firstPage(below: block.page)
      add(unmap(first, slot))
    case .alias:
      var other = block
      other.second =
        random.chance(1, in: 2)
        ? block.second &+ block.pages : world.randomPage(using: &random)
      add(other)
      add(unmap(part.page, part.pages))
    case .remap:
      if random.chance(1, in: 2) { add(invalidate(block.second, block.pages)) }
      var other = block
      other.page =
        random.chance(1, in: 2) ? block.page &+ block.pages : world.randomPage(using: &random)
      add(other)
      add(unmap(block.page, block.pages))
    }
  }

  /// The size of a part of a block of `pages` pages: mostly that of the next smaller block.
  private static func part(
    of pages: UInt64, in world: World, using random: inout SplitMix64
  ) -> UInt64 {
    if world.isWhole {
      let smaller = World.hostBlocks.last { $0 < pages } ?? 1
      return random.chance(3, in: 4) ? smaller : 1
    }
    return random.chance(1, in: 2) ? 1 : max(1, pages / 2)
  }
}
