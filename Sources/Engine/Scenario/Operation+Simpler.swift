import ReverseMapping

// What an operation can become when a scenario is made smaller by hand or by a shrinker: the same
// kind of operation with one argument simpler. Of two values of an argument the simpler one is that
// with the lower rank, and ranks go down to 0 only, so that simplifying ends.

extension Operation {
  /// This operation with one argument simpler, in every way that there is, the simplest value of each
  /// argument first: no flaw; a size towards one page; places towards the start of the first window,
  /// and towards `places`; a nested base towards the canonical address; MMUs, words, counts and
  /// seeds towards the first; a context in which code may sleep.
  ///
  /// Each is normal in the normal world `world`, is not this one, and is simpler: following them ends.
  ///
  /// - Parameter places: where other operations are.
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

  /// Where the operation is: the start of its range, and for a record of its nested range, for a
  /// range of far keys of the last key. None if it has no range. O(1).
  public var places: [Place] {
    guard kind.takesRange || kind == .find else { return [] }
    return hasSecondPlace ? [place, secondPlace] : [place]
  }

  /// This operation with each of its places as `move` has it, not yet normal. O(1).
  func moved(by move: (Place) -> Place) -> Operation {
    guard kind.takesRange || kind == .find else { return self }
    var moved = self
    moved.place = move(place)
    if hasSecondPlace { moved.secondPlace = move(secondPlace) }
    return moved
  }

  private var hasSecondPlace: Bool { kind == .record || kind.group == .tree && reach != .near }

  /// How far the arguments are from the simplest, the most important one first.
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

  /// The simplest word is 1, the first that a tree stores.
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
      // As far as the canonical start goes, the nested one may have to come along.
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

  /// Numbers below `number`: 0, half of it, the next lower one.
  private func lower(_ number: UInt64) -> [UInt64] {
    number == 0 ? [] : [0, number / 2, number - 1]
  }

  /// Places with a lower rank than `place`, some of `places` among them.
  private func lower(_ place: Place, _ places: [Place]) -> [Place] {
    let first = Place(window: 0, page: 0)
    let windows = (0..<place.window).map { Place(window: $0, page: place.page) }
    let pages = lower(UInt64(place.page)).map { Place(window: place.window, page: UInt8($0)) }
    return ([first] + windows + places + pages).filter { $0.rank < place.rank }
  }
}

extension Place {
  /// How far the place is from the first of all: windows count more than pages. O(1).
  var rank: UInt64 { UInt64(window) << 8 | UInt64(page) }
}
