import ReverseMapping

extension RangeTree {
  /// Inserts `first...last -> word` if no element intersects it (Specification 6.1).
  ///
  /// O(height + slots), one descent. There is no descent if an element of the `recent` leaf
  /// intersects the range. Requests at most `height + 1` nodes.
  /// - Returns: nil if the range was inserted; otherwise the first element that intersects it, and
  ///   nothing has changed.
  /// - Throws: `invalidRange`, `reservedWord` or `outOfMemory`; nothing has changed.
  @inlinable @inline(__always)
  public mutating func insert(
    first: UInt64, last: UInt64, word: UInt64
  ) throws(RangeTreeError) -> RangeTreeElement? {
    try Self.check(first: first, last: last, word: word)
    let element = RangeTreeElement(first: first, last: last, word: word)
    guard let root else {
      try plant(element)
      return nil
    }
    if let occupant = recentOccupant(first: first, last: last) { return occupant }
    let leaf = descendLo(root, to: first)
    recent = leaf
    let index = leaf.position(of: first)
    let oldCount = leaf.count
    if index < oldCount, leaf.first(at: index) <= last { return leaf.element(at: index) }
    if oldCount < slots, leaf.region == Region.of(first) {
      size &+= 1
      if index == oldCount {
        leaf.count = oldCount &+ 1
        leaf.limit = last
        noteLastKey(last, from: 0)
      } else {
        leaf.open(index, index, for: 1, level: 0)
      }
      leaf.columns.put(element, at: index, region: leaf.region)
      return nil
    }
    work.elements[0] = element
    try insertLocated(index)
    return nil
  }

  /// The first element that intersects `first...last`, if it is in the `recent` leaf. Elements of
  /// earlier leaves end before the first key of this leaf, so they cannot come first. O(slots).
  @inlinable @inline(__always)
  func recentOccupant(first: UInt64, last: UInt64) -> RangeTreeElement? {
    guard let leaf = recent, leaf.spans(first) else { return nil }
    let index = leaf.position(of: first)
    return leaf.first(at: index) <= last ? leaf.element(at: index) : nil
  }

  /// The slow path of `insert`, for an element that the leaf on the path cannot take.
  @inlinable @inline(never)
  mutating func insertLocated(_ index: Int) throws(RangeTreeError) {
    work.levels[0].loIndex = index
    work.levels[0].hi = work.levels[0].lo
    work.levels[0].hiIndex = index
    try replaceLocated(by: 1)
  }

  /// Stores `first...last -> word` over existing elements (Specification 6.2). Elements inside the
  /// range are removed. Elements that extend beyond it are cut, and the remainders keep their word.
  ///
  /// O(height + slots), plus O(nodes) for the nodes in the range. Requests at most `height + 2`
  /// nodes.
  /// - Throws: `invalidRange`, `reservedWord` or `outOfMemory`; nothing has changed.
  @inlinable
  public mutating func store(
    first: UInt64, last: UInt64, word: UInt64
  ) throws(RangeTreeError) {
    try Self.check(first: first, last: last, word: word)
    let element = RangeTreeElement(first: first, last: last, word: word)
    try overwrite(first: first, last: last, with: element)
  }

  /// Merges `first...last` and all elements that intersect it into one element with the word `word`
  /// (Specification 6.4). It spans from the lowest key of them to the highest.
  ///
  /// O(height + slots), plus O(nodes) for the nodes in the range. Requests at most `height + 1`
  /// nodes.
  /// - Returns: the new element.
  /// - Throws: `invalidRange`, `reservedWord` or `outOfMemory`; nothing has changed.
  @inlinable @discardableResult
  public mutating func replaceIntersecting(
    first: UInt64, last: UInt64, word: UInt64
  ) throws(RangeTreeError) -> RangeTreeElement {
    try Self.check(first: first, last: last, word: word)
    var union = RangeTreeElement(first: first, last: last, word: word)
    guard let root else {
      try plant(union)
      return union
    }
    if locate(root, first: first, last: last) {
      union.first = min(first, firstLocated.first)
      if let end = lastLocated { union.last = max(last, end.last) }
    }
    work.elements[0] = union
    try replaceLocated(by: 1)
    return union
  }

  /// Cuts or removes the elements that intersect `first...last`, and stores `element` if given.
  @inlinable
  mutating func overwrite(
    first: UInt64, last: UInt64, with element: RangeTreeElement?
  ) throws(RangeTreeError) {
    guard let root else {
      if let element { try plant(element) }
      return
    }
    let isFound = locate(root, first: first, last: last)
    if !isFound, element == nil { return }
    var inserted = 0
    if isFound, firstLocated.first < first {
      work.elements[inserted] = firstLocated
      work.elements[inserted].last = first &- 1  // Above an element's first key.
      inserted &+= 1
    }
    if let element {
      work.elements[inserted] = element
      inserted &+= 1
    }
    if isFound, let end = lastLocated, end.last > last {
      work.elements[inserted] = end
      work.elements[inserted].first = last &+ 1  // Below an element's last key.
      inserted &+= 1
    }
    try replaceLocated(by: inserted)
  }

  /// The first element that `locate` found. Precondition: `locate` returned true.
  @inlinable
  var firstLocated: RangeTreeElement {
    work.levels[0].lo.element(at: work.levels[0].loIndex)
  }

  /// Creates the first leaf of an empty tree.
  @inlinable
  mutating func plant(_ element: RangeTreeElement) throws(RangeTreeError) {
    try setAside(1)
    let leaf = takeSpare()
    let region = Region.of(element.first)
    work.gathered.put(element, at: 0, region: region)
    leaf.fill(from: work.gathered, at: 0, count: 1, level: 0, region: region)
    leaf.limit = element.last
    root = leaf
    levels = 1
    size = 1
  }

  /// Throws if the range is reversed or the word cannot be stored.
  @inlinable
  static func check(first: UInt64, last: UInt64, word: UInt64) throws(RangeTreeError) {
    guard first <= last else { throw .invalidRange }
    guard WordLayout.isStorable(word) else { throw .reservedWord(word) }
  }
}
