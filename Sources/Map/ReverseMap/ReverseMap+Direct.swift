import RangeTree
import ReverseMapping

// The direct map: a second tree with the known entries, by nested range (Specification 7). As in
// the first tree, keys are page numbers. The words are canonical bases, encoded like known words.

extension ReverseMap {
  /// Removes every known entry whose nested range intersects `nested` (Specification 7.3).
  /// O(entries removed x log entries).
  @inlinable
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try configuration.check(nested)
    guard configuration.hasDirectMap else { return }
    removeStale(first: nested.start >> Page.shift, last: nested.last >> Page.shift)
  }

  /// Records `new`, mapped by the nested range `nested`, in both trees (Specification 3.2.b to
  /// 3.2.d with 7.2).
  @inlinable
  mutating func recordInBoth(
    _ new: RangeTreeElement, nested: IPARange
  ) throws(RangeTreeError) -> RecordResult {
    // Check this before removing stale entries: an exact repeat does not make itself stale.
    if tree.firstElement(atOrAfter: new.first) == new { return .unchanged }
    let first = nested.start >> Page.shift
    let last = nested.last >> Page.shift
    removeStale(first: first, last: last)
    forgetKnown(intersecting: new)
    let result = try record(new)
    if result == .stored {
      _ = try direct.insert(first: first, last: last, word: directWord(page: new.first))
    }
    return result
  }

  /// Removes every known entry whose nested pages intersect `first...last` from both trees.
  @inlinable
  mutating func removeStale(first: UInt64, last: UInt64) {
    while let stale = direct.firstElement(atOrAfter: first), stale.first <= last {
      let page = canonicalPage(of: stale)
      tree.removeIntersecting(first: page, last: page) { _ in }
      direct.removeIntersecting(first: stale.first, last: stale.last) { _ in }
    }
  }

  /// Removes from the direct map every known entry that intersects `new`: those entries are about
  /// to be merged into an unknown entry.
  @inlinable
  mutating func forgetKnown(intersecting new: RangeTreeElement) {
    var key = new.first
    while let entry = tree.firstElement(atOrAfter: key), entry.first <= new.last {
      if let nested = configuration.layout.content(of: entry.word)?.nested {
        let page = nested >> Page.shift
        direct.removeIntersecting(first: page, last: page) { _ in }
      }
      if entry.last >= new.last { return }
      key = entry.last &+ 1
    }
  }

  /// Removes the nested ranges of removed entries from the direct map.
  @inlinable
  mutating func removeDirect(_ ranges: ArraySlice<IPARange>) {
    for range in ranges {
      direct.removeIntersecting(
        first: range.start >> Page.shift, last: range.last >> Page.shift
      ) { _ in }
    }
  }

  /// Calls `body` with every direct entry, in ascending nested order. O(direct entries).
  @inlinable
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) {
    direct.forEach { element in
      body(
        DirectEntry(
          first: element.first << Page.shift, last: element.last << Page.shift | (Page.size &- 1),
          canonical: canonicalPage(of: element) << Page.shift))
    }
  }

  /// Checks Specification 7.1: every direct entry has its entry, and the numbers of direct and
  /// known entries are equal, so the converse holds too. O(entries x log entries).
  @inlinable
  public func checkLockstep() -> String? {
    guard configuration.hasDirectMap else { return nil }
    var known = 0
    tree.forEach { element in
      if configuration.layout.content(of: element.word)?.nested != nil { known &+= 1 }
    }
    var fault: String?
    direct.forEach { element in
      let page = canonicalPage(of: element)
      let entry = tree.firstElement(atOrAfter: page)
      let base = entry.flatMap { configuration.layout.content(of: $0.word)?.nested }
      let isOwn =
        entry?.first == page && entry?.last == page &+ (element.last &- element.first)
        && base == element.first << Page.shift
      if !isOwn {
        fault = "the direct entry of nested page \(element.first) has no entry at page \(page)"
      }
    }
    if fault != nil || known == direct.count { return fault }
    return "\(known) known entries, but \(direct.count) direct entries"
  }

  /// The word for the canonical base of page `page`.
  @inlinable
  func directWord(page: UInt64) -> UInt64 {
    // A canonical base inside the IPA width has no stray bits, so encoding it cannot fail.
    (try? configuration.layout.word(known: page << Page.shift)) ?? configuration.layout.unknownWord
  }

  /// The canonical page at which an element of the direct map starts.
  @inlinable
  func canonicalPage(of element: RangeTreeElement) -> UInt64 {
    (configuration.layout.content(of: element.word)?.nested ?? .max) >> Page.shift
  }
}
