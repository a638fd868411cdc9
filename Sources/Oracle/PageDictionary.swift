import ReverseMapping

/// The naive reverse map: for every canonical page, the whole entry that it belongs to; and for
/// every nested page, the entry of the direct map, if there is one.
///
/// Each operation is a loop over the pages of its range, and each loop is a sentence of
/// Specification 3 or 7. There is nothing to get wrong in a search, a split or a merge, because
/// there is none; that, and not speed, is what it is for. It shares no code with `RangeTree` and
/// `ReverseMap`: it checks arguments and computes words on its own.
///
/// Time is O(pages of the range) for each operation. Memory is never refused to it; it breaks where
/// it is told that the subject was refused memory.
public struct PageDictionary: ReverseMapProtocol {
  private var space: PageSpace
  private var words: ReferenceWords
  private var hasDirectMap: Bool
  @usableFromInline var entries = PageTable<Entry>()
  @usableFromInline var direct = PageTable<DirectEntry>()
  /// Whether a record was told of refused memory since the dictionary was last emptied
  /// (Specification 4.2).
  public private(set) var isBroken = false
  /// How many full unmaps have begun and not ended (Specification 3.6).
  public private(set) var fullUnmapsInProgress = 0

  /// An empty dictionary, with a direct map if the configuration has one.
  public init(_ configuration: MapConfiguration) {
    space = PageSpace(configuration)
    words = ReferenceWords(configuration.layout)
    hasDirectMap = configuration.hasDirectMap
  }

  /// Makes it an empty dictionary of another configuration, and keeps the memory.
  public mutating func restart(_ configuration: MapConfiguration) {
    space = PageSpace(configuration)
    words = ReferenceWords(configuration.layout)
    hasDirectMap = configuration.hasDirectMap
    clear()
    fullUnmapsInProgress = 0
  }

  /// Specification 3.2 and 7.2, with all the memory that it takes.
  /// O(pages of the union of the input and what it intersects, in both spaces).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    try record(canonical, nested: nested, isRefused: false)
  }

  /// Specification 3.2 and 7.2; with `isRefused`, the subject was refused memory in this record,
  /// which breaks the dictionary if the record has something to store (3.2.e, 7.4).
  /// O(pages of the union of the input and what it intersects, in both spaces).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, isRefused: Bool
  ) throws(ReverseMapError) -> RecordResult {
    let pages = try space.pageNumbers(of: canonical)
    let nestedPages = try space.pageNumbers(of: IPARange(start: nested, size: canonical.size))
    let word = try words.word(forKnown: nested)
    let new = Entry(
      first: canonical.start, last: canonical.last, content: .known(nested: nested), word: word)

    // 3.2.a
    if isBroken { return .ignored }
    // 3.2.c: entries are disjoint, so one with the same bounds is the only one that intersects.
    if entries[pages.lowerBound] == new { return .unchanged }
    // 3.2.e, or 7.4 in its place.
    if isRefused {
      if hasDirectMap { clear() }
      isBroken = true
      return .broke
    }
    // 7.2
    removeEntries(nestedPages: nestedPages)
    // 3.2.d: every entry that intersects goes, and its pages come back in the union.
    var union = Entry(
      first: new.first, last: new.last, content: .unknown, word: words.unknown)
    var intersects = false
    for page in pages {
      if let entry = entries[page] {
        intersects = true
        union.first = min(union.first, entry.first)
        union.last = max(union.last, entry.last)
        remove(entry)
      }
    }
    if intersects {
      entries.insert(union)
      return .polluted
    }
    // 3.2.b, 7.1
    entries.insert(new)
    if let image = image(of: new) { direct.insert(image) }
    return .stored
  }

  /// Specification 3.3. O(pages of the entries that `canonical` intersects).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try unmap(canonical, appendingTo: &nested, isRefused: false)
  }

  /// As `unmap`; with `isRefused`, the subject was refused memory in it, so a removal is answered with
  /// `everything` (Specification 3.3.c). O(pages).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange], isRefused: Bool
  ) throws(ReverseMapError) -> UnmapResult {
    let before = nested.count
    let answer = try query(canonical, appendingTo: &nested)
    if answer == .everything || isRefused && nested.count > before {
      nested.removeSubrange(before...)
      beginFullUnmap()
      return .everything
    }
    for page in try space.pageNumbers(of: canonical) {
      if let entry = entries[page] { remove(entry) }
    }
    return .ranges
  }

  /// Specification 3.4. O(pages of `canonical`).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let pages = try space.pageNumbers(of: canonical)
    if isBroken || fullUnmapsInProgress > 0 { return .everything }
    let before = nested.count
    var previous: Entry?
    for page in pages {
      guard let entry = entries[page], entry.first != previous?.first else { continue }
      guard let base = entry.content.nested else {
        nested.removeSubrange(before...)
        return .everything
      }
      nested.append(IPARange(start: base, size: entry.last - entry.first + 1))
      previous = entry
    }
    return .ranges
  }

  /// Specification 3.5.
  public mutating func clear() {
    entries.removeAll()
    direct.removeAll()
    isBroken = false
  }

  /// Specification 3.6.a.
  public mutating func beginFullUnmap() {
    clear()
    fullUnmapsInProgress += 1
  }

  /// Specification 3.6.c.
  ///
  /// - Throws: `noFullUnmapInProgress`.
  public mutating func endFullUnmap() throws(ReverseMapError) {
    guard fullUnmapsInProgress > 0 else { throw .noFullUnmapInProgress }
    fullUnmapsInProgress -= 1
  }

  /// Specification 7.3 and 7.5. O(pages of `nested` and of the entries that it intersects); O(1)
  /// without a direct map.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    removeEntries(nestedPages: try space.pageNumbers(of: nested))
  }

  /// Every entry, in ascending canonical order. O(pages + entries x log entries).
  public func forEachEntry(_ body: (Entry) -> Void) { entries.runs.forEach(body) }

  /// Every entry of the direct map, in ascending nested order. O(pages + entries x log entries).
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) { direct.runs.forEach(body) }

  /// Every page of an entry has that entry and no other page has one, in both maps; and the two are
  /// in lockstep (Specification 7.1). O(pages).
  public func checkInvariants() -> String? {
    if let fault = entries.fault() { return fault }
    if let fault = direct.fault() { return "in the direct map, " + fault }
    for entry in entries.runs {
      if let image = image(of: entry), !direct.holds(image) {
        return "the direct map has no entry \(image) for \(entry)"
      }
    }
    for image in direct.runs {
      guard let entry = entries[image.canonical / 4096], self.image(of: entry) == image else {
        return "there is no known entry for \(image)"
      }
    }
    return nil
  }

  /// TODO
  public func checkEmpty() -> String? {
    let pages = entries.count + direct.count
    return pages == 0 ? nil : "\(pages) pages have an entry in an empty dictionary"
  }

  /// Whether `entry` is one of the entries: same bounds, content and word.
  @inlinable
  public func holds(_ entry: Entry) -> Bool { entries.holds(entry) }

  /// Whether `entry` is one of the direct map's entries: same bounds and canonical base.
  @inlinable
  public func holds(_ entry: DirectEntry) -> Bool { direct.holds(entry) }

  /// Pages that belong to an entry. A list of disjoint entries that are all held, and that have
  /// this many pages together, is the list of all entries.
  @inlinable
  public var pageCount: UInt64 { entries.count }

  /// Nested pages that belong to an entry of the direct map, as `pageCount`.
  @inlinable
  public var directPageCount: UInt64 { direct.count }

  /// The entry that the direct map has for `entry`; nil if it is unknown, or without a direct map
  /// (Specification 7.1).
  private func image(of entry: Entry) -> DirectEntry? {
    guard hasDirectMap, let nested = entry.content.nested else { return nil }
    return DirectEntry(
      first: nested, last: nested + (entry.last - entry.first), canonical: entry.first)
  }

  /// Takes `entry` out of both maps, whole. O(pages of `entry`).
  private mutating func remove(_ entry: Entry) {
    entries.remove(entry)
    if let image = image(of: entry) { direct.remove(image) }
  }

  /// Takes every known entry with one of these nested pages out of both maps, whole (Specification
  /// 7.2, 7.3). Without a direct map, nothing is known of nested pages. O(pages).
  private mutating func removeEntries(nestedPages: ClosedRange<UInt64>) {
    guard hasDirectMap else { return }
    for page in nestedPages {
      if let image = direct[page], let entry = entries[image.canonical / 4096] { remove(entry) }
    }
  }
}
