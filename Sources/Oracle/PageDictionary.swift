import ReverseMapping

/// A naive reverse map that tests compare with `CellDictionary` where ranges are short. It maps
/// every canonical page to the whole entry that contains it, and every nested page to its entry of
/// the direct map, if there is one.
///
/// Each operation is a loop over the pages of its range, and each loop is a sentence of
/// Specification 3 or 7. There is no search, split or merge that could go wrong. It is built for
/// correctness, not speed. It shares no code with `RangeTree` and `ReverseMap`: it checks arguments
/// and computes words on its own.
///
/// Every operation takes O(pages of the range). The dictionary never runs out of memory itself; the
/// caller passes `isRefused` where the subject was refused memory, and the dictionary then breaks.
public struct PageDictionary: ReverseMapProtocol {
  private var space: PageSpace
  private var words: ReferenceWords
  private var hasDirectMap: Bool
  @usableFromInline var entries = PageTable<Entry>()
  @usableFromInline var direct = PageTable<DirectEntry>()
  /// Whether a record with `isRefused` broke the dictionary since it was last emptied
  /// (Specification 4.2).
  public private(set) var isBroken = false
  /// The number of full unmaps that have begun and not ended (Specification 3.6).
  public private(set) var fullUnmapsInProgress = 0

  /// An empty dictionary, with a direct map if the configuration has one.
  public init(_ configuration: MapConfiguration) {
    space = PageSpace(configuration)
    words = ReferenceWords(configuration.layout)
    hasDirectMap = configuration.hasDirectMap
  }

  /// Resets the dictionary to empty with another configuration, and keeps its memory.
  public mutating func restart(_ configuration: MapConfiguration) {
    space = PageSpace(configuration)
    words = ReferenceWords(configuration.layout)
    hasDirectMap = configuration.hasDirectMap
    clear()
    fullUnmapsInProgress = 0
  }

  /// Records a mapping, without a refused request (Specification 3.2 and 7.2).
  /// O(pages, in both spaces, of the input and the entries that it intersects, gaps included).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    try record(canonical, nested: nested, isRefused: false)
  }

  /// Records a mapping (Specification 3.2 and 7.2). `isRefused` means that the subject was refused
  /// memory in this record; if there is something to store, the dictionary breaks (3.2.e, 7.4).
  /// O(pages, in both spaces, of the input and the entries that it intersects, gaps included).
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
    // 3.2.c: entries are disjoint, so an entry with the same bounds is the only one to intersect.
    if entries[pages.lowerBound] == new { return .unchanged }
    // 3.2.e without a direct map, 7.4 with one.
    if isRefused {
      if hasDirectMap { clear() }
      isBroken = true
      return .broke
    }
    // 7.2
    removeEntries(nestedPages: nestedPages)
    // 3.2.d: remove every entry that intersects. The union covers their pages again.
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

  /// Removes and reports the entries of a range (Specification 3.3).
  /// O(pages of the entries that `canonical` intersects).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    try unmap(canonical, appendingTo: &nested, isRefused: false)
  }

  /// Like `unmap`. `isRefused` means that the subject was refused memory in this unmap; if there is
  /// an entry to remove, the answer is `everything` (Specification 3.3.c). O(pages).
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

  /// Reports the entries of a range and changes nothing (Specification 3.4). O(pages of
  /// `canonical`).
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

  /// Removes every entry and resets the broken flag (Specification 3.5).
  public mutating func clear() {
    entries.removeAll()
    direct.removeAll()
    isBroken = false
  }

  /// Empties the dictionary and counts one more full unmap (Specification 3.6.a).
  public mutating func beginFullUnmap() {
    clear()
    fullUnmapsInProgress += 1
  }

  /// Counts one full unmap less (Specification 3.6.c).
  ///
  /// - Throws: `noFullUnmapInProgress`.
  public mutating func endFullUnmap() throws(ReverseMapError) {
    guard fullUnmapsInProgress > 0 else { throw .noFullUnmapInProgress }
    fullUnmapsInProgress -= 1
  }

  /// Removes every known entry whose nested range intersects `nested`; does nothing without a
  /// direct map (Specification 7.3 and 7.5). O(pages of `nested` and of the entries that it
  /// intersects).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    removeEntries(nestedPages: try space.pageNumbers(of: nested))
  }

  /// Calls `body` with every entry, in ascending canonical order. O(pages + entries x log entries).
  public func forEachEntry(_ body: (Entry) -> Void) { entries.runs.forEach(body) }

  /// Calls `body` with every entry of the direct map, in ascending nested order.
  /// O(pages + entries x log entries).
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) { direct.runs.forEach(body) }

  /// Checks that, in both maps, exactly the pages of each entry refer to it, and that the two maps
  /// are in lockstep (Specification 7.1). O(pages).
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

  /// A sentence if the dictionary is not empty, or nil.
  public func checkEmpty() -> String? {
    let pages = entries.count + direct.count
    return pages == 0 ? nil : "\(pages) pages have an entry in an empty dictionary"
  }

  /// Whether an entry with the same bounds, content and word as `entry` exists.
  @inlinable
  public func holds(_ entry: Entry) -> Bool { entries.holds(entry) }

  /// Whether a direct entry with the same bounds and canonical base as `entry` exists.
  @inlinable
  public func holds(_ entry: DirectEntry) -> Bool { direct.holds(entry) }

  /// The number of pages that belong to an entry. If disjoint entries are all held and have this
  /// many pages in total, they are all the entries.
  @inlinable
  public var pageCount: UInt64 { entries.count }

  /// The number of nested pages that belong to an entry of the direct map; compare `pageCount`.
  @inlinable
  public var directPageCount: UInt64 { direct.count }

  /// The direct entry that belongs to `entry`; nil if `entry` is unknown or there is no direct map
  /// (Specification 7.1).
  private func image(of entry: Entry) -> DirectEntry? {
    guard hasDirectMap, let nested = entry.content.nested else { return nil }
    return DirectEntry(
      first: nested, last: nested + (entry.last - entry.first), canonical: entry.first)
  }

  /// Removes `entry` from both maps, whole. O(pages of `entry`).
  private mutating func remove(_ entry: Entry) {
    entries.remove(entry)
    if let image = image(of: entry) { direct.remove(image) }
  }

  /// Removes every known entry that contains one of these nested pages from both maps, whole
  /// (Specification 7.2, 7.3). Does nothing without a direct map. O(pages).
  private mutating func removeEntries(nestedPages: ClosedRange<UInt64>) {
    guard hasDirectMap else { return }
    for page in nestedPages {
      if let image = direct[page], let entry = entries[image.canonical / 4096] { remove(entry) }
    }
  }
}
