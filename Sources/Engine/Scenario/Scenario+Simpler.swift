import ReverseMapping

// Simplifications of a scenario, for the shrinker. Each one removes or simplifies what a mutator
// could have added. All results are normal.

extension Scenario {
  /// Every scenario that is one step simpler: with one operation less, with a record in place of a
  /// fill, with one setting of the world simpler, or with one argument of one operation simpler. A
  /// failing scenario is *1-minimal* if none of these fails with the same signature.
  ///
  /// O(operations x operations).
  public var simplerByOne: [Scenario] {
    withoutChunks(of: 1) + withRecordsForFills + inSimplerWorlds
      + withSimplerArguments.joined()
  }

  /// This scenario without one chunk of `count` consecutive operations, for each chunk, the last
  /// chunk first. The chunks do not overlap and cover all operations.
  /// O(operations x operations / count).
  public func withoutChunks(of count: Int) -> [Scenario] {
    var end = operations.count
    var shorter: [Scenario] = []
    while end > 0 {
      let start = max(0, end - count)
      shorter.append(without { start..<end ~= $0 })
      end = start
    }
    return shorter
  }

  /// This scenario without the operations after index `step`. O(operations).
  public func upTo(_ step: Int) -> Scenario { without { $0 > step } }

  /// This scenario without one sort of operations: one kind, or those that name one MMU.
  /// O(operations x sorts).
  public var withoutSorts: [Scenario] {
    var shorter: [Scenario] = []
    let kinds = Set(operations.map(\.kind)).sorted { $0.rawValue > $1.rawValue }
    for kind in kinds { shorter.append(without { operations[$0].kind == kind }) }
    if world.family.isVM {
      for mmu in (0..<Int(world.mmus)).reversed() {
        shorter.append(without { operations[$0].kind.namesMMU && operations[$0].mmu == mmu })
      }
    }
    return shorter.filter { $0.operations.count < operations.count }
  }

  /// This scenario without two of its operations, for pairs that can only be removed together, such
  /// as begin and end, or tear-down and create. O(operations^3).
  public var withoutPairs: [Scenario] {
    var shorter: [Scenario] = []
    for second in operations.indices.reversed() {
      for first in (0..<second).reversed() {
        shorter.append(without { $0 == first || $0 == second })
      }
    }
    return shorter
  }

  /// This scenario with the first or the last record, or store, of a fill in place of the fill.
  /// O(operations x operations).
  public var withRecordsForFills: [Scenario] {
    operations.indices.filter { operations[$0].kind.isFill }.flatMap { index in
      let fill = operations[index]
      return Set([0, fill.count - 1]).sorted().map { record in
        var scenario = self
        scenario.operations[index] = fill.one(record).normalised(in: world)
        return scenario
      }
    }
  }

  /// This scenario in every world that has one setting simpler and whose family has all its kinds
  /// of operations. O(operations x settings).
  public var inSimplerWorlds: [Scenario] {
    var simpler: [Scenario] = []
    for world in world.simpler()
    where operations.allSatisfy({ world.family.contains($0.kind) }) {
      var moved = self
      moved.move(to: world)
      simpler.append(moved)
      if world.blocks == .laminar, self.world.blocks == .pages {
        // Ranges that are cut down to blocks may no longer intersect, so also try growing them.
        let blocks = operations.map { operation in
          var block = operation
          if block.kind == .record { block.pages = world.block(above: block.pages) }
          return block
        }
        simpler.append(Scenario(world: world, operations: blocks))
      }
    }
    return simpler
  }

  /// This scenario with one argument of one operation simpler: a list for each operation.
  /// O(operations x operations).
  public var withSimplerArguments: [[Scenario]] {
    let pages = namedPages
    return operations.enumerated().map { index, operation in
      operation.simpler(in: world, pages: pages).map { changed in
        var scenario = self
        scenario.operations[index] = changed
        return scenario
      }
    }
  }

  /// This scenario with one argument simpler in each of two operations, for arguments that have to
  /// change together: both lose the same power of two, or both jump. A list for each pair.
  /// O(operations^2 x operations^2).
  public var withSimplerArgumentPairs: [[Scenario]] {
    let pages = namedPages
    let changes = (Reduction.powers(upTo: .max) + [.jump]).map { reduction in
      operations.map { $0.simpler(in: world, pages: pages, by: reduction) }
    }
    var simpler: [[Scenario]] = []
    for second in operations.indices {
      for first in 0..<second {
        var pair: [Scenario] = []
        for changed in changes {
          for changedFirst in changed[first] {
            for changedSecond in changed[second] {
              var scenario = self
              scenario.operations[first] = changedFirst
              scenario.operations[second] = changedSecond
              pair.append(scenario)
            }
          }
        }
        simpler.append(pair)
      }
    }
    return simpler
  }

  /// This scenario with several operations changed together: an MMU renumbered, everything at one
  /// page moved to another, or everything from one page on moved down. Arguments that have to stay
  /// equal or at the same distance cannot be simplified one at a time. A list for the MMUs, then
  /// one for each page. O(operations x pages^2).
  public var withSimplerPages: [[Scenario]] {
    var simpler: [Scenario] = []
    var lists: [[Scenario]] = []
    if world.family.isVM {
      for mmu in 1..<max(1, Int(world.mmus)) {
        for lower in 0..<mmu {
          simpler.append(
            changed { operation in
              if operation.kind.namesMMU, operation.mmu == mmu { operation.mmu = lower }
            })
        }
      }
    }
    lists.append(simpler)
    let pages = namedPages
    for (index, page) in pages.enumerated() {
      simpler = []
      let window = world.window(ofPage: page)
      let first = world.firstPage(below: page)
      let lower = Reduction.anything.lower(page - first).map { first + $0 }
      for target in [0] + pages[..<index] + lower where target != page {
        simpler.append(moved { $0 == page ? target : $0 })
      }
      // Down to the page before this one, or less far: by multiples of a block, or by a power of 2.
      let isFirst = index == 0 || world.window(ofPage: pages[index - 1]) != window
      let most = page - (isFirst ? first : pages[index - 1])
      var distances = Set(Reduction.anything.lower(most).map { most - $0 })
      if world.isWhole { distances.formUnion(World.hostBlocks.map { most / $0 * $0 }) }
      for distance in distances.sorted(by: >) where distance > 0 {
        simpler.append(
          moved { world.window(ofPage: $0) == window && $0 >= page ? $0 - distance : $0 })
      }
      // Everything in this window into a lower window.
      for lower in 0..<(window ?? 0) where isFirst {
        let start = world.firstPage(ofWindow: lower)
        simpler.append(
          moved { world.window(ofPage: $0) == window ? start &+ ($0 &- first) : $0 })
      }
      lists.append(simpler)
    }
    return lists.map { $0.filter(isSimpler) }
  }

  /// The distinct pages that the operations name, the simplest first.
  private var namedPages: [UInt64] {
    Set(operations.flatMap { $0.namedPages(in: world) }).sorted {
      world.rank(ofPage: $0) < world.rank(ofPage: $1)
    }
  }

  /// This scenario with `move` applied to each page that an operation names.
  private func moved(by move: (UInt64) -> UInt64) -> Scenario {
    changed { $0 = $0.moved(in: world, by: move) }
  }

  /// Whether every operation that differs in `other` is simpler there, and at least one differs.
  /// O(operations).
  private func isSimpler(_ other: Scenario) -> Bool {
    var isSimpler = false
    for (operation, changed) in zip(operations, other.operations) where operation != changed {
      guard changed.rank(in: world).lexicographicallyPrecedes(operation.rank(in: world)) else {
        return false
      }
      isSimpler = true
    }
    return isSimpler
  }

  private func without(_ isLeftOut: (Int) -> Bool) -> Scenario {
    var shorter = self
    shorter.operations = operations.indices.filter { !isLeftOut($0) }.map { operations[$0] }
    return shorter
  }

  private func changed(_ change: (inout Operation) -> Void) -> Scenario {
    var scenario = self
    for index in operations.indices { change(&scenario.operations[index]) }
    scenario.normalise()
    return scenario
  }
}

// MARK: - Worlds

extension World {
  /// Every version of this world with one setting simpler, the simplest value of each setting
  /// first.
  ///
  /// Simpler is a family with fewer operations, fewer MMUs, no direct map, fewer windows, smaller
  /// windows, the layout `mailed`, laminar blocks, production nodes, and 48 bits. Each result is
  /// normal and has a lower rank, so repeated simplifying ends. O(settings).
  public func simpler() -> [World] {
    var found: [World] = []
    for changed in withOneChange() {
      let candidate = changed.normalised()
      if candidate.rank.lexicographicallyPrecedes(rank), !found.contains(candidate) {
        found.append(candidate)
      }
    }
    return found
  }

  /// The rank of each setting, the most important setting first. 0 is the simplest value.
  private var rank: [UInt8] {
    [
      family.rank, mmus, hasDirectMap ? 1 : 0, isWhole ? .max : windows, windowShift,
      layout == .mailed ? 0 : 1, blocks == .laminar ? 0 : 1, nodeSize == .production ? 0 : 1,
      ipaBits == 48 ? 0 : ipaBits,
    ]
  }

  private func withOneChange() -> [World] {
    var changes: [World] = []
    for family in Family.allCases where family.drivesMaps && family.rank < self.family.rank {
      // Several MMUs cannot become a single map.
      if family.isVM || !self.family.isVM || mmus == 1 {
        changes.append(World(self, family: family))
      }
    }
    changes += (1..<max(mmus, 1)).map { changing(\.mmus, to: $0) }
    changes.append(changing(\.hasDirectMap, to: false))
    let fewer = isWhole ? 1...Self.windowCount : 1...max(windows, 1)
    changes += fewer.map { changing(\.windows, to: $0) }
    changes += Self.windowShiftChoices.map { changing(\.windowShift, to: $0) }
    changes.append(changing(\.layout, to: .mailed))
    changes.append(changing(\.blocks, to: .laminar))
    changes.append(changing(\.nodeSize, to: .production))
    return changes + [48, 40, 52].map { changing(\.ipaBits, to: $0) }
  }

  /// `other` with `family` in place of its own.
  private init(_ other: World, family: Family) {
    self = other
    self.family = family
    if family == .map { hasDirectMap = false }
    if family == .direct { hasDirectMap = true }
  }

  private func changing<Value>(
    _ setting: WritableKeyPath<World, Value>, to value: Value
  ) -> World {
    var changed = self
    changed[keyPath: setting] = value
    return changed
  }
}

extension World.Family {
  /// The families of maps ranked by their operations. A tree has no simpler family.
  fileprivate var rank: UInt8 {
    switch self {
    case .map, .tree: return 0
    case .direct: return 1
    case .vm: return 2
    case .memory: return 3
    }
  }
}
