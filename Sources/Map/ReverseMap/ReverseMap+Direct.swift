import RangeTree
import ReverseMapping

// The direct map: the known entries once more, by nested range (Specification 7). Its elements have
// page numbers for keys, as those of the other tree, and as their words the canonical bases, in the
// layout of known words.

extension ReverseMap {
  /// Specification 7.3. O(entries removed x log entries).
  @inlinable
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try configuration.check(nested)
    guard configuration.hasDirectMap else { return }
    removeStale(first: nested.start >> Page.shift, last: nested.last >> Page.shift)
  }

  /// Specification 3.2.b to 3.2.d with 7.2: `new` maps to the nested range `nested`.
  @inlinable
  mutating func recordInBoth(
    _ new: RangeTreeElement, nested: IPARange
  ) throws(RangeTreeError) -> RecordResult {
    // Before stale entries go: an exact repeat is none of them.
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

  /// Removes from the direct map every known entry that intersects `new`, which is to swallow it.
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

  /// Removes the nested ranges of entries that are gone.
  @inlinable
  mutating func removeDirect(_ ranges: ArraySlice<IPARange>) {
    for range in ranges {
      direct.removeIntersecting(
        first: range.start >> Page.shift, last: range.last >> Page.shift
      ) { _ in }
    }
  }

  /// O(direct entries).
  @inlinable
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) {
    direct.forEach { element in
      body(
        DirectEntry(
          first: element.first << Page.shift, last: element.last << Page.shift | (Page.size &- 1),
          canonical: canonicalPage(of: element) << Page.shift))
    }
  }

  /// Specification 7.1, from the direct map to the entries and, by counting, back.
  /// O(entries x log entries).
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
    return "\(known) known entries have \(direct.count) direct entries"
  }

  /// The word that says "canonical page `page`".
  @inlinable
  func directWord(page: UInt64) -> UInt64 {
    // A canonical base inside the IPA width has no stray bit, so it is encoded whatever the layout.
    (try? configuration.layout.word(known: page << Page.shift)) ?? configuration.layout.unknownWord
  }

  /// The canonical page that an element of the direct map starts at.
  @inlinable
  func canonicalPage(of element: RangeTreeElement) -> UInt64 {
    (configuration.layout.content(of: element.word)?.nested ?? .max) >> Page.shift
  }
}
