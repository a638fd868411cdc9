import ReverseMapping

/// The naive reverse map: for every page, the whole entry that it belongs to.
///
/// Each operation is a loop over the pages of its range, and each loop is a sentence of
/// Specification 3. There is nothing to get wrong in a search, a split or a merge, because there is
/// none; that, and not speed, is what it is for. It shares no code with `RangeTree` and
/// `ReverseMap`: it checks arguments and computes words on its own.
///
/// Time is O(pages of the range) for each operation. Memory is never refused, so it never breaks.
public struct PageDictionary: ReverseMapProtocol {
  private var space: UInt64
  private var words: ReferenceWords
  @usableFromInline var table = PageTable()
  public private(set) var fullUnmapsInProgress = 0

  /// Always false: the dictionary is never refused memory.
  public var isBroken: Bool { false }

  /// An empty dictionary. O(1).
  public init(_ configuration: MapConfiguration) {
    space = UInt64(1) << UInt64(configuration.ipaBits)
    words = ReferenceWords(configuration.layout)
  }

  /// Makes it an empty dictionary of another configuration, and keeps the memory. O(1).
  public mutating func restart(_ configuration: MapConfiguration) {
    space = UInt64(1) << UInt64(configuration.ipaBits)
    words = ReferenceWords(configuration.layout)
    table.removeAll()
    fullUnmapsInProgress = 0
  }

  /// Specification 3.2. O(pages of the union of the input and what it intersects).
  public mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    let pages = try pageNumbers(of: canonical)
    _ = try pageNumbers(of: IPARange(start: nested, size: canonical.size))
    let word = try words.word(forKnown: nested)
    let new = Entry(
      first: canonical.start, last: canonical.last, content: .known(nested: nested), word: word)

    var lowest: Entry?
    var highest: Entry?
    for page in pages {
      if let entry = table[page] {
        if lowest == nil { lowest = entry }
        highest = entry
      }
    }
    guard let lowest, let highest else {
      for page in pages { table[page] = new }
      return .stored
    }
    if lowest == new { return .unchanged }

    let union = Entry(
      first: min(lowest.first, new.first), last: max(highest.last, new.last),
      content: .unknown, word: words.unknown)
    for page in union.first / 4096...union.last / 4096 { table[page] = union }
    return .polluted
  }

  /// Specification 3.3. O(pages of the entries that `canonical` intersects).
  public mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    guard try query(canonical, appendingTo: &nested) == .ranges else {
      beginFullUnmap()
      return .everything
    }
    for page in try pageNumbers(of: canonical) {
      if let entry = table[page] {
        for page in entry.first / 4096...entry.last / 4096 { table[page] = nil }
      }
    }
    return .ranges
  }

  /// Specification 3.4. O(pages of `canonical`).
  public func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let pages = try pageNumbers(of: canonical)
    if fullUnmapsInProgress > 0 { return .everything }
    let before = nested.count
    var previous: Entry?
    for page in pages {
      guard let entry = table[page], entry.first != previous?.first else { continue }
      guard let base = entry.content.nested else {
        nested.removeSubrange(before...)
        return .everything
      }
      nested.append(IPARange(start: base, size: entry.last - entry.first + 1))
      previous = entry
    }
    return .ranges
  }

  /// Specification 3.5. O(1).
  public mutating func clear() { table.removeAll() }

  /// Specification 3.6. O(1).
  public mutating func beginFullUnmap() {
    table.removeAll()
    fullUnmapsInProgress += 1
  }

  /// Specification 3.6. O(1).
  public mutating func endFullUnmap() throws(ReverseMapError) {
    guard fullUnmapsInProgress > 0 else { throw .noFullUnmapInProgress }
    fullUnmapsInProgress -= 1
  }

  /// Specification 7.5: there is no direct map here yet.
  public mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    _ = try pageNumbers(of: nested)
  }

  /// Every entry, ascending. O(pages + entries x log entries).
  public func forEachEntry(_ body: (Entry) -> Void) {
    var entries: [Entry] = []
    table.forEachEntry { entries.append($0) }
    entries.sort { $0.first < $1.first }
    entries.forEach(body)
  }

  /// Every page of an entry has that entry, and no other page has one. O(pages).
  public func checkInvariants() -> String? {
    var pages: UInt64 = 0
    var fault: String?
    forEachEntry { entry in
      for page in entry.first / 4096...entry.last / 4096 where table[page] != entry {
        fault = "page \(hexadecimal(page)) of \(entry) belongs to another entry"
      }
      pages += entry.last / 4096 - entry.first / 4096 + 1
    }
    if fault == nil && pages != table.count {
      fault = "\(table.count) pages have an entry, and the entries have \(pages) pages"
    }
    return fault
  }

  /// O(1).
  public func checkEmpty() -> String? {
    table.count == 0 ? nil : "\(table.count) pages have an entry in an empty dictionary"
  }

  /// Whether `entry` is one of the entries: same bounds, content and word. O(1).
  @inlinable
  public func holds(_ entry: Entry) -> Bool { table.holds(entry) }

  /// Pages that belong to an entry. A list of disjoint entries that are all held, and that have
  /// this many pages together, is the list of all entries. O(1).
  @inlinable
  public var pageCount: UInt64 { table.count }

  /// The page numbers of a range that a caller states (Specification 3.1). O(1).
  private func pageNumbers(of range: IPARange) throws(ReverseMapError) -> ClosedRange<UInt64> {
    guard range.start % 4096 == 0, range.size % 4096 == 0 else { throw .misaligned }
    guard range.size > 0 else { throw .empty }
    let (last, wraps) = range.start.addingReportingOverflow(range.size - 1)
    guard !wraps else { throw .wraps }
    guard last < space else { throw .outsideWidth }
    return range.start / 4096...last / 4096
  }
}
