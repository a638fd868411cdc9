import ReverseMapping

// Simplifications of an operation, for the shrinker: the same kind with one argument simpler. Each
// value of an argument has a rank, and a simpler value has a lower one. Ranks are not negative, so
// simplifying always ends.

extension Operation {
  /// Every version of this operation with one argument simpler, the simplest value of each argument
  /// first.
  ///
  /// Flaws go to none, fills to one range, and sizes towards one page. Pages move towards the start
  /// of the first window, or of the space, and to `pages`. A nested base moves to the canonical
  /// address. MMUs, words, counts and seeds move towards the first. A context becomes `maySleep`.
  ///
  /// Each result is normal in the normal world `world`, and simpler than this operation.
  ///
  /// - Parameter pages: the pages that other operations name.
  /// - Complexity: O(pages).
  public func simpler(in world: World, pages: [UInt64] = []) -> [Operation] {
    var found: [Operation] = []
    let own = rank(in: world)
    for changed in withOneChange(in: world, pages) {
      let candidate = changed.normalised(in: world)
      if candidate.kind == kind, candidate.rank(in: world).lexicographicallyPrecedes(own),
        !found.contains(candidate)
      {
        found.append(candidate)
      }
    }
    return found
  }

  /// The pages in the arguments: the start of the range, and for a record the start of the nested
  /// range, or for a long range of keys the last key. Empty if the operation has no address.
  public func namedPages(in world: World) -> [UInt64] {
    guard kind.takesRange || kind == .find else { return [] }
    return hasSecondPage(in: world) ? [page, second] : [page]
  }

  /// This operation with `move` applied to each of the pages that it names. Not yet normal.
  func moved(in world: World, by move: (UInt64) -> UInt64) -> Operation {
    guard kind.takesRange || kind == .find else { return self }
    var moved = self
    if hasSecondPage(in: world) {
      moved.page = move(page)
      moved.second = move(second)
    } else {
      moved.move(to: move(page))
    }
    return moved
  }

  /// This operation at the same place of another world: `World.page(_:from:)`. Normal there.
  func moved(from old: World, to new: World) -> Operation {
    if old == new { return self }
    return moved(in: old) { new.page($0, from: old) }.normalised(in: new)
  }

  /// Whether the operation names a second page: a record, and a range of keys that is reversed or
  /// longer than a window.
  private func hasSecondPage(in world: World) -> Bool {
    kind.isRecord || kind.group == .tree && isFar(in: world)
  }

  /// Whether this is a range of keys that is reversed or longer than a window.
  private func isFar(in world: World) -> Bool {
    kind.takesRange && !kind.isFill && second &- page >= world.windowPages
  }

  /// The rank of each argument, the most important argument first. 0 is the simplest value.
  func rank(in world: World) -> [UInt64] {
    switch kind.group {
    case .map:
      let nested = kind.isRecord && second != page ? world.rank(ofPage: second) &+ 1 : 0
      return [
        flaw == .none ? 0 : 1, UInt64(count), pages, world.rank(ofPage: page), nested, gap,
        UInt64(mmu),
      ]
    case .tree:
      let isFar = isFar(in: world)
      return [
        isFar ? flaw == .reversed ? 2 : 1 : 0, UInt64(count), isFar ? 0 : pages,
        world.rank(ofPage: page), isFar ? world.rank(ofPage: second) : 0, gap, treeWordRank,
      ]
    case .memory:
      switch kind {
      case .refuse: return [UInt64(faultPlanKind.rawValue), UInt64(planCount), planSeed]
      case .enter: return [UInt64(context.rawValue)]
      default: return [UInt64(mmu)]
      }
    }
  }

  /// The rank of the word. The simplest word is 1, the lowest that a tree accepts.
  private var treeWordRank: UInt64 { treeWord == 1 ? 0 : treeWord + 1 }

  private func withOneChange(in world: World, _ pages: [UInt64]) -> [Operation] {
    switch kind.group {
    case .map: return fillChanges + mapChanges(in: world, pages)
    case .tree: return fillChanges + treeChanges(in: world, pages)
    case .memory: return memoryChanges
    }
  }

  private var fillChanges: [Operation] {
    guard kind.isFill else { return [] }
    return lower(UInt64(count - 1)).map { changing(\.count, to: Int($0) + 1) }
      + lower(gap).map { changing(\.gap, to: $0) }
  }

  private func mapChanges(in world: World, _ pages: [UInt64]) -> [Operation] {
    var changes: [Operation] = []
    if flaw != .none { changes.append(changing(\.flaw, to: .none)) }
    changes += lower(self.pages - 1).map { changing(\.pages, to: $0 + 1) }
    for page in world.lower(page, pages) {
      changes.append(changing(\.page, to: page))
      guard kind.isRecord else { continue }
      // Both starts may have to move by the same distance.
      let distance = self.page &- page
      if world.window(ofPage: second) == world.window(ofPage: self.page), page < self.page,
        second &- world.firstPage(below: second) >= distance
      {
        changes.append(
          changing(\.page, to: page).changing(\.second, to: second &- distance))
      }
      if second == self.page {
        changes.append(changing(\.page, to: page).changing(\.second, to: page))
      }
    }
    if kind.isRecord {
      changes += ([page] + world.lower(second, pages)).map { changing(\.second, to: $0) }
    }
    return changes + lower(UInt64(mmu)).map { changing(\.mmu, to: Int($0)) }
  }

  private func treeChanges(in world: World, _ pages: [UInt64]) -> [Operation] {
    var changes: [Operation] = []
    let isFar = isFar(in: world)
    if isFar {
      changes.append(changing(\.pages, to: 1))
      if flaw == .reversed { changes.append(changing(\.flaw, to: .none)) }
    } else if kind.takesRange {
      changes += lower(self.pages - 1).map { changing(\.pages, to: $0 + 1) }
    }
    for page in world.lower(page, pages) {
      var changed = self
      if isFar { changed.page = page } else { changed.move(to: page) }
      changes.append(changed)
    }
    if isFar { changes += world.lower(second, pages).map { changing(\.second, to: $0) } }
    return changes + ([1] + lower(treeWord)).map { changing(\.treeWord, to: $0) }
  }

  private var memoryChanges: [Operation] {
    switch kind {
    case .refuse:
      let forms = FaultPlanKind.allCases.filter { $0.rawValue < faultPlanKind.rawValue }
      return forms.map { changing(\.faultPlanKind, to: $0) }
        + lower(UInt64(planCount - 1)).map { changing(\.planCount, to: Int($0) + 1) }
        + lower(planSeed).map { changing(\.planSeed, to: $0) }
    case .enter: return [changing(\.context, to: .maySleep)]
    default: return lower(UInt64(mmu)).map { changing(\.mmu, to: Int($0)) }
    }
  }

  private func changing<Value>(
    _ field: WritableKeyPath<Operation, Value>, to value: Value
  ) -> Operation {
    var changed = self
    changed[keyPath: field] = value
    return changed
  }

  private func lower(_ number: UInt64) -> [UInt64] { number.lower }
}

extension UInt64 {
  /// Candidates below this number: 0, and less by each power of two, the largest first. So the
  /// lowest number that still fails is reached in a step for each bit.
  fileprivate var lower: [UInt64] {
    let powers = (0..<(64 - leadingZeroBitCount)).reversed().map { self - 1 << UInt64($0) }
    return powers.first == 0 || self == 0 ? powers : [0] + powers
  }
}

extension World {
  /// How far a page is from the simplest one: windows count more than pages. In a whole world the
  /// page itself.
  func rank(ofPage page: UInt64) -> UInt64 {
    guard let window = window(ofPage: page) else { return page }
    return UInt64(window) << 8 | page &- firstPage(ofWindow: window)
  }

  /// Candidates with a lower rank than `page`, including those of `pages`.
  fileprivate func lower(_ page: UInt64, _ pages: [UInt64]) -> [UInt64] {
    var candidates: [UInt64] = [0]
    if let window = window(ofPage: page) {
      let offset = page &- firstPage(ofWindow: window)
      candidates += (0..<window).map { self.page(offset, ofWindow: $0) } + pages
      if offset > 0 { candidates += [page - offset, page - offset + offset / 2, page - 1] }
    } else if page > 0 {
      // The starts of the blocks around it keep its alignment.
      candidates += pages + Self.hostBlocks.reversed().map { page / $0 * $0 } + page.lower
    }
    return candidates.filter { rank(ofPage: $0) < rank(ofPage: page) }
  }
}
