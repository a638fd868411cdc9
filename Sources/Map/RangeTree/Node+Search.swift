import CRangeTree

extension Node {
  /// Leaf: the index of the first element whose last key is at or after `key`, or `count`.
  @inlinable @inline(__always)
  func position(of key: UInt64) -> Int {
    guard key <= limit else { return count }
    let own = region
    let asked = Region.of(key)
    if asked == own { return countLasts(below: UInt32(truncatingIfNeeded: key)) }
    // Some element ends at or after the key. A key below the region finds the first element. A key
    // above it finds the last one, because only the last element reaches beyond the region.
    return asked < own ? 0 : count &- 1
  }

  /// The number of elements whose last key has an offset below `offset`.
  ///
  /// The trip count is known at compile time, so the loop compiles to vector instructions. That is
  /// faster than binary search (45 against 53 ns per lookup at 32 slots), and it is one basic
  /// block.
  @inlinable @inline(__always)
  func countLasts(below offset: UInt32) -> Int {
    let lasts = columns.lasts
    var below: UInt32 = 0
    for index in 0..<slots {
      below &+= UInt32(bit(lasts[index] < offset))
    }
    return Int(below)
  }

  /// Leaf: the index after the last element whose first key is at or before `key`. The scan begins
  /// at `start`, which must not be above the result.
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
    // Comparisons within one step are independent; each step of a binary search waits for the one
    // before. At 32 slots, 10 loads in two steps are faster than 5 loads in sequence.
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
    // The search covers every child but the last. Empty slots hold the highest key.
    return min(start, count &- 1)
  }
}

extension Node {
  /// Asks for all cache lines of the node. An edit reads and writes most of them, and which ones
  /// depends on what the first ones say, so without this their latencies add up. A search needs too
  /// few of them to gain.
  @inlinable @inline(__always)
  func prefetch() {
    var offset = 0
    while offset < Self.byteCount {
      range_tree_prefetch(raw + offset)
      offset &+= 64
    }
  }
}

/// 1 for true, 0 for false. A conditional expression would become a branch, which is mispredicted
/// half of the time on random keys and is instrumented in fuzzing builds.
@inlinable @inline(__always)
func bit(_ condition: Bool) -> UInt8 {
  unsafeBitCast(condition, to: UInt8.self)
}
