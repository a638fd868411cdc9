import ReverseMapping

// Simplifications of an operation, for the shrinker: the same kind with one argument simpler. Each
// value of an argument has a rank, and a simpler value has a lower one. Ranks are not negative, so
// simplifying always ends.

extension Operation {
  /// Every version of this operation with one argument simpler, the simplest value of each argument
  /// first.
  ///
  /// Flaws go to none, and sizes towards one page. Places move towards the start of the first
  /// window and to `places`. A nested base moves to the canonical address. MMUs, words, counts and
  /// seeds move towards the first. A context becomes `maySleep`.
  ///
  /// Each result is normal in the normal world `world`, and simpler than this operation.
  ///
  /// - Parameter places: the places of other operations.
  /// - Complexity: O(places).
  public func simpler(in world: World, places: [Place] = []) -> [Operation] {
    var found: [Operation] = []
    let own = rank
    for changed in withOneChange(places) {
      let candidate = changed.normalised(in: world)
      if candidate.kind == kind, candidate.rank.lexicographicallyPrecedes(own),
        !found.contains(candidate)
      {
        found.append(candidate)
      }
    }
    return found
  }

  /// The places in the arguments: the start of the range, and for a record the start of the nested
  /// range, or for a far tree range the last key. Empty if the operation has no address.
  public var places: [Place] {
    guard kind.takesRange || kind == .find else { return [] }
    return hasSecondPlace ? [place, secondPlace] : [place]
  }

  /// This operation with `move` applied to each of its places. Not yet normal.
  func moved(by move: (Place) -> Place) -> Operation {
    guard kind.takesRange || kind == .find else { return self }
    var moved = self
    moved.place = move(place)
    if hasSecondPlace { moved.secondPlace = move(secondPlace) }
    return moved
  }

  private var hasSecondPlace: Bool { kind == .record || kind.group == .tree && reach != .near }

  /// The rank of each argument, the most important argument first. 0 is the simplest value.
  var rank: [UInt64] {
    switch kind.group {
    case .map:
      let nested = kind == .record && secondPlace != place ? secondPlace.rank + 1 : 0
      return [flaw == .none ? 0 : 1, pages, place.rank, nested, UInt64(mmu)]
    case .tree:
      let last = reach == .near ? 0 : secondPlace.rank
      return [
        reach == .near ? 0 : UInt64(reach.rawValue), pages, place.rank, last, treeWordRank,
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

  private func withOneChange(_ places: [Place]) -> [Operation] {
    switch kind.group {
    case .map: return mapChanges(places)
    case .tree: return treeChanges(places)
    case .memory: return memoryChanges
    }
  }

  private func mapChanges(_ places: [Place]) -> [Operation] {
    var changes: [Operation] = []
    if flaw != .none { changes.append(changing(\.flaw, to: .none)) }
    changes += lower(pages - 1).map { changing(\.pages, to: $0 + 1) }
    for place in lower(place, places) {
      changes.append(changing(\.place, to: place))
      // Both starts may have to move by the same distance.
      if kind == .record, secondPlace.window == self.place.window,
        place.window == self.place.window, secondPlace.page >= self.place.page - place.page
      {
        var both = changing(\.place, to: place)
        both.secondPlace.page -= self.place.page - place.page
        changes.append(both)
      }
      if kind == .record, secondPlace == self.place {
        changes.append(changing(\.place, to: place).changing(\.secondPlace, to: place))
      }
    }
    if kind == .record {
      changes += ([place] + lower(secondPlace, places)).map { changing(\.secondPlace, to: $0) }
    }
    return changes + lower(UInt64(mmu)).map { changing(\.mmu, to: Int($0)) }
  }

  private func treeChanges(_ places: [Place]) -> [Operation] {
    var changes: [Operation] = []
    if reach != .near { changes.append(changing(\.reach, to: .near)) }
    if reach == .reversed { changes.append(changing(\.reach, to: .far)) }
    changes += lower(pages - 1).map { changing(\.pages, to: $0 + 1) }
    changes += lower(place, places).map { changing(\.place, to: $0) }
    if reach != .near {
      changes += lower(secondPlace, places).map { changing(\.secondPlace, to: $0) }
    }
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

  /// Candidates below `number`: 0, half of it, and one less.
  private func lower(_ number: UInt64) -> [UInt64] {
    number == 0 ? [] : [0, number / 2, number - 1]
  }

  /// Candidates with a lower rank than `place`, including those of `places`.
  private func lower(_ place: Place, _ places: [Place]) -> [Place] {
    let first = Place(window: 0, page: 0)
    let windows = (0..<place.window).map { Place(window: $0, page: place.page) }
    let pages = lower(UInt64(place.page)).map { Place(window: place.window, page: UInt8($0)) }
    return ([first] + windows + places + pages).filter { $0.rank < place.rank }
  }
}

extension Place {
  /// The distance from the first place. Windows count more than pages.
  var rank: UInt64 { UInt64(window) << 8 | UInt64(page) }
}
