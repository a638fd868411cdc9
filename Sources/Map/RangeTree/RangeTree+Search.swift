extension RangeTree {
  /// The first element whose last key is at or after `key`: the one that holds `key`, or else the
  /// next one. One descent: O(height).
  @inlinable
  public func firstElement(atOrAfter key: UInt64) -> RangeTreeElement? {
    guard let leaf = leaf(for: key) else { return nil }
    let index = leaf.position(of: key)
    return index < leaf.count ? leaf.element(at: index) : nil
  }

  /// The first leaf with a key at or after `key`; the last leaf if there is none; nil if empty.
  @inlinable
  func leaf(for key: UInt64) -> Node<slots>? {
    guard var node = root else { return nil }
    // A loop over a range would check the range, which a fuzzing build pays for at every call.
    var level = height
    while level > 1 {
      node = node.child(node.childIndex(of: key))
      level &-= 1
    }
    return node
  }

  /// As `leaf(for:)`, and notes the path as `lo`. The tree isn't empty.
  @inlinable
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
    work.levels[0].lo = node
    return node
  }

  /// As `leaf(for:)`, and notes the path as `hi`. The tree isn't empty.
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

  /// Notes where the elements that intersect `first...last` begin and end: `loIndex` of leaf `lo`
  /// to before `hiIndex` of leaf `hi`. Returns false if there are none; then both are the place
  /// where such an element would go. The tree isn't empty.
  @inlinable
  func locate(_ root: Node<slots>, first: UInt64, last: UInt64) -> Bool {
    let lo = descendLo(root, to: first)
    let start = lo.position(of: first)
    work.levels[0].loIndex = start
    // Beyond its limit `lo` says nothing about the keys that follow, unless it is the last leaf.
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

  /// The last element that `locate` found, if it ends at or after the `last` key looked for, or
  /// is in `hi`.
  @inlinable
  var lastLocated: RangeTreeElement? {
    let leaf = work.levels[0]
    return leaf.hiIndex > 0 ? leaf.hi.element(at: leaf.hiIndex &- 1) : nil
  }
}
