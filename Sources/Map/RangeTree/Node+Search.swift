extension Node {
  /// Leaf: the index of the first element whose last key is at or after `key`, or `count`.
  @inlinable
  func position(of key: UInt64) -> Int {
    guard key <= limit else { return count }
    // Some element is at or after the key. A key below the region finds the first; a key above it
    // finds the last, the only one that reaches beyond the region: its offset is `UInt32.max`.
    let offset = key &- base
    let clamped = offset > UInt64(UInt32.max) ? UInt32.max : UInt32(truncatingIfNeeded: offset)
    return countLasts(below: key < base ? 0 : clamped)
  }

  /// A counting loop with a trip count known at compile time, which becomes vector instructions:
  /// faster than halving (45 to 53 ns a lookup at 32 slots), and one basic block.
  @inlinable
  func countLasts(below offset: UInt32) -> Int {
    let lasts = columns.lasts
    var below: UInt32 = 0
    for index in 0..<slots {
      below &+= UInt32(bit(lasts[index] < offset))
    }
    return Int(below)
  }

  /// Leaf: the index after the last element whose first key is at or before `key`, counted up
  /// from `start`, which is right or too low.
  @inlinable
  func end(ofFirstsUpTo key: UInt64, from start: Int) -> Int {
    var index = start
    while index < count, first(at: index) <= key {
      index &+= 1
    }
    return index
  }

  /// Inner node: the index of the first child that holds a key at or after `key`; the last child
  /// if there is none.
  @inlinable @inline(__always)
  func childIndex(of key: UInt64) -> Int {
    let keys = columns.keys
    var start = 0
    var length = slots
    // Keys that are compared together do not wait for each other, as those of a search by halves do:
    // at 32 slots 10 loads in two steps are faster than 5 one after the other.
    while length > 8 {
      let quarter = length / 4
      let below =
        bit(keys[start &+ quarter &- 1] < key) &+ bit(keys[start &+ 2 &* quarter &- 1] < key)
        &+ bit(keys[start &+ 3 &* quarter &- 1] < key)
      start &+= quarter &* Int(below)
      length &-= 3 &* quarter
    }
    var below: UInt8 = 0
    var index = 0
    while index < length &- 1 {
      below &+= bit(keys[start &+ index] < key)
      index &+= 1
    }
    start &+= Int(below)
    // All children but the last were told apart; empty slots hold the highest key.
    return min(start, count &- 1)
  }
}

/// 1 for true. A conditional expression would do, but it becomes a branch, which random keys
/// mispredict every other time and a fuzzing build instruments.
@inlinable @inline(__always)
func bit(_ condition: Bool) -> UInt8 {
  unsafeBitCast(condition, to: UInt8.self)
}
