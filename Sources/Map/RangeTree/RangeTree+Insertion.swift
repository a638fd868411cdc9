import ReverseMapping

extension RangeTree {
  /// Inserts `first...last -> word` if no element intersects it.
  ///
  /// One descent, O(height + slots); none if it is occupied in the leaf where the last `insert`
  /// ended. Asks for `height + 1` nodes at the most.
  /// - Returns: nil if it was inserted; otherwise the first element that intersects, and nothing
  ///   has changed.
  /// - Throws: `invalidRange`, `reservedWord` or `outOfMemory`; then nothing has changed.
  @inlinable
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

  /// The first element that intersects `first...last`, if it is in the leaf where the last `insert`
  /// ended. What comes before that leaf ends before its first key. O(slots).
  @inlinable
  func recentOccupant(first: UInt64, last: UInt64) -> RangeTreeElement? {
    guard let leaf = recent, first <= leaf.limit, first >= leaf.first(at: 0) else { return nil }
    let index = leaf.position(of: first)
    return leaf.first(at: index) <= last ? leaf.element(at: index) : nil
  }

  /// The rest of `insert`, for when the leaf on the path has no place for the element.
  @inlinable @inline(never)
  mutating func insertLocated(_ index: Int) throws(RangeTreeError) {
    work.levels[0].loIndex = index
    work.levels[0].hi = work.levels[0].lo
    work.levels[0].hiIndex = index
    try replaceLocated(by: 1)
  }

  /// Stores `first...last -> word` over whatever is there: elements inside are removed, and those
  /// that reach beyond are cut, so that what remains of them keeps its word.
  ///
  /// O(height + slots), and O(nodes) for the nodes it covers. Asks for `height + 2` nodes at the
  /// most.
  /// - Throws: `invalidRange`, `reservedWord` or `outOfMemory`; then nothing has changed.
  @inlinable
  public mutating func store(
    first: UInt64, last: UInt64, word: UInt64
  ) throws(RangeTreeError) {
    try Self.check(first: first, last: last, word: word)
    let element = RangeTreeElement(first: first, last: last, word: word)
    try overwrite(first: first, last: last, with: element)
  }

  /// Replaces all elements that intersect `first...last`, whole, and `first...last` itself, by one
  /// element from the lowest of their keys to the highest.
  ///
  /// O(height + slots), and O(nodes) for the nodes it covers. Asks for `height + 1` nodes at the
  /// most.
  /// - Returns: that element.
  /// - Throws: `invalidRange`, `reservedWord` or `outOfMemory`; then nothing has changed.
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

  /// Cuts and removes what intersects `first...last`, and puts `element` there if there is one.
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

  /// The first element that `locate` found. It found one.
  @inlinable
  var firstLocated: RangeTreeElement {
    work.levels[0].lo.element(at: work.levels[0].loIndex)
  }

  /// Makes the first leaf of an empty tree.
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

  /// Throws if the tree doesn't take this range or this word.
  @inlinable
  static func check(first: UInt64, last: UInt64, word: UInt64) throws(RangeTreeError) {
    guard first <= last else { throw .invalidRange }
    guard WordLayout.isStorable(word) else { throw .reservedWord(word) }
  }
}
