import ReverseMapping

extension Scenario {
  /// A start of `a` followed by an end of `b`, or one time in four a run of `b` between a start and
  /// the end of `a`; in the world of `a`, or one time in four in that of `b` if it has the family
  /// of `a`. Normal, with at most `limit` operations. O(operations).
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
    result.append(a.operations[..<head], limit: limit)
    result.append(b.operations[start..<end], limit: limit)
    result.append(a.operations[tail...], limit: limit)
    return result
  }

  private mutating func append(_ others: ArraySlice<Operation>, limit: Int) {
    for operation in others.prefix(limit - operations.count) {
      operations.append(operation.normalised(in: world))
    }
  }
}
