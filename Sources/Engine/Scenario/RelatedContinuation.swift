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
    let related = operations.filter { $0.kind.takesRange && $0.overlaps(last) }
    var scenario = self
    for _ in 0..<min(max(0, count), Limits.operations - operations.count) {
      let origin = related.isEmpty ? last : related[random.index(related.count)]
      scenario.operations.append(.related(to: origin, in: world, using: &random))
    }
    return scenario
  }
}

extension Operation {
  /// Whether the operation names a page, canonical or nested, that `other` names too. The two
  /// spaces need not be kept apart here.
  fileprivate func overlaps(_ other: Operation) -> Bool {
    let own = namedPages
    return other.namedPages.contains { pages in
      own.contains { $0.first <= pages.last && pages.first <= $0.last }
    }
  }

  /// The first and last pages that the operation names, canonical and nested.
  private var namedPages: [(first: UInt64, last: UInt64)] {
    kind.isRecord ? [(page, lastPage), (second, lastNestedPage)] : [(page, lastPage)]
  }

  /// An operation on the pages that `origin` names.
  fileprivate static func related(
    to origin: Operation, in world: World, using random: inout SplitMix64
  ) -> Operation {
    let origin = origin.one(random.index(origin.count))
    var operation = origin
    operation.flaw = .none
    // The range of an invalidation is nested.
    let nested = origin.kind == .record ? origin.second : origin.page
    switch random.below(8) {
    case 0, 1, 2:
      operation.kind = .record
      if random.chance(3, in: 4) || origin.kind != .record {
        operation.second = world.randomPage(using: &random)
      }
      if random.chance(1, in: 4) { operation.page = world.randomPage(using: &random) }
    case 3, 4:
      operation.kind = world.family.contains(.invalidate) ? .invalidate : .unmap
      if operation.kind == .invalidate { operation.page = nested }
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
