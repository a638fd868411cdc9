// An edit is planned level by level from the leaves up, before anything is changed. The plan gives
// the exact number of nodes that the edit needs, so a refused request leaves the tree untouched.
//
// Invariant: a leaf with a right neighbour in its own region, and an inner node with any right
// neighbour, hold at least `minimum` items. The region makes this rule stable. An edit elsewhere
// can take away a node's permission to be underfull in one way only: by placing a right neighbour
// of the same region next to it. `plan` checks for that.

extension RangeTree {
  /// Plans the replacement of the located elements by `inserted` elements of the workspace, on
  /// every level that it touches. Returns the number of nodes needed and the level at which the
  /// edit ends. At that level one node is changed in place; `height` means that the root is
  /// replaced.
  @inlinable
  func planEdit(inserting inserted: Int) -> (needed: Int, top: Int) {
    let leaf = work.levels
    leaf.pointee.left = nil
    leaf.pointee.right = nil
    leaf.pointee.keepLo = leaf.pointee.loIndex
    leaf.pointee.fromHi = leaf.pointee.hiIndex
    leaf.pointee.inserted = inserted
    var needed = 0
    var level = 0
    while true {
      plan(level)
      let edit = work.levels + level
      // A leaf is edited in place only if its region stays.
      if edit.pointee.isInPlace, level > 0 || work.groups[0].region == edit.pointee.lo.region {
        return (needed, level)
      }
      needed &+= max(0, edit.pointee.produced &- edit.pointee.available)
      level &+= 1
      if level == height { break }
      prepare(level)
    }
    let isRootSplit = work.levels[level &- 1].produced > 1
    return (isRootSplit ? needed &+ 1 : needed, level)
  }

  /// Sets up the edit of an inner level: the children that the level below consumes are replaced by
  /// those that it produces.
  @inlinable
  func prepare(_ level: Int) {
    let edit = work.levels + level
    let below = work.levels + (level &- 1)
    edit.pointee.inserted = below.pointee.produced
    edit.pointee.left = nil
    edit.pointee.right = nil
    edit.pointee.keepLo = edit.pointee.loIndex
    edit.pointee.fromHi = edit.pointee.hiIndex &+ 1
    if below.pointee.left != nil {
      if edit.pointee.loIndex > 0 {
        edit.pointee.keepLo &-= 1
      } else if let left = leftNeighbour(level) {
        // The node drawn in below is the last child of this node's left neighbour.
        edit.pointee.left = left
        edit.pointee.keepLeft = left.count &- 1
      }
    }
    if below.pointee.right != nil {
      if edit.pointee.fromHi < edit.pointee.hi.count {
        edit.pointee.fromHi &+= 1
      } else if let right = rightNeighbour(level) {
        edit.pointee.right = right
        edit.pointee.fromRight = 1
      }
    }
  }

  /// Decides which neighbours the edit of a level draws in, and how many nodes it produces.
  @inlinable
  func plan(_ level: Int) {
    let edit = work.levels + level
    var groups = group(level)
    edit.pointee.produced = nodesNeeded(groups)
    if groups == 0 { return }
    if edit.pointee.produced > edit.pointee.available { groups = relieve(level, groups) }

    // An underfull left neighbour of the same region was the last of that region, but no longer is.
    if edit.pointee.left == nil, edit.pointee.keepLo == 0, let left = leftNeighbour(level),
      left.region == work.groups[0].region, left.count < Node<slots>.minimum
    {
      groups = draw(left: left, level)
    }
    // The last node produced may be underfull only if it is the last of its region.
    if edit.pointee.right == nil, lastNodeCount(level, groups) < Node<slots>.minimum,
      let right = rightNeighbour(level), right.region == work.groups[groups &- 1].region
    {
      groups = draw(right: right, level)
    }
    edit.pointee.produced = nodesNeeded(groups)
  }

  /// Tries to avoid another node by using the free slots of a sibling under the same parent. If all
  /// siblings are full, draws one in anyway: splitting two nodes into three, not one into two,
  /// keeps nodes two thirds full. Returns the number of groups.
  @inlinable
  func relieve(_ level: Int, _ groups: Int) -> Int {
    let edit = work.levels + level
    let parent = work.levels + (level &+ 1)
    if level &+ 1 == height { return groups }
    let spare = edit.pointee.available &+ 1
    var left: Node<slots>?
    var right: Node<slots>?
    if edit.pointee.left == nil, parent.pointee.loIndex > 0 {
      let node = parent.pointee.lo.child(parent.pointee.loIndex &- 1)
      if node.region == work.groups[0].region { left = node }
    }
    if edit.pointee.right == nil, parent.pointee.hiIndex &+ 1 < parent.pointee.hi.count {
      let node = parent.pointee.hi.child(parent.pointee.hiIndex &+ 1)
      if node.region == work.groups[groups &- 1].region { right = node }
    }
    if let left {
      let groups = draw(left: left, level)
      if nodesNeeded(groups) <= spare { return groups }
      edit.pointee.left = nil
    }
    if let right {
      let groups = draw(right: right, level)
      if nodesNeeded(groups) <= spare { return groups }
      edit.pointee.right = nil
    }
    if isAppend(level) || groups > 1 { return group(level) }
    if let left { return draw(left: left, level) }
    if let right { return draw(right: right, level) }
    return group(level)
  }

  /// Draws the whole left neighbour into the edit of a level. Returns the number of groups.
  @inlinable
  func draw(left: Node<slots>, _ level: Int) -> Int {
    work.levels[level].left = left
    work.levels[level].keepLeft = left.count
    return group(level)
  }

  /// Draws the whole right neighbour into the edit of a level. Returns the number of groups.
  @inlinable
  func draw(right: Node<slots>, _ level: Int) -> Int {
    work.levels[level].right = right
    work.levels[level].fromRight = 0
    return group(level)
  }

  /// The node before `lo` on its level, under the same parent or another.
  @inlinable
  func leftNeighbour(_ level: Int) -> Node<slots>? {
    var above = level &+ 1
    while above < height, work.levels[above].loIndex == 0 { above &+= 1 }
    if above >= height { return nil }
    var node = work.levels[above].lo.child(work.levels[above].loIndex &- 1)
    while above > level &+ 1 {
      node = node.child(node.count &- 1)
      above &-= 1
    }
    return node
  }

  /// The node after `hi` on its level, under the same parent or another.
  @inlinable
  func rightNeighbour(_ level: Int) -> Node<slots>? {
    var above = level &+ 1
    while above < height, work.levels[above].hiIndex &+ 1 == work.levels[above].hi.count {
      above &+= 1
    }
    if above >= height { return nil }
    var node = work.levels[above].hi.child(work.levels[above].hiIndex &+ 1)
    while above > level &+ 1 {
      node = node.child(0)
      above &-= 1
    }
    return node
  }
}
