import ReverseMapping

extension RangeTree {
  /// Clears `first...last` (Specification 6.3). Elements inside the range are removed. Elements
  /// that extend beyond it are cut, and the remainders keep their word.
  ///
  /// O(height + slots), plus O(nodes) for the nodes in the range. A cut in the middle turns one
  /// element into two, so this may need memory: at most `height + 2` nodes.
  /// - Throws: `invalidRange` or `outOfMemory`; nothing has changed.
  @inlinable
  public mutating func erase(first: UInt64, last: UInt64) throws(RangeTreeError) {
    guard first <= last else { throw .invalidRange }
    try overwrite(first: first, last: last, with: nil)
  }

  /// Calls `body` for each element that intersects `first...last`, in ascending order, then removes
  /// them all, whole (Specification 6.5). A reversed range intersects nothing.
  ///
  /// O(height + slots + elements removed). Never needs memory and never fails.
  @inlinable
  public mutating func removeIntersecting(
    first: UInt64, last: UInt64, _ body: (RangeTreeElement) -> Void
  ) {
    guard let root, first <= last, locateRemoval(root, first: first, last: last) else { return }
    let leaf = work.levels[0].lo
    if leaf == work.levels[0].hi {
      var index = work.levels[0].loIndex
      let end = work.levels[0].hiIndex
      while index < end {
        body(leaf.element(at: index))
        index &+= 1
      }
    } else {
      forEach(intersecting: first, last: last) { element in
        body(element)
        return true
      }
    }
    removeLocated()
  }

  /// Appends `transform` of each element that intersects `first...last`, in ascending order, then
  /// removes the elements, whole. If `transform` returns nil, nothing is removed, but the results
  /// appended so far remain. A reversed range intersects nothing.
  ///
  /// O(height + slots + elements); at most one descent if all are in one leaf, and none if only the
  /// `recent` leaf changes. Never needs a node.
  /// - Returns: false if `transform` returned nil.
  @inlinable
  public mutating func removeIntersecting<Output>(
    first: UInt64, last: UInt64, appendingTo output: inout [Output],
    _ transform: (RangeTreeElement) -> Output?
  ) -> Bool {
    guard let root, first <= last, locateRemoval(root, first: first, last: last) else {
      return true
    }
    let edit = work.levels[0]
    let isWhole =
      edit.lo == edit.hi
      ? edit.lo.append(edit.loIndex, edit.hiIndex, to: &output, transform)
      : append(intersecting: first, last: last, to: &output, transform)
    if isWhole { removeLocated() }
    return isWhole
  }

  /// Like `locate`, for a removal. Without a descent, and so without the paths to the leaf, if the
  /// removal changes the `recent` leaf and nothing above it.
  @inlinable @inline(__always)
  mutating func locateRemoval(_ root: Node<slots>, first: UInt64, last: UInt64) -> Bool {
    if let leaf = recent, leaf.spans(first), last <= leaf.limit {
      let start = leaf.position(of: first)
      let end = leaf.end(ofFirstsUpTo: last, from: start)
      // The last element's last key is the leaf's key in the node above.
      if end < leaf.count, leaf.count &- (end &- start) >= Node<slots>.minimum {
        work.levels[0].lo = leaf
        work.levels[0].loIndex = start
        work.levels[0].hi = leaf
        work.levels[0].hiIndex = end
        return end > start
      }
    }
    let isFound = locate(root, first: first, last: last)
    recent = work.levels[0].lo
    return isFound
  }

  /// Removes all elements and keeps the reserve. Never fails.
  ///
  /// Frees every node in O(nodes); in atomic context it retires the whole tree, independent of its
  /// size (Specification 4.7).
  @inlinable
  public mutating func clear() {
    guard let root else { return }
    Self.discard(root, level: height &- 1, nodes: nodes, to: pool)
    self.root = nil
    recent = nil
    levels = 0
    size = 0
    nodes = 0
  }

  /// Returns a dead tree to the pool: retires it whole in atomic context, where freeing would take
  /// too long; otherwise frees it node by node.
  @inlinable
  static func discard(_ root: Node<slots>, level: Int, nodes: Int, to pool: NodePool<slots>) {
    if pool.context == .atomic {
      pool.retire(root, nodes: nodes)
    } else {
      pool.noteSleep()
      release(root, level: level, to: pool)
    }
  }
}
