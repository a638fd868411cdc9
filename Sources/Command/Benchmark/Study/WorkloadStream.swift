import ReverseMapping
import Traces

/// The endless stream of a workload's events, determined by the seed.
///
/// The stream does not depend on a map's answers. So every map takes the same steps, and a mapping
/// that a full unmap kills comes back only if the workload happens to fault there again. The stream
/// removes mappings before it adds more, so that at most `mostMappings` are live.
///
/// Pages and blocks live in *slots*: a step empties a slot and fills it with another range.
package struct WorkloadStream {
  /// The maximum of live mappings, in a shadow stage-2 whose unmaps miss none.
  package static let mostMappings = 512

  /// A mapped run of pages, or an empty slot.
  private struct Slot {
    var nested: UInt64 = 0
    var canonical: UInt64 = 0
    var isFilled = false
    var isSplit = false
  }

  /// The number of blocks in a workload of blocks. Together with the pages of split blocks they
  /// make at most `mostMappings` mappings.
  private static let blockSlots = (blocks: 386, migration: 134)
  /// The maximum of blocks that are split at one time.
  private static let mostSplit = (blocks: 2, migration: 6)
  /// The maximum of pages that a split block is replaced by.
  private static let splitPages: UInt64 = 64

  let workload: Workload
  private var random: SplitMix64
  private var slots: [Slot]
  /// The slot that was filled longest ago, if slots are filled in turn.
  private var oldest = 0
  /// The page number of the last fault, or the number of pages used so far.
  private var cursor: UInt64 = 0
  /// The slots of the split blocks, in the order in which they were split.
  private var split: [Int] = []
  /// The planned steps, and how many of them were taken.
  private var planned: [HostEvent] = []
  private var taken = 0

  /// The steps of `workload` with `seed`. O(mappings).
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

  /// Returns the next step.
  mutating func next() -> HostEvent {
    if taken == planned.count {
      planned.removeAll(keepingCapacity: true)
      taken = 0
      plan()
    }
    taken += 1
    return planned[taken - 1]
  }

  /// Plans one or more steps, at least one of them a record.
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
    // The host may also take a page of L1 that L2 does not use; it cannot know.
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
      // The host takes a page that L2 uses, and L2 faults it in again; or a page that L2 used
      // before.
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
      // At first there may not be enough blocks.
      guard slots[slot].isFilled else { break }
      if !slots[slot].isSplit { divide(slot, byUnmap: true, pages: Self.splitPages) }
    }
    while !split.isEmpty { join(byUnmap: true) }
  }

  /// Replaces the block that was mapped longest ago by the next one in address order.
  private mutating func replaceBlock() {
    let slot = nextSlot()
    if slots[slot].isSplit { split.removeAll { $0 == slot } }
    empty(slot, pages: GuestMemory.blockPages, byUnmap: random.chance(1, in: 4))
    cursor = (cursor + GuestMemory.blockPages) % GuestMemory.nestedPages
    fill(
      slot, nested: cursor, canonical: GuestMemory.inBlocks(cursor),
      pages: GuestMemory.blockPages)
  }

  /// Unmaps the block in `slot` and maps `pages` of its pages, scattered.
  private mutating func divide(_ slot: Int, byUnmap: Bool, pages: UInt64) {
    let block = slots[slot]
    empty(slot, pages: GuestMemory.blockPages, byUnmap: byUnmap)
    let first = random.below(GuestMemory.blockPages)
    // An odd stride visits no page twice.
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

  /// Unmaps the pages of the block that was split first and maps the block again.
  private mutating func join(byUnmap: Bool) {
    let slot = split.removeFirst()
    let block = slots[slot]
    empty(slot, pages: GuestMemory.blockPages, byUnmap: byUnmap)
    fill(
      slot, nested: block.nested, canonical: block.canonical, pages: GuestMemory.blockPages)
  }

  // MARK: - Slots

  /// The slot that was filled longest ago, provided that slots are filled in this order only.
  private mutating func nextSlot() -> Int {
    defer { oldest = (oldest + 1) % slots.count }
    return oldest
  }

  /// Empties a slot of `pages` pages: with an unmap by the host, or an invalidation by L1.
  private mutating func empty(_ slot: Int, pages: UInt64, byUnmap: Bool) {
    let old = slots[slot]
    slots[slot] = Slot()
    guard old.isFilled else { return }
    planned.append(
      byUnmap
        ? .unmap(GuestMemory.bytes(page: old.canonical, pages: pages))
        : .invalidate(GuestMemory.bytes(page: old.nested, pages: pages)))
  }

  /// Maps `pages` pages and puts them into an empty slot.
  private mutating func fill(_ slot: Int, nested: UInt64, canonical: UInt64, pages: UInt64) {
    slots[slot] = Slot(nested: nested, canonical: canonical, isFilled: true)
    planned.append(
      .record(
        GuestMemory.bytes(page: canonical, pages: pages),
        nested: GuestMemory.bytes(page: nested).start))
  }
}
