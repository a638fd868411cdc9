extension RangeTree {
  /// Calls `body` for each element that intersects `first...last`, whole, in ascending order,
  /// until it returns false. Nothing intersects a range whose last key is below its first.
  ///
  /// O(height) for each leaf. The tree can't change meanwhile: this borrows it.
  @inlinable
  public func forEach(
    intersecting first: UInt64, last: UInt64, _ body: (RangeTreeElement) -> Bool
  ) {
    var key = first
    while key <= last, let leaf = leaf(for: key) {
      var index = leaf.position(of: key)
      let count = leaf.count
      if index == count { return }
      while index < count {
        let element = leaf.element(at: index)
        guard element.first <= last, body(element) else { return }
        index &+= 1
      }
      if leaf.limit >= last { return }
      key = leaf.limit &+ 1  // Not above `last`.
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
}
