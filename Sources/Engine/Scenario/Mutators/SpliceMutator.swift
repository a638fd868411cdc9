import ReverseMapping

/// Copies a run of up to eight operations to another point of the same scenario.
enum SpliceMutator {
  /// The most operations that one splice copies.
  private static let longest = 8

  static func apply(to scenario: inout Scenario, using random: inout SplitMix64, limit: Int) {
    let count = scenario.operations.count
    let room = min(limit - count, longest)
    guard count > 1, room > 0 else {
      InsertMutator.apply(to: &scenario, using: &random, limit: limit)
      return
    }
    let start = random.index(count)
    let length = 1 + random.index(min(room, count - start))
    var target = random.index(count + 1)
    // A target inside the run would copy the copies.
    if target > start { target = max(target, start + length) }
    // One at a time, which needs no temporary copy of the run. While the target is at or below the
    // source, each insertion also shifts the source up by one.
    var source = start
    for _ in 0..<length {
      scenario.operations.insert(scenario.operations[source], at: target)
      source += target <= source ? 2 : 1
      target += 1
    }
  }
}
