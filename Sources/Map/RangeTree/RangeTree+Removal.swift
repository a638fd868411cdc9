import ReverseMapping

extension RangeTree {
  /// Leaves nothing in `first...last`: elements inside are removed, and those that reach beyond
  /// are cut, so that what remains of them keeps its word.
  ///
  /// O(height + slots), and O(nodes) for the nodes it covers. A cut in the middle makes two
  /// elements of one, so this may need memory: `height + 2` nodes at the most.
  /// - Throws: `invalidRange` or `outOfMemory`; then nothing has changed.
  @inlinable
  public mutating func erase(first: UInt64, last: UInt64) throws(RangeTreeError) {
    guard first <= last else { throw .invalidRange }
    try overwrite(first: first, last: last, with: nil)
  }

  /// Removes all elements that intersect `first...last`, whole, after calling `body` for each in
  /// ascending order. Nothing intersects a range whose last key is below its first.
  ///
  /// O(height + slots + elements removed). Never needs memory and never fails.
  @inlinable
  public mutating func removeIntersecting(
    first: UInt64, last: UInt64, _ body: (RangeTreeElement) -> Void
  ) {
    guard let root, first <= last, locate(root, first: first, last: last) else { return }
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

  /// Appends what `transform` makes of all elements that intersect `first...last`, whole, in
  /// ascending order, and removes them. If it makes nothing of one, nothing is removed, and what was
  /// appended before stays appended. Nothing intersects a range whose last key is below its first.
  ///
  /// One descent if they are in one leaf: O(height + slots + elements). Never needs a node.
  /// - Returns: false if `transform` returned nil.
  @inlinable
  public mutating func removeIntersecting<Output>(
    first: UInt64, last: UInt64, appendingTo output: inout [Output],
    _ transform: (RangeTreeElement) -> Output?
  ) -> Bool {
    guard let root, first <= last, locate(root, first: first, last: last) else { return true }
    let edit = work.levels[0]
    let isWhole =
      edit.lo == edit.hi
      ? edit.lo.append(edit.loIndex, edit.hiIndex, to: &output, transform)
      : append(intersecting: first, last: last, to: &output, transform)
    if isWhole { removeLocated() }
    return isWhole
  }

  /// Removes all elements and gives every node back, in O(nodes); in atomic context they are
  /// retired, in O(1) (Specification 4.7). The reserve stays. Never fails.
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

  /// Gives a dead tree to the pool: node by node, which can take long, or whole where nothing may.
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
