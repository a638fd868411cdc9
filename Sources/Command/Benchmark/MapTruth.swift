import ReverseMapping
import Traces

/// How precise the answers of a sound map were: what it reported beyond what it had to.
package struct MapExcess: Codable, Equatable {
  /// Queries and unmaps.
  package var answers = 0
  /// Answers that were `everything`.
  package var everything = 0
  /// Pages of the live mappings that the other answers had to report.
  package var neededPages: UInt64 = 0
  /// Pages that the other answers reported beyond these, counted answer by answer.
  package var extraPages: UInt64 = 0

  /// Pages reported beyond those needed, in percent of those needed; nil if none were needed.
  package var percent: Double? {
    neededPages == 0 ? nil : 100 * Double(extraPages) / Double(neededPages)
  }
}

/// The ground truth of a benchmark: which of the records' mappings are live. Judges the answers of
/// a map that is only sound, for which no expected answer can be computed in advance.
final class MapTruth {
  private var live: LiveMappings
  private var records = 0

  private(set) var excess = MapExcess()
  /// The first live mapping that an answer missed, as the predicate of a sentence about the map.
  private(set) var miss: String?
  /// Whether an unmap was answered `everything`, so that the caller had to empty the map.
  private(set) var isEmptied = false

  /// The truth before the first of `records` is made. O(records log records).
  init(_ records: [MapRecord]) {
    var cells = EventCells()
    for record in records { cells.add(.record(record.canonical, nested: record.nested)) }
    cells.finish()
    live = LiveMappings(cells)
  }

  /// Takes a record, whatever the map answered. O(cells).
  func record(_ canonical: IPARange, nested: UInt64) {
    live.map(canonical, nested: nested, made: records)
    records += 1
  }

  /// Judges the answer to a query of `canonical`. O((cells + reported) log reported).
  func query(_ canonical: IPARange, _ result: UnmapResult, _ reported: ArraySlice<IPARange>) {
    excess.answers += 1
    if result == .everything {
      excess.everything += 1
      return
    }
    // Sorted by start. For each range, the last byte of it and of those before it.
    let ranges = reported.sorted { $0.start < $1.start }
    var ends: [UInt64] = []
    for range in ranges { ends.append(max(range.last, ends.last ?? 0)) }
    var needed: UInt64 = 0
    live.forEachMapping(in: canonical) { mapping in
      needed += mapping.nested.size >> Page.shift
      let after = Self.index(in: ranges) { $0.start > mapping.nested.last }
      if after == 0 || ends[after - 1] < mapping.nested.start {
        miss = miss ?? "misses the mapping \(mapping.nested) -> \(mapping.canonicalRange)"
      }
    }
    let pages = reported.reduce(0) { $0 &+ $1.size >> Page.shift }
    excess.neededPages += needed
    excess.extraPages += pages > needed ? pages - needed : 0
  }

  /// Judges the answer to an unmap of `canonical`, and ends the mappings that it kills.
  /// O((cells + reported) log reported).
  func unmap(_ canonical: IPARange, _ result: UnmapResult, _ reported: ArraySlice<IPARange>) {
    query(canonical, result, reported)
    if result == .everything { isEmptied = true }
    live.unmap(canonical, reported: reported)
  }

  /// The first index whose element satisfies `condition`, which must be monotonic. O(log elements).
  private static func index<Element>(in list: [Element], where condition: (Element) -> Bool) -> Int
  {
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if condition(list[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// A map whose answers go to a `MapTruth`.
struct JudgedMap<Map: ReverseMapProtocol & ~Copyable>: ReverseMapProtocol, ~Copyable {
  var map: Map
  let truth: MapTruth

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    truth.record(canonical, nested: nested)
    return try map.record(canonical, nested: nested)
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let before = nested.count
    let result = try map.unmap(canonical, appendingTo: &nested)
    truth.unmap(canonical, result, nested[before...])
    return result
  }

  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let before = nested.count
    let result = try map.query(canonical, appendingTo: &nested)
    truth.query(canonical, result, nested[before...])
    return result
  }

  mutating func clear() { map.clear() }
  mutating func beginFullUnmap() { map.beginFullUnmap() }
  mutating func endFullUnmap() throws(ReverseMapError) { try map.endFullUnmap() }
  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try map.invalidate(nested)
  }
  var isBroken: Bool { map.isBroken }
  var fullUnmapsInProgress: Int { map.fullUnmapsInProgress }
  func forEachEntry(_ body: (Entry) -> Void) { map.forEachEntry(body) }
  func checkInvariants() -> String? { map.checkInvariants() }
  func checkEmpty() -> String? { map.checkEmpty() }
}
