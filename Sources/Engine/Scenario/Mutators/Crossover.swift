import ReverseMapping

extension Scenario {
  /// Crosses two scenarios: a prefix of `a` followed by a suffix of `b`, or one time in four `a`
  /// with a run of `b` inserted.
  ///
  /// The world is that of `a`, or one time in four that of `b` if both have the same family. The
  /// result is normal and has at most `limit` operations. O(operations).
  public static func crossover(
    _ a: Scenario, _ b: Scenario, limit: Int = Limits.operations, using random: inout SplitMix64
  ) -> Scenario {
    let limit = min(max(0, limit), Limits.operations)
    let isOfB = b.world.family == a.world.family && random.chance(1, in: 4)
    let head = random.index(a.operations.count + 1)
    let start = random.index(b.operations.count + 1)
    var end = b.operations.count
    var tail = a.operations.count
    if random.chance(1, in: 4) {
      end = start + random.index(end - start + 1)
      tail = head
    }
    var result = Scenario(world: isOfB ? b.world : a.world)
    result.operations.reserveCapacity(
      min(limit, head + (end - start) + (a.operations.count - tail)))
    result.append(a.operations[..<head], from: a.world, limit: limit)
    result.append(b.operations[start..<end], from: b.world, limit: limit)
    result.append(a.operations[tail...], from: a.world, limit: limit)
    result.cutFills(keepingOneIn: 64, using: &random)
    result.limitRanges()
    return result
  }

  private mutating func append(_ others: ArraySlice<Operation>, from other: World, limit: Int) {
    for operation in others.prefix(limit - operations.count) {
      operations.append(operation.moved(from: other, to: world))
    }
  }
}
