import ReverseMapping

/// The endless steps of a workload, the same from the same seed.
///
/// It is told nothing of what a map answers, so every map is driven by the same steps, and what a
/// full unmap kills comes back only where the workload faults there again. It takes away what it
/// has mapped before it maps more: `mostMappings` live at the most.
///
/// Pages and blocks are in *slots*: a step empties a slot and fills it with something else.
package struct WorkloadStream {
  /// The most mappings that live at one time, in a shadow stage-2 from which nothing is missed.
  package static let mostMappings = 512

  /// A run of pages that is mapped, or nothing.
  private struct Slot {
    var nested: UInt64 = 0
    var canonical: UInt64 = 0
    var isFilled = false
    var isSplit = false
  }

  /// Blocks in a workload of blocks: with those that are split, and their pages, they are just as
  /// many mappings as there may be.
  private static let blockSlots = (blocks: 386, migration: 134)
  /// Blocks that are split at one time.
  private static let mostSplit = (blocks: 2, migration: 6)
  /// Pages of a split block that are used.
  private static let splitPages: UInt64 = 64

  let workload: Workload
  private var random: SplitMix64
  private var slots: [Slot]
  /// The slot that was filled longest ago, where slots are filled in turn.
  private var oldest = 0
  /// Where the last fault was, or how many pages were used up: a page number.
  private var cursor: UInt64 = 0
  /// The split blocks, those split first in front.
  private var split: [Int] = []
  /// Steps that are decided on, and those of them that were taken.
  private var planned: [WorkloadStep] = []
  private var taken = 0

  /// The steps of `workload` from `seed`. O(mappings).
  init(_ workload: Workload, seed: UInt64) {
    self.workload = workload
    random = SplitMix64(seed: seed)
    let count =
      switch workload {
      case .blocks: Self.blockSlots.blocks
      case .migration: Self.blockSlots.migration
      case .boot, .balloon, .sharing, .churn: Self.mostMappings
      }
    slots = Array(repeating: Slot(), count: count)
  }

  /// The next step. O(1), amortised.
  mutating func next() -> WorkloadStep {
    if taken == planned.count {
      planned.removeAll(keepingCapacity: true)
      taken = 0
      plan()
    }
    taken += 1
    return planned[taken - 1]
  }

  /// Decides on one step or more, at least one of them a record.
  private mutating func plan() {
    switch workload {
    case .boot: boot()
    case .blocks: blocks()
    case .balloon: balloon()
    case .migration: migration()
    case .sharing: sharing()
    case .churn: churn()
    }
  }

  // MARK: - Pages

  private mutating func boot() {
    cursor = random.chance(1, in: 32) ? random.below(GuestMemory.nestedPages) : cursor + 1
    cursor %= GuestMemory.nestedPages
    let slot = nextSlot()
    empty(slot, pages: 1, byUnmap: random.chance(1, in: 32))
    fill(slot, nested: cursor, canonical: GuestMemory.inBlocks(cursor), pages: 1)
  }

  private mutating func balloon() {
    let slot = random.index(slots.count)
    empty(slot, pages: 1, byUnmap: true)
    // A page of L1's that L2 does not use: the host does not know.
    if random.chance(1, in: 4) {
      planned.append(.unmap(GuestMemory.bytes(page: random.below(GuestMemory.canonicalPages))))
    }
    let page = random.below(GuestMemory.nestedPages)
    fill(slot, nested: page, canonical: GuestMemory.scattered(page), pages: 1)
  }

  private mutating func sharing() {
    let slot = random.index(slots.count)
    empty(slot, pages: 1, byUnmap: random.chance(1, in: 8))
    let page = random.below(GuestMemory.nestedPages)
    let other = slots[random.index(slots.count)]
    let isShared = random.chance(1, in: 64) && other.isFilled
    fill(
      slot, nested: page, canonical: isShared ? other.canonical : GuestMemory.scattered(page),
      pages: 1)
  }

  private mutating func churn() {
    let slot = random.index(slots.count)
    cursor += 1
    let nested = UInt64(slot)
    if random.chance(1, in: 16) {
      // The host takes a page that L2 has, and L2 faults it in again; or one that L2 had.
      let old = slots[slot]
      if old.isFilled && random.chance(1, in: 2) {
        empty(slot, pages: 1, byUnmap: true)
        return fill(slot, nested: old.nested, canonical: old.canonical, pages: 1)
      }
      let before = cursor - random.below(min(cursor, 4096))
      planned.append(.unmap(GuestMemory.bytes(page: GuestMemory.scattered(before))))
    }
    empty(slot, pages: 1, byUnmap: false)
    fill(slot, nested: nested, canonical: GuestMemory.scattered(cursor), pages: 1)
  }

  // MARK: - Blocks

  private mutating func blocks() {
    if random.chance(1, in: 64) {
      let slot = random.index(slots.count)
      let isFree = slots[slot].isFilled && !slots[slot].isSplit
      if isFree && split.count < Self.mostSplit.blocks {
        return divide(slot, byUnmap: false, pages: 1 + random.below(Self.splitPages))
      }
      if !split.isEmpty { return join(byUnmap: false) }
    }
    replaceBlock()
  }

  private mutating func migration() {
    for _ in 0..<32 { replaceBlock() }
    while split.count < Self.mostSplit.migration {
      let slot = random.index(slots.count)
      // Early on there may not be enough.
      guard slots[slot].isFilled else { break }
      if !slots[slot].isSplit { divide(slot, byUnmap: true, pages: Self.splitPages) }
    }
    while !split.isEmpty { join(byUnmap: true) }
  }

  /// The block that is there longest goes, and one that has not been there for longest comes.
  private mutating func replaceBlock() {
    let slot = nextSlot()
    if slots[slot].isSplit { split.removeAll { $0 == slot } }
    empty(slot, pages: GuestMemory.blockPages, byUnmap: random.chance(1, in: 4))
    cursor = (cursor + GuestMemory.blockPages) % GuestMemory.nestedPages
    fill(
      slot, nested: cursor, canonical: GuestMemory.inBlocks(cursor),
      pages: GuestMemory.blockPages)
  }

  /// The block goes, and `pages` of its pages come, here and there.
  private mutating func divide(_ slot: Int, byUnmap: Bool, pages: UInt64) {
    let block = slots[slot]
    empty(slot, pages: GuestMemory.blockPages, byUnmap: byUnmap)
    let first = random.below(GuestMemory.blockPages)
    // An odd stride comes to no page twice.
    let stride = 1 + 2 * random.below(4)
    for index in 0..<pages {
      let offset = (first + index * stride) % GuestMemory.blockPages
      planned.append(
        .record(
          GuestMemory.bytes(page: block.canonical + offset),
          nested: GuestMemory.bytes(page: block.nested + offset).start))
    }
    slots[slot] = block
    slots[slot].isSplit = true
    split.append(slot)
  }

  /// The pages of the block that was split first go, and the block comes back.
  private mutating func join(byUnmap: Bool) {
    let slot = split.removeFirst()
    let block = slots[slot]
    empty(slot, pages: GuestMemory.blockPages, byUnmap: byUnmap)
    fill(
      slot, nested: block.nested, canonical: block.canonical, pages: GuestMemory.blockPages)
  }

  // MARK: - Slots

  /// The slot that was filled longest ago, if slots are filled in this order only.
  private mutating func nextSlot() -> Int {
    defer { oldest = (oldest + 1) % slots.count }
    return oldest
  }

  /// Takes away what is in a slot of `pages` pages: the host does, or L1.
  private mutating func empty(_ slot: Int, pages: UInt64, byUnmap: Bool) {
    let old = slots[slot]
    slots[slot] = Slot()
    guard old.isFilled else { return }
    planned.append(
      byUnmap
        ? .unmap(GuestMemory.bytes(page: old.canonical, pages: pages))
        : .invalidate(GuestMemory.bytes(page: old.nested, pages: pages)))
  }

  /// Maps `pages` pages, which an empty slot then holds.
  private mutating func fill(_ slot: Int, nested: UInt64, canonical: UInt64, pages: UInt64) {
    slots[slot] = Slot(nested: nested, canonical: canonical, isFilled: true)
    planned.append(
      .record(
        GuestMemory.bytes(page: canonical, pages: pages),
        nested: GuestMemory.bytes(page: nested).start))
  }
}
