import ReverseMapping

// Simplifications of a scenario, for the shrinker. Each one removes or simplifies what a mutator
// could have added. All results are normal.

extension Scenario {
  /// Every scenario that is one step simpler: with one operation less, with one setting of the
  /// world simpler, or with one argument of one operation simpler. A failing scenario is
  /// *1-minimal* if none of these fails with the same signature.
  ///
  /// O(operations x operations).
  public var simplerByOne: [Scenario] {
    withoutChunks(of: 1) + inSimplerWorlds + withSimplerArguments
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

  /// This scenario in every world that has one setting simpler and whose family has all its kinds
  /// of operations. O(operations x settings).
  public var inSimplerWorlds: [Scenario] {
    var simpler: [Scenario] = []
    for world in world.simpler()
    where operations.allSatisfy({ world.family.contains($0.kind) }) {
      simpler.append(Scenario(world: world, operations: operations))
      if world.blocks == .laminar, self.world.blocks == .pages {
        // Ranges that are cut down to blocks may no longer intersect, so also try growing them.
        let blocks = operations.map { operation in
          var block = operation
          if block.kind == .record { block.pages = block.pages.roundedUpToPowerOfTwo }
          return block
        }
        simpler.append(Scenario(world: world, operations: blocks))
      }
    }
    return simpler
  }

  /// This scenario with one argument of one operation simpler. O(operations x operations).
  public var withSimplerArguments: [Scenario] {
    let places = places
    var simpler: [Scenario] = []
    for (index, operation) in operations.enumerated() {
      for changed in operation.simpler(in: world, places: places) {
        var scenario = self
        scenario.operations[index] = changed
        simpler.append(scenario)
      }
    }
    return simpler
  }

  /// This scenario with one argument simpler in each of two operations, for arguments that have to
  /// change together. O(operations^2 x operations^2).
  public var withSimplerArgumentPairs: [Scenario] {
    let places = places
    let changes = operations.map { $0.simpler(in: world, places: places) }
    var simpler: [Scenario] = []
    for second in operations.indices {
      for first in 0..<second {
        for changedFirst in changes[first] {
          for changedSecond in changes[second] {
            var scenario = self
            scenario.operations[first] = changedFirst
            scenario.operations[second] = changedSecond
            simpler.append(scenario)
          }
        }
      }
    }
    return simpler
  }

  /// This scenario with several operations changed together: an MMU renumbered, everything at one
  /// place moved to another, or everything from one place on moved down. Arguments that have to
  /// stay equal or at the same distance cannot be simplified one at a time. O(operations x
  /// places^2).
  public var withSimplerPlaces: [Scenario] {
    var simpler: [Scenario] = []
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
    let places = places
    for (index, place) in places.enumerated() {
      let first = Place(window: 0, page: 0)
      var targets = [first] + places[..<index]
      if place.page > 0 { targets.append(Place(window: place.window, page: place.page - 1)) }
      for target in targets where target != place {
        simpler.append(changed { $0 = $0.moved { $0 == place ? target : $0 } })
      }
      // Down to the place before this one, or by one page.
      let before =
        index > 0 && places[index - 1].window == place.window ? places[index - 1].page : 0
      for distance in Set([place.page - before, 1]).sorted(by: >)
      where distance > 0 && distance <= place.page {
        simpler.append(
          changed {
            $0 = $0.moved {
              $0.window == place.window && $0.page >= place.page
                ? Place(window: $0.window, page: $0.page - distance) : $0
            }
          })
      }
      // Everything in this window into a lower window.
      for window in 0..<place.window where index == 0 || places[index - 1].window != place.window {
        simpler.append(
          changed {
            $0 = $0.moved {
              $0.window == place.window ? Place(window: window, page: $0.page) : $0
            }
          })
      }
    }
    return simpler.filter { isSimpler($0) }
  }

  /// The distinct places of the operations, ascending by window and page.
  private var places: [Place] {
    Set(operations.flatMap(\.places)).sorted { $0.rank < $1.rank }
  }

  /// Whether every operation that differs in `other` is simpler there, and at least one differs.
  /// O(operations).
  private func isSimpler(_ other: Scenario) -> Bool {
    var isSimpler = false
    for (operation, changed) in zip(operations, other.operations) where operation != changed {
      guard changed.rank.lexicographicallyPrecedes(operation.rank) else { return false }
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

extension UInt64 {
  /// The lowest power of two that is not below this number; 1 for 0.
  fileprivate var roundedUpToPowerOfTwo: UInt64 {
    self <= 1 ? 1 : 1 << UInt64(UInt64.bitWidth - (self - 1).leadingZeroBitCount)
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
      family.rank, mmus, hasDirectMap ? 1 : 0, windows, windowShift, layout == .mailed ? 0 : 1,
      blocks == .laminar ? 0 : 1, nodeSize == .production ? 0 : 1, ipaBits == 48 ? 0 : ipaBits,
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
    changes += (1..<max(windows, 1)).map { changing(\.windows, to: $0) }
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
