extension RangeTree {
  /// Calls `body` for each element that intersects `first...last`, whole, in ascending order, until
  /// it returns false. A reversed range intersects nothing.
  ///
  /// O(height + slots), plus O(slots) for each leaf after the first. `body` cannot change the tree,
  /// because the call borrows it.
  @inlinable
  public func forEach(
    intersecting first: UInt64, last: UInt64, _ body: (RangeTreeElement) -> Bool
  ) {
    forEachRun(intersecting: first, last: last) { leaf, from, to in
      var index = from
      while index < to, body(leaf.element(at: index)) { index &+= 1 }
      return index == to
    }
  }

  /// Calls `body` for each element in ascending order. O(count + height * leaves).
  @inlinable
  public func forEach(_ body: (RangeTreeElement) -> Void) {
    forEach(intersecting: 0, last: .max) { element in
      body(element)
      return true
    }
  }

  /// Appends `transform` of each element that intersects `first...last`, whole, in ascending order,
  /// until `transform` returns nil. A reversed range intersects nothing.
  ///
  /// Costs the same as `forEach`, but reserves room in the array once per leaf, not per element.
  /// - Returns: false if `transform` returned nil.
  @inlinable @inline(__always)
  public func append<Output>(
    intersecting first: UInt64, last: UInt64, to output: inout [Output],
    _ transform: (RangeTreeElement) -> Output?
  ) -> Bool {
    // Fast path: most ranges lie inside a single element, because callers ask for pages or blocks.
    if let leaf = leaf(for: first), first <= last {
      let index = leaf.position(of: first)
      guard index < leaf.count, leaf.first(at: index) <= last else { return true }
      let element = leaf.element(at: index)
      if element.last >= last {
        guard let made = transform(element) else { return false }
        output.append(made)
        return true
      }
    }
    var isWhole = true
    forEachRun(intersecting: first, last: last) { leaf, from, to in
      isWhole = leaf.append(from, to, to: &output, transform)
      return isWhole
    }
    return isWhole
  }

  /// Calls `body` for each leaf with elements that intersect `first...last`, in ascending order,
  /// until it returns false. The elements are those at indices `from..<to`.
  @inlinable @inline(__always)
  func forEachRun(
    intersecting first: UInt64, last: UInt64,
    _ body: (_ leaf: Node<slots>, _ from: Int, _ to: Int) -> Bool
  ) {
    guard let root, first <= last else { return }
    // The parent of the leaf, and the index of the leaf in it. Most of the following leaves have
    // the same parent, so they need no descent of their own.
    var parent = root
    var child = 0
    var leaf = root
    var key = first
    var isBelowParent = false
    while true {
      if !isBelowParent {
        leaf = root
        var level = height
        while level > 1 {
          parent = leaf
          child = leaf.childIndex(of: key)
          leaf = leaf.child(child)
          level &-= 1
        }
      }
      let index = leaf.position(of: key)
      let limit = leaf.limit
      let end = limit <= last ? leaf.count : leaf.end(ofFirstsUpTo: last, from: index)
      guard index < end, body(leaf, index, end) else { return }
      if limit >= last { return }
      key = limit &+ 1  // Not above `last`.
      child &+= 1
      isBelowParent = height > 1 && child < parent.count
      if isBelowParent { leaf = parent.child(child) }
    }
  }
}

extension Node {
  /// Leaf: appends `transform` of the elements at `from..<to`. Stops and returns false if
  /// `transform` returns nil.
  @inlinable @inline(__always)
  func append<Output>(
    _ from: Int, _ to: Int, to output: inout [Output], _ transform: (RangeTreeElement) -> Output?
  ) -> Bool {
    // The compiler must assume that the array aliases the node, so read the header before the loop
    // and not in it. Only the last element of a leaf can extend beyond the region.
    let columns = columns
    let base = base
    let plain = to == count ? to &- 1 : to
    var index = from
    output.append(addingCapacity: to &- from) { span in
      while index < plain {
        let element = RangeTreeElement(
          first: base | UInt64(columns.firsts[index]), last: base | UInt64(columns.lasts[index]),
          word: columns.words[index])
        guard let made = transform(element) else { return }
        span.append(made)
        index &+= 1
      }
      while index < to, let made = transform(element(at: index)) {
        span.append(made)
        index &+= 1
      }
    }
    return index == to
  }
}
