import Oracle
import ReverseMapping

/// A SplitMix64 generator, with the same numbers in every run.
struct Numbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var number = state
    number = (number ^ number >> 30) &* 0xbf58_476d_1ce4_e5b9
    number = (number ^ number >> 27) &* 0x94d0_49bb_1331_11eb
    return number ^ number >> 31
  }

  /// One to four pages that start in the first 16, or near a chunk boundary of a page table.
  mutating func range() -> ClosedRange<UInt64> {
    let start = UInt64.random(in: 0...15, using: &self)
    let far: UInt64 = UInt64.random(in: 0...3, using: &self) == 0 ? 54 : 0
    return start + far...start + far + UInt64.random(in: 0...3, using: &self)
  }
}

/// A reverse map as a list of entries, in pages. Every rule is a filter of the list. The direct map
/// is not stored, because it follows from the entries (Specification 7.1).
struct EntryList {
  struct Item: Hashable {
    var pages: ClosedRange<UInt64>
    /// The nested page of the first canonical page; nil if unknown.
    var nested: UInt64?

    var nestedPages: ClosedRange<UInt64>? {
      nested.map { $0...$0 + (pages.upperBound - pages.lowerBound) }
    }
  }

  let hasDirectMap: Bool
  private(set) var items: Set<Item> = []
  private(set) var isBroken = false
  private(set) var walks = 0

  init(hasDirectMap: Bool) { self.hasDirectMap = hasDirectMap }

  mutating func record(
    _ pages: ClosedRange<UInt64>, nested: UInt64, isRefused: Bool
  ) -> RecordResult {
    let new = Item(pages: pages, nested: nested)
    if isBroken { return .ignored }
    if items.contains(new) { return .unchanged }
    if isRefused {
      isBroken = true
      if hasDirectMap { items = [] }
      return .broke
    }
    if let nestedPages = new.nestedPages { invalidate(nestedPages) }
    let hits = items.filter { $0.pages.overlaps(pages) }
    items.subtract(hits)
    guard !hits.isEmpty else {
      items.insert(new)
      return .stored
    }
    let bounds = hits.flatMap { [$0.pages.lowerBound, $0.pages.upperBound] }
    let low = min(pages.lowerBound, bounds.min() ?? pages.lowerBound)
    let high = max(pages.upperBound, bounds.max() ?? pages.upperBound)
    items.insert(Item(pages: low...high, nested: nil))
    return .polluted
  }

  mutating func invalidate(_ nested: ClosedRange<UInt64>) {
    guard hasDirectMap else { return }
    items = items.filter { $0.nestedPages.map { !$0.overlaps(nested) } ?? true }
  }

  /// The nested ranges, or nil for `everything`.
  func query(_ pages: ClosedRange<UInt64>) -> [IPARange]? {
    let hits = items.filter { $0.pages.overlaps(pages) }
    if isBroken || walks > 0 || hits.contains(where: { $0.nested == nil }) { return nil }
    return hits.sorted { $0.pages.lowerBound < $1.pages.lowerBound }
      .map { IPARange(start: $0.nested! * 4096, size: UInt64($0.pages.count) * 4096) }
  }

  mutating func unmap(_ pages: ClosedRange<UInt64>) -> [IPARange]? {
    let ranges = query(pages)
    if ranges == nil {
      begin()
    } else {
      items = items.filter { !$0.pages.overlaps(pages) }
    }
    return ranges
  }

  mutating func clear() {
    items = []
    isBroken = false
  }

  mutating func begin() {
    clear()
    walks += 1
  }

  mutating func end() { walks = max(0, walks - 1) }

  /// The known entries, in canonical order.
  var known: [Item] {
    items.filter { $0.nested != nil }.sorted { $0.pages.lowerBound < $1.pages.lowerBound }
  }

  /// The same format as `BothDictionaries.summary`.
  var summary: [String] {
    items.sorted { $0.pages.lowerBound < $1.pages.lowerBound }.map {
      "\($0.pages.lowerBound)-\($0.pages.upperBound)" + ($0.nested.map { ">\($0)" } ?? "?")
    }
  }

  /// The same format as `BothDictionaries.directSummary`.
  var directSummary: [String] {
    guard hasDirectMap else { return [] }
    return items.filter { $0.nested != nil }.sorted { $0.nested! < $1.nested! }.map {
      let nested = $0.nestedPages!
      return "\(nested.lowerBound)-\(nested.upperBound)>\($0.pages.lowerBound)"
    }
  }
}
