// Results as arrays, for callers that can afford one, such as tests.

extension RangeTree {
  /// Every element, in ascending order. O(count + height * leaves).
  @inlinable
  public var elements: [RangeTreeElement] { elements(intersecting: 0, last: .max) }

  /// The elements that intersect `first...last`, whole, in ascending order (Specification 6.6).
  /// O(height) for each leaf.
  @inlinable
  public func elements(intersecting first: UInt64, last: UInt64) -> [RangeTreeElement] {
    var elements: [RangeTreeElement] = []
    forEach(intersecting: first, last: last) { element in
      elements.append(element)
      return true
    }
    return elements
  }

  /// Like `removeIntersecting(first:last:_:)`, but returns the removed elements (Specification
  /// 6.5). O(height + slots + elements removed).
  @inlinable
  public mutating func removeIntersecting(first: UInt64, last: UInt64) -> [RangeTreeElement] {
    var removed: [RangeTreeElement] = []
    removeIntersecting(first: first, last: last) { removed.append($0) }
    return removed
  }
}
