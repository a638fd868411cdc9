import ReverseMapping

extension World {
  /// This world with one setting simpler, in every way that there is, the simplest value of each
  /// first: a machine of fewer features, fewer MMUs, no direct map, fewer windows and smaller ones,
  /// the layout `mailed`, laminar blocks, nodes as in production, 48 bits.
  ///
  /// Each is normal, and simpler in an order without end points but the simplest: following them ends.
  /// O(settings).
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

  /// How far the settings are from the simplest, the most important one first.
  private var rank: [UInt8] {
    [
      family.rank, mmus, hasDirectMap ? 1 : 0, windows, windowShift, layout == .mailed ? 0 : 1,
      blocks == .laminar ? 0 : 1, nodeSize == .production ? 0 : 1, ipaBits == 48 ? 0 : ipaBits,
    ]
  }

  private func withOneChange() -> [World] {
    var changes: [World] = []
    for family in Family.allCases where family.drivesMaps && family.rank < self.family.rank {
      // Several MMUs are no single map.
      if family.isMachine || !self.family.isMachine || mmus == 1 {
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

  /// `other` with another family.
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
  /// Families of maps in the order of what they have; the others have no simpler ones.
  fileprivate var rank: UInt8 {
    switch self {
    case .map, .tree: return 0
    case .direct: return 1
    case .vm: return 2
    case .memory: return 3
    }
  }
}
