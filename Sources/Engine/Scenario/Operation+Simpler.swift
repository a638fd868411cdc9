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
    simpler(in: world, pages: pages, by: .anything)
  }

  /// As `simpler`, with the changes of one sort only.
  func simpler(in world: World, pages: [UInt64], by reduction: Reduction) -> [Operation] {
    var found: [Operation] = []
    let own = rank(in: world)
    for changed in changes(by: reduction, in: world, pages) {
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

  private func changes(
    by reduction: Reduction, in world: World, _ pages: [UInt64]
  ) -> [Operation] {
    switch kind.group {
    case .map: return fillChanges(reduction) + mapChanges(reduction, in: world, pages)
    case .tree: return fillChanges(reduction) + treeChanges(reduction, in: world, pages)
    case .memory: return memoryChanges(reduction)
    }
  }

  private func fillChanges(_ reduction: Reduction) -> [Operation] {
    guard kind.isFill else { return [] }
    return reduction.lower(UInt64(count - 1)).map { changing(\.count, to: Int($0) + 1) }
      + reduction.lower(gap).map { changing(\.gap, to: $0) }
  }

  private func mapChanges(
    _ reduction: Reduction, in world: World, _ pages: [UInt64]
  ) -> [Operation] {
    var changes: [Operation] = []
    if reduction.jumps, flaw != .none { changes.append(changing(\.flaw, to: .none)) }
    changes += reduction.lower(self.pages - 1).map { changing(\.pages, to: $0 + 1) }
    for page in reduction.lower(page, pages, in: world) {
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
      if reduction.jumps { changes.append(changing(\.second, to: page)) }
      changes += reduction.lower(second, pages, in: world).map { changing(\.second, to: $0) }
    }
    return changes + reduction.lower(UInt64(mmu)).map { changing(\.mmu, to: Int($0)) }
  }

  private func treeChanges(
    _ reduction: Reduction, in world: World, _ pages: [UInt64]
  ) -> [Operation] {
    var changes: [Operation] = []
    let isFar = isFar(in: world)
    if isFar {
      if reduction.jumps { changes.append(changing(\.pages, to: 1)) }
      if reduction.jumps, flaw == .reversed { changes.append(changing(\.flaw, to: .none)) }
    } else if kind.takesRange {
      changes += reduction.lower(self.pages - 1).map { changing(\.pages, to: $0 + 1) }
    }
    for page in reduction.lower(page, pages, in: world) {
      var changed = self
      if isFar { changed.page = page } else { changed.move(to: page) }
      changes.append(changed)
    }
    if isFar {
      changes += reduction.lower(second, pages, in: world).map { changing(\.second, to: $0) }
    }
    if reduction.jumps { changes.append(changing(\.treeWord, to: 1)) }
    return changes + reduction.lower(treeWord).map { changing(\.treeWord, to: $0) }
  }

  private func memoryChanges(_ reduction: Reduction) -> [Operation] {
    switch kind {
    case .refuse:
      let forms = FaultPlanKind.allCases.filter {
        reduction.jumps && $0.rawValue < faultPlanKind.rawValue
      }
      return forms.map { changing(\.faultPlanKind, to: $0) }
        + reduction.lower(UInt64(planCount - 1)).map { changing(\.planCount, to: Int($0) + 1) }
        + reduction.lower(planSeed).map { changing(\.planSeed, to: $0) }
    case .enter: return reduction.jumps ? [changing(\.context, to: .maySleep)] : []
    default: return reduction.lower(UInt64(mmu)).map { changing(\.mmu, to: Int($0)) }
    }
  }

  private func changing<Value>(
    _ field: WritableKeyPath<Operation, Value>, to value: Value
  ) -> Operation {
    var changed = self
    changed[keyPath: field] = value
    return changed
  }
}

/// How arguments become simpler.
enum Reduction: Equatable {
  /// In both of the ways below, by any power.
  case anything
  /// Numbers to 0 and to a half; pages also to other pages and to the starts of blocks; other
  /// arguments to every simpler value.
  case jump
  /// Numbers by 2 to this power; other arguments not at all.
  case power(Int)

  /// Whether it is more than a power.
  var jumps: Bool { if case .power = self { false } else { true } }

  /// Candidates below `number`, the lowest first. The lowest number that still fails is reached in
  /// a step for each bit, because each power of two is taken away, the largest first.
  func lower(_ number: UInt64) -> [UInt64] {
    switch self {
    case .jump: return number < 2 ? [UInt64](repeating: 0, count: Int(number)) : [0, number / 2]
    case .power(let power): return number >> UInt64(power) > 0 ? [number - 1 << UInt64(power)] : []
    case .anything:
      let powers = Self.powers(upTo: number).flatMap { $0.lower(number) }
      return Set(powers + Self.jump.lower(number)).sorted()
    }
  }

  /// The powers of two that can be taken from `number`, the largest first.
  static func powers(upTo number: UInt64) -> [Reduction] {
    (0..<(64 - number.leadingZeroBitCount)).reversed().map { .power($0) }
  }
}

extension World {
  /// How far a page is from the simplest one: windows count more than pages. In a whole world the
  /// page itself.
  func rank(ofPage page: UInt64) -> UInt64 {
    guard let window = window(ofPage: page) else { return page }
    return UInt64(window) << 8 | page &- firstPage(ofWindow: window)
  }

}

extension Reduction {
  /// Candidates with a lower rank than `page`, including those of `pages`.
  fileprivate func lower(_ page: UInt64, _ pages: [UInt64], in world: World) -> [UInt64] {
    let window = world.window(ofPage: page)
    let first = world.firstPage(below: page)
    var candidates = lower(page - first).map { first + $0 }
    if !jumps { return candidates }
    if let window {
      candidates += (0..<window).map { world.page(page - first, ofWindow: $0) }
    } else {
      // The starts of the blocks around it keep its alignment.
      candidates += World.hostBlocks.reversed().map { page / $0 * $0 }
    }
    candidates += [0] + pages
    let own = world.rank(ofPage: page)
    return Set(candidates).filter { world.rank(ofPage: $0) < own }.sorted {
      world.rank(ofPage: $0) < world.rank(ofPage: $1)
    }
  }
}
