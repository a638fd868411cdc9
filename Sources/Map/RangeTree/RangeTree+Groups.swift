// How the items of an edited level are distributed over nodes.

extension RangeTree {
  /// Lists the groups of items that remain after the edit of a level, in order. Returns their
  /// number.
  @inlinable
  func group(_ level: Int) -> Int {
    let edit = work.levels[level]
    if level > 0 {
      var total = edit.keepLo &+ edit.inserted &+ (edit.hi.count &- edit.fromHi)
      if edit.left != nil { total &+= edit.keepLeft }
      if let right = edit.right { total &+= right.count &- edit.fromRight }
      work.groups[0] = Group(region: 0, count: total, limit: 0)
      return total > 0 ? 1 : 0
    }
    var groups = 0
    if let left = edit.left { add(left.region, edit.keepLeft, left.limit, &groups) }
    if edit.keepLo > 0 {
      add(edit.lo.region, edit.keepLo, edit.lo.lastKey(before: edit.keepLo), &groups)
    }
    for index in 0..<edit.inserted {
      let element = work.elements[index]
      add(Region.of(element.first), 1, element.last, &groups)
    }
    add(edit.hi.region, edit.hi.count &- edit.fromHi, edit.hi.limit, &groups)
    if let right = edit.right { add(right.region, right.count, right.limit, &groups) }
    return groups
  }

  /// Adds a run of items to the last group, or begins a new group if the region differs.
  @inlinable
  func add(_ region: UInt32, _ count: Int, _ limit: UInt64, _ groups: inout Int) {
    if count == 0 { return }
    if groups > 0, work.groups[groups &- 1].region == region {
      work.groups[groups &- 1].count &+= count
      work.groups[groups &- 1].limit = limit
    } else {
      work.groups[groups] = Group(region: region, count: count, limit: limit)
      groups &+= 1
    }
  }

  /// The fewest nodes that hold the listed groups.
  @inlinable
  func nodesNeeded(_ groups: Int) -> Int {
    var total = 0
    for index in 0..<groups {
      total &+= Self.nodes(for: work.groups[index].count)
    }
    return total
  }

  /// The fewest nodes that hold `count` items.
  @inlinable
  static func nodes(for count: Int) -> Int {
    (count &+ slots &- 1) / slots
  }

  /// Whether the edit of a level adds items at the very end of the level. If so, nodes are filled
  /// completely from the left, so ascending insertion leaves full nodes behind.
  @inlinable
  func isAppend(_ level: Int) -> Bool {
    let edit = work.levels[level]
    return edit.inserted > 0 && edit.fromHi == edit.hi.count && edit.right == nil
      && rightNeighbour(level) == nil
  }

  /// The number of items that the next node takes, of the `left` items that remain of a group.
  @inlinable
  static func share(of left: Int, isAppend: Bool) -> Int {
    let nodes = nodes(for: left)
    return isAppend ? min(left, slots) : (left &+ nodes &- 1) / nodes
  }

  /// The number of items in the last of the nodes that hold the listed groups.
  @inlinable
  func lastNodeCount(_ level: Int, _ groups: Int) -> Int {
    let count = work.groups[groups &- 1].count
    let nodes = Self.nodes(for: count)
    if nodes == 1 { return count }
    return isAppend(level) ? count &- (nodes &- 1) &* slots : count / nodes
  }
}
