import ReverseMapping

extension Scenario {
  /// This scenario and `count` operations that have to do with its last one, at most
  /// `Limits.operations` together: records, invalidations, queries and unmaps of the canonical and
  /// nested places that it or an operation which overlaps it names, in the same MMU most often, and
  /// now and then what empties the map.
  /// Normal. For families of maps; others stay as they are. O(operations).
  public func continuedNearby(by count: Int, using random: inout SplitMix64) -> Scenario {
    guard world.family.drivesMaps, let last = operations.last(where: { $0.kind.takesRange }) else {
      return self
    }
    let kin = operations.filter { $0.kind.takesRange && $0.isKin(of: last, in: world) }
    var scenario = self
    for _ in 0..<min(max(0, count), Limits.operations - operations.count) {
      let kin = kin.isEmpty ? last : kin[random.index(kin.count)]
      scenario.operations.append(.echo(of: kin, in: world, using: &random))
    }
    return scenario
  }
}

extension Operation {
  /// Whether the operation names a page, canonical or nested, that `other` names too.
  fileprivate func isKin(of other: Operation, in world: World) -> Bool {
    let own = places(in: world)
    return other.places(in: world).contains { place in own.contains { $0.overlaps(place) } }
  }

  /// The page numbers that the operation names, canonical or nested. What kind they are does not
  /// matter here: the places of a world are few.
  private func places(in world: World) -> [Range<UInt64>] {
    let first = world.pageNumber(of: place)
    let second = world.pageNumber(of: secondPlace)
    return kind == .record
      ? [first..<(first &+ pages), second..<(second &+ pages)] : [first..<(first &+ pages)]
  }

  /// An operation on what `kin` names.
  fileprivate static func echo(
    of kin: Operation, in world: World, using random: inout SplitMix64
  ) -> Operation {
    var echo = kin
    echo.flaw = .none
    // The one place of an invalidation is nested; the nested place of a record is the second.
    let nested = kin.kind == .record ? kin.secondPlace : kin.place
    switch random.below(8) {
    case 0, 1, 2:
      echo.kind = .record
      if random.chance(3, in: 4) || kin.kind != .record {
        echo.secondPlace = .random(in: world, using: &random)
      }
      if random.chance(1, in: 4) { echo.place = .random(in: world, using: &random) }
    case 3, 4:
      echo.kind = world.family.contains(.invalidate) ? .invalidate : .unmap
      if echo.kind == .invalidate { echo.place = nested }
    case 5:
      let kinds: [Operation.Kind] = [.endFullUnmap, .endFullUnmap, .beginFullUnmap, .clear]
      echo.kind = kinds[random.index(kinds.count)]
    case 6: echo.kind = .query
    default: echo.kind = .unmap
    }
    if random.chance(1, in: 8) { echo.mmu = random.index(Int(world.mmus)) }
    return echo.normalised(in: world)
  }
}
