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
    // Within the run, the copies would be copied.
    if target > start { target = max(target, start + length) }
    // One at a time, so that no copy of the run is allocated. While the target is at or below the
    // source, each insertion also pushes the source up by one.
    var source = start
    for _ in 0..<length {
      scenario.operations.insert(scenario.operations[source], at: target)
      source += target <= source ? 2 : 1
      target += 1
    }
  }
}
