extension Node {
  /// Makes room for `inserted` items in place of those at `from..<to`: moves the items behind them,
  /// marks the slots that become empty, and sets the count. Precondition: the result fits.
  @inlinable
  func open(_ from: Int, _ to: Int, for inserted: Int, level: Int) {
    let oldCount = count
    let newCount = oldCount &- (to &- from) &+ inserted
    if newCount != oldCount {
      columns.copy(
        columns, from: to, to: from &+ inserted, count: oldCount &- to, level: level)
    }
    if newCount < oldCount { markEmpty(newCount, oldCount, level: level) }
    count = newCount
  }

  /// Fills empty slots with the highest key, which is not below any key that a search looks for.
  @inlinable
  func markEmpty(_ from: Int, _ to: Int, level: Int) {
    let width = level == 0 ? 4 : 8
    let start = columns.start + from &* width
    start.initializeMemory(as: UInt8.self, repeating: 0xff, count: (to &- from) &* width)
  }

  /// Leaf: replaces the elements at `from..<to` by `count` elements of the same region.
  /// Precondition: the result fits and is not empty.
  @inlinable
  func replaceElements(
    _ from: Int, _ to: Int, by elements: UnsafeMutablePointer<RangeTreeElement>, count inserted: Int
  ) {
    let isAtEnd = to == count
    if isAtEnd {
      // If nothing is inserted, `from` is above 0, because the result is not empty.
      limit = inserted > 0 ? elements[inserted &- 1].last : lastKey(before: from)
    }
    open(from, to, for: inserted, level: 0)
    var index = 0
    while index < inserted {
      columns.put(elements[index], at: from &+ index, region: region)
      index &+= 1
    }
  }

  /// Inner node: replaces the children at `from..<to` by `count` others. Precondition: the result
  /// fits.
  @inlinable
  func replaceChildren(
    _ from: Int, _ to: Int, by children: Columns, count inserted: Int, level: Int
  ) {
    open(from, to, for: inserted, level: level)
    columns.copy(children, from: 0, to: from, count: inserted, level: level)
  }

  /// Fills the node with `count` items of `source`. The caller sets the `limit` of a leaf.
  @inlinable
  func fill(from source: Columns, at start: Int, count: Int, level: Int, region: UInt32) {
    self.count = count
    self.level = level
    self.region = region
    columns.copy(source, from: start, to: 0, count: count, level: level)
    markEmpty(count, slots, level: level)
  }
}
