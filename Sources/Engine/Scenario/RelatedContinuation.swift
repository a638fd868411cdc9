import ReverseMapping

extension Scenario {
  /// This scenario followed by `count` operations that are related to its last operation with a
  /// range, at most `Limits.operations` together.
  ///
  /// The new operations are records, invalidations, queries and unmaps of the canonical and nested
  /// places of that operation or of one that overlaps it, mostly in the same MMU. Some empty the
  /// map. The result is normal. Scenarios of trees are returned unchanged. O(operations).
  public func continuedNearby(by count: Int, using random: inout SplitMix64) -> Scenario {
    guard world.family.drivesMaps, let last = operations.last(where: { $0.kind.takesRange }) else {
      return self
    }
    let related = operations.filter { $0.kind.takesRange && $0.overlaps(last, in: world) }
    var scenario = self
    for _ in 0..<min(max(0, count), Limits.operations - operations.count) {
      let origin = related.isEmpty ? last : related[random.index(related.count)]
      scenario.operations.append(.related(to: origin, in: world, using: &random))
    }
    return scenario
  }
}

extension Operation {
  /// Whether the operation names a page, canonical or nested, that `other` names too.
  fileprivate func overlaps(_ other: Operation, in world: World) -> Bool {
    let own = places(in: world)
    return other.places(in: world).contains { place in own.contains { $0.overlaps(place) } }
  }

  /// The page numbers that the operation names, canonical and nested. The two spaces need not be
  /// kept apart here, because a world has few places.
  private func places(in world: World) -> [Range<UInt64>] {
    let first = world.pageNumber(of: place)
    let second = world.pageNumber(of: secondPlace)
    return kind == .record
      ? [first..<(first &+ pages), second..<(second &+ pages)] : [first..<(first &+ pages)]
  }

  /// An operation on the places that `origin` names.
  fileprivate static func related(
    to origin: Operation, in world: World, using random: inout SplitMix64
  ) -> Operation {
    var operation = origin
    operation.flaw = .none
    // The place of an invalidation is nested. The nested place of a record is the second.
    let nested = origin.kind == .record ? origin.secondPlace : origin.place
    switch random.below(8) {
    case 0, 1, 2:
      operation.kind = .record
      if random.chance(3, in: 4) || origin.kind != .record {
        operation.secondPlace = .random(in: world, using: &random)
      }
      if random.chance(1, in: 4) { operation.place = .random(in: world, using: &random) }
    case 3, 4:
      operation.kind = world.family.contains(.invalidate) ? .invalidate : .unmap
      if operation.kind == .invalidate { operation.place = nested }
    case 5:
      let kinds: [Operation.Kind] = [.endFullUnmap, .endFullUnmap, .beginFullUnmap, .clear]
      operation.kind = kinds[random.index(kinds.count)]
    case 6: operation.kind = .query
    default: operation.kind = .unmap
    }
    if random.chance(1, in: 8) { operation.mmu = random.index(Int(world.mmus)) }
    return operation.normalised(in: world)
  }
}
