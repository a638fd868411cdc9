import ReverseMapping

// Records and invalidations that are related to earlier records.

extension ScenarioGenerator {
  /// A record, mostly next to, at or over the range of an earlier one. Not yet normal.
  func record(after previous: [Operation], using random: inout SplitMix64) -> Operation {
    let fresh = Operation.random(.record, in: world, using: &random)
    var old = old(previous, using: &random)
    if old.kind != .record {
      // An unmap has only a canonical range: the page is mapped again after it was unmapped. An
      // invalidation has only a nested range.
      old.second = old.kind == .invalidate ? old.page : fresh.second
      old.kind = .record
    }
    old.flaw = .none
    if world.hasDirectMap, random.chance(1, in: 4) {
      // The case that the direct map exists for: the nested range, or part of it, is remapped.
      return random.chance(2, in: 3)
        ? remapped(old, fresh) : overlappingNested(old, fresh, using: &random)
    }
    switch random.below(overlaps ? 16 : 10) {
    case 0, 1, 2: return fresh
    case 3, 4: return model.anyKnownRecord(near: mmu, using: &random) ?? old
    case 5: return shared(old, fresh)
    case 6: return remapped(old, fresh)
    case 7, 8: return after(old, fresh, keepsSize: random.chance(1, in: 2)) ?? fresh
    case 9: return before(old, fresh) ?? fresh
    case 10,
      11 where world.blocks == .pages:
      return overlapping(old, fresh, using: &random)
    case 12: return inside(old, fresh, using: &random)
    default: return spanning(old, fresh, using: &random)
    }
  }

  /// The same canonical range at another nested address: page sharing.
  private func shared(_ old: Operation, _ fresh: Operation) -> Operation {
    var operation = old
    operation.second = fresh.second
    return operation
  }

  /// The same nested range for another canonical address: the guest changed its page tables.
  private func remapped(_ old: Operation, _ fresh: Operation) -> Operation {
    var operation = old
    operation.page = fresh.page
    return operation
  }

  /// A nested range that starts in the old one or just below it, for another canonical address.
  private func overlappingNested(
    _ old: Operation, _ fresh: Operation, using random: inout SplitMix64
  ) -> Operation {
    var operation = fresh
    let page = old.second &+ random.below(old.pages + 1)
    operation.second = max(world.firstPage(below: old.second) + 1, page) - 1
    operation.pages = max(2, fresh.pages)
    return operation
  }

  /// An invalidation, mostly of a nested range that is mapped: all of it, part of it, or more. Not
  /// yet normal.
  func invalidate(
    after previous: [Operation], using random: inout SplitMix64
  ) -> Operation {
    let old = model.anyKnownRecord(near: mmu, using: &random) ?? old(previous, using: &random)
    var operation = Operation(.invalidate)
    operation.page = old.kind == .record ? old.second : old.page
    operation.pages = old.pages
    switch random.below(8) {
    case 0: return .random(.invalidate, in: world, using: &random)
    case 1, 2:
      // The lower or the upper half.
      operation.pages = max(1, old.pages / 2)
      if random.chance(1, in: 2) {
        operation.page &+= old.pages - operation.pages
      }
    case 3:
      operation.page &+= random.below(old.pages)
      operation.pages = 1
    case 4, 5:
      let below = min(
        random.below(3), operation.page - world.firstPage(below: operation.page))
      operation.page -= below
      operation.pages = min(world.mostPages, old.pages + below + random.below(3))
    default: break
    }
    return operation
  }

  /// A record of the range just above that of `old`, in the nested space too if that fits. Nil if
  /// `old` ends at the end of its window or of the space.
  private func after(_ old: Operation, _ fresh: Operation, keepsSize: Bool) -> Operation? {
    var operation = keepsSize ? old : fresh
    let (page, second) = (old.page &+ old.pages, old.second &+ old.pages)
    guard page <= world.lastPage(above: old.page) else { return nil }
    operation.page = page
    operation.second = second <= world.lastPage(above: old.second) ? second : fresh.second
    return operation
  }

  /// A record of a range, of at least one page, that ends just below that of `old`. Nil if `old`
  /// starts at the start of its window or of the space.
  private func before(_ old: Operation, _ fresh: Operation) -> Operation? {
    let room = old.page - world.firstPage(below: old.page)
    guard room > 0 else { return nil }
    var operation = fresh
    // A larger block would be aligned down and so not end where the old one starts.
    operation.pages = min(world.blocks == .laminar ? old.pages : fresh.pages, room)
    operation.page = old.page - operation.pages
    return operation
  }

  /// A range that starts in the old range.
  private func overlapping(
    _ old: Operation, _ fresh: Operation, using random: inout SplitMix64
  ) -> Operation {
    var operation = fresh
    operation.page = old.page &+ random.below(old.pages)
    return operation
  }

  /// A range that starts in the old range and is no longer than it.
  private func inside(
    _ old: Operation, _ fresh: Operation, using random: inout SplitMix64
  ) -> Operation {
    var operation = overlapping(old, fresh, using: &random)
    operation.pages = 1 + random.below(old.pages)
    return operation
  }

  /// A range from the start of the lower of two ranges to one page into the higher one, over every
  /// gap between them. In a laminar world, the smallest block that contains both starts.
  private func spanning(
    _ old: Operation, _ fresh: Operation, using random: inout SplitMix64
  ) -> Operation {
    var other = old
    // Try up to eight times for another range in the same window.
    let window = world.window(ofPage: old.page)
    for _ in 0..<8 where other.page == old.page || world.window(ofPage: other.page) != window {
      other = model.anyRecord(near: mmu, using: &random) ?? hot[random.index(hot.count)]
    }
    if world.window(ofPage: other.page) != window { other = old }
    var operation = fresh
    let (low, high) = (min(old.page, other.page), max(old.page, other.page))
    operation.page = low
    operation.pages = high - low + 1
    if world.blocks == .laminar { operation.pages = world.block(containing: low, high) }
    return operation
  }
}
