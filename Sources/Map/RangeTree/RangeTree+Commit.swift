// Carries out a planned edit. After `setAside` has succeeded, nothing here can fail.

extension RangeTree {
  /// Replaces the located elements by the first `inserted` elements of the workspace. If it throws,
  /// nothing has changed.
  @inlinable
  mutating func replaceLocated(by inserted: Int) throws(RangeTreeError) {
    if replaceInLeaf(by: inserted) { return }
    mirrorPath()
    let plan = planEdit(inserting: inserted)
    try setAside(plan.needed)
    commit(top: plan.top)
  }

  /// Removes the located elements. Needs no node, because the items left over fit into the nodes
  /// that held them.
  @inlinable
  mutating func removeLocated() {
    if replaceInLeaf(by: 0) { return }
    mirrorPath()
    commit(top: planEdit(inserting: 0).top)
  }

  /// The common case: the edit affects one leaf, which neither overflows nor becomes underfull.
  /// Otherwise it changes nothing and returns false.
  @inlinable
  mutating func replaceInLeaf(by inserted: Int) -> Bool {
    let leaf = work.levels[0].lo
    let from = work.levels[0].loIndex
    let to = work.levels[0].hiIndex
    guard leaf == work.levels[0].hi else { return false }
    let added = inserted &- (to &- from)
    let total = leaf.count &+ added
    guard total <= slots, total >= (height == 1 ? 1 : Node<slots>.minimum) else { return false }
    var index = 0
    while index < inserted {
      if Region.of(work.elements[index].first) != leaf.region { return false }
      index &+= 1
    }
    let isAtEnd = to == leaf.count
    leaf.replaceElements(from, to, by: work.elements, count: inserted)
    size &+= added
    if isAtEnd { noteLastKey(leaf.limit, from: 0) }
    return true
  }

  /// Copies the first path to the second: `locate` records only one if both lead to the same leaf.
  @inlinable
  func mirrorPath() {
    guard work.levels[0].lo == work.levels[0].hi else { return }
    for level in 1..<max(1, height) {
      work.levels[level].hi = work.levels[level].lo
      work.levels[level].hiIndex = work.levels[level].loIndex
    }
  }

  /// Takes one of the nodes that `setAside` has provided. The plan guarantees that there is one.
  @inlinable
  mutating func takeSpare() -> Node<slots> {
    guard let node = spares.pop() else {
      fatalError("a RangeTree edit needs more nodes than planned")
    }
    nodes &+= 1
    return node
  }

  /// Frees a node that the tree no longer needs.
  @inlinable
  mutating func drop(_ node: Node<slots>) {
    pool.free(node)
    nodes &-= 1
  }

  /// Carries out the planned levels: new nodes below `top`, a change in place at `top`, or a new
  /// root above everything.
  @inlinable
  mutating func commit(top: Int) {
    recent = nil
    size &+= work.levels[0].inserted &- removeBetween()
    for level in 0..<top { commit(level) }
    if top == height {
      plantRoot(work.levels[top &- 1].produced)
    } else {
      let edit = work.levels[top]
      if top == 0 {
        edit.lo.replaceElements(edit.keepLo, edit.fromHi, by: work.elements, count: edit.inserted)
      } else {
        edit.lo.replaceChildren(
          edit.keepLo, edit.fromHi, by: work.produced, count: edit.inserted, level: top)
      }
      noteLastKey(edit.lo.lastKey, from: top)
    }
    while height > 1, let root, root.count == 1 {
      self.root = root.child(0)
      drop(root)
      levels &-= 1
    }
  }

  /// Frees the subtrees strictly between the two paths. Returns the number of elements that the
  /// edit removes.
  @inlinable
  mutating func removeBetween() -> Int {
    let leaf = work.levels[0]
    if leaf.lo == leaf.hi { return leaf.hiIndex &- leaf.loIndex }
    var removed = leaf.lo.count &- leaf.loIndex &+ leaf.hiIndex
    for level in 1..<height {
      let edit = work.levels[level]
      if edit.lo == edit.hi {
        removed &+= release(edit.lo, edit.loIndex &+ 1, edit.hiIndex, level: level)
        break
      }
      removed &+= release(edit.lo, edit.loIndex &+ 1, edit.lo.count, level: level)
      removed &+= release(edit.hi, 0, edit.hiIndex, level: level)
    }
    return removed
  }

  /// Frees the subtrees at `from..<to` of an inner node. Returns their number of elements.
  @inlinable
  mutating func release(_ node: Node<slots>, _ from: Int, _ to: Int, level: Int) -> Int {
    var removed = 0
    var index = from
    while index < to {
      let released = Self.release(node.child(index), level: level &- 1, to: pool)
      removed &+= released.elements
      nodes &-= released.nodes
      index &+= 1
    }
    return removed
  }

  /// Frees a whole subtree. Returns its numbers of elements and nodes.
  @inlinable @discardableResult
  static func release(
    _ node: Node<slots>, level: Int, to pool: NodePool<slots>
  ) -> (elements: Int, nodes: Int) {
    var elements = node.count
    var nodes = 1
    if level > 0 {
      elements = 0
      for index in 0..<node.count {
        let released = release(node.child(index), level: level &- 1, to: pool)
        elements &+= released.elements
        nodes &+= released.nodes
      }
    }
    pool.free(node)
    return (elements, nodes)
  }

  /// Carries out the edit of one level: gathers all its items and distributes them over the nodes
  /// that held them and the spare nodes. Lists the resulting nodes in `work.produced` for the next
  /// level.
  @inlinable
  mutating func commit(_ level: Int) {
    let edit = work.levels[level]
    let groups = group(level)
    let isAppend = groups > 0 && isAppend(level)
    gather(edit, level)
    var pooled = 0
    func pool(_ node: Node<slots>?) {
      guard let node else { return }
      work.pool[pooled] = node
      pooled &+= 1
    }
    pool(edit.left)
    pool(edit.lo)
    if edit.lo != edit.hi { pool(edit.hi) }
    pool(edit.right)

    var used = 0
    var start = 0
    for index in 0..<groups {
      let group = work.groups[index]
      var left = group.count
      while left > 0 {
        let share = Self.share(of: left, isAppend: isAppend)
        let node = used < pooled ? work.pool[used] : takeSpare()
        node.fill(
          from: work.gathered, at: start, count: share, level: level, region: group.region)
        start &+= share
        left &-= share
        // Only the last element of a group may reach beyond the region.
        if level == 0 { node.limit = left == 0 ? group.limit : node.lastOffsetKey }
        work.produced.keys[used] = node.lastKey
        work.produced.children[used] = node.raw
        used &+= 1
      }
    }
    while used < pooled {
      drop(work.pool[used])
      used &+= 1
    }
  }

  /// Copies all items that the edit of a level keeps or inserts into the workspace, in order.
  @inlinable
  func gather(_ edit: LevelEdit<slots>, _ level: Int) {
    let target = work.gathered
    var end = 0
    func copy(_ source: Columns, from: Int, count: Int) {
      target.copy(source, from: from, to: end, count: count, level: level)
      end &+= count
    }
    if let left = edit.left { copy(left.columns, from: 0, count: edit.keepLeft) }
    copy(edit.lo.columns, from: 0, count: edit.keepLo)
    if level > 0 {
      copy(work.produced, from: 0, count: edit.inserted)
    } else {
      for index in 0..<edit.inserted {
        let element = work.elements[index]
        target.put(element, at: end, region: Region.of(element.first))
        end &+= 1
      }
    }
    copy(edit.hi.columns, from: edit.fromHi, count: edit.hi.count &- edit.fromHi)
    if let right = edit.right {
      copy(right.columns, from: edit.fromRight, count: right.count &- edit.fromRight)
    }
  }

  /// Replaces the root by the nodes that the top level produced: no node leaves an empty tree, one
  /// node is the root, and several become children of a new root.
  @inlinable
  mutating func plantRoot(_ produced: Int) {
    if produced == 0 {
      root = nil
      levels = 0
    } else if produced == 1 {
      root = Node(work.produced.children[0])
    } else {
      let node = takeSpare()
      node.fill(from: work.produced, at: 0, count: produced, level: height, region: 0)
      root = node
      levels &+= 1
    }
  }

  /// Updates the separators above the `lo` node at `level`, now that the last key of that node is
  /// `key`.
  @inlinable
  func noteLastKey(_ key: UInt64, from level: Int) {
    var level = level &+ 1
    while level < height {
      let node = work.levels[level].lo
      let index = work.levels[level].loIndex
      node.columns.keys[index] = key
      if index &+ 1 < node.count { return }
      level &+= 1
    }
  }
}
