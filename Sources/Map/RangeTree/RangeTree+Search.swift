extension RangeTree {
  /// The element that contains `key`, or else the next one (Specification 6.6). O(height), one
  /// descent.
  @inlinable
  public func firstElement(atOrAfter key: UInt64) -> RangeTreeElement? {
    guard let leaf = leaf(for: key) else { return nil }
    let index = leaf.position(of: key)
    return index < leaf.count ? leaf.element(at: index) : nil
  }

  /// The first leaf with a key at or after `key`; the last leaf if there is none; nil if empty.
  @inlinable @inline(__always)
  func leaf(for key: UInt64) -> Node<slots>? {
    guard var node = root else { return nil }
    // A `for` loop over a range would check its bounds, a cost that fuzzing builds pay on every
    // call.
    var level = height
    while level > 1 {
      node = node.child(node.childIndex(of: key))
      level &-= 1
    }
    return node
  }

  /// Like `leaf(for:)`, but records the path as `lo`, and asks for all lines of the leaf.
  /// Precondition: the tree is not empty.
  @inlinable @inline(__always)
  func descendLo(_ root: Node<slots>, to key: UInt64) -> Node<slots> {
    var node = root
    var level = height &- 1
    while level > 0 {
      let index = node.childIndex(of: key)
      work.levels[level].lo = node
      work.levels[level].loIndex = index
      node = node.child(index)
      level &-= 1
    }
    node.prefetch()
    work.levels[0].lo = node
    return node
  }

  /// Like `leaf(for:)`, and records the path as `hi`. Precondition: the tree is not empty.
  @inlinable
  func descendHi(_ root: Node<slots>, to key: UInt64) -> Node<slots> {
    var node = root
    var level = height &- 1
    while level > 0 {
      let index = node.childIndex(of: key)
      work.levels[level].hi = node
      work.levels[level].hiIndex = index
      node = node.child(index)
      level &-= 1
    }
    return node
  }

  /// Records where the elements that intersect `first...last` begin and end: from `loIndex` of leaf
  /// `lo` up to, not including, `hiIndex` of leaf `hi`. Returns false if there are none; both
  /// positions are then the place where such an element would go. Precondition: the tree is not
  /// empty.
  @inlinable
  func locate(_ root: Node<slots>, first: UInt64, last: UInt64) -> Bool {
    let lo = descendLo(root, to: first)
    let start = lo.position(of: first)
    work.levels[0].loIndex = start
    // Elements after the limit of `lo` are in other leaves, unless `lo` is the last leaf.
    if last <= lo.limit || start == lo.count {
      let end = lo.end(ofFirstsUpTo: last, from: start)
      work.levels[0].hi = lo
      work.levels[0].hiIndex = end
      return end > start
    }
    let hi = descendHi(root, to: last)
    work.levels[0].hi = hi
    work.levels[0].hiIndex = hi.end(ofFirstsUpTo: last, from: 0)
    return true
  }

  /// The last element that `locate` found, if it is in `hi`. If it is not, no element that was
  /// found extends beyond the `last` key of the search.
  @inlinable
  var lastLocated: RangeTreeElement? {
    let leaf = work.levels[0]
    return leaf.hiIndex > 0 ? leaf.hi.element(at: leaf.hiIndex &- 1) : nil
  }
}
