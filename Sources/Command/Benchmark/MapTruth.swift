import ReverseMapping

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
///
/// A mapping is live from its record until a reported range has one of its nested pages; it then
/// dies whole (Specification 9.2). No two records of a workload have a nested page in common, and
/// no two of one size have a canonical page in common. `Oracle.ShadowStage2` needs neither, but
/// passes over all mappings for each answer.
final class MapTruth {
  /// The nested range and the canonical start of each record, in ascending order.
  private let mappings: [(nested: IPARange, canonical: UInt64)]
  /// A bit for each of `mappings`: whether it is live.
  private var live: [UInt64]
  /// The canonical starts of the records of pages and of blocks, in ascending order, with their
  /// places in `mappings`.
  private let pages: [(start: UInt64, place: Int)]
  private let blocks: [(start: UInt64, place: Int)]

  private(set) var excess = MapExcess()
  /// The first live mapping that an answer missed, as the predicate of a sentence about the map.
  private(set) var miss: String?
  /// Whether an unmap was answered `everything`, so that the caller had to empty the map.
  private(set) var isEmptied = false

  /// The truth before the first of `records` is made. O(records log records).
  init(_ records: [MapRecord]) {
    let sorted = records.sorted { $0.nested < $1.nested }
    mappings = sorted.map {
      (IPARange(start: $0.nested, size: $0.canonical.size), $0.start)
    }
    live = Array(repeating: 0, count: (sorted.count + 63) / 64)
    func starts(_ isBlock: Bool) -> [(start: UInt64, place: Int)] {
      sorted.indices.filter { sorted[$0].isBlock == isBlock }.map { (sorted[$0].start, $0) }
        .sorted { $0.start < $1.start }
    }
    pages = starts(false)
    blocks = starts(true)
  }

  /// Takes the record of the mapping at `nested`, whatever the map answered: it is live from now
  /// on. O(log records).
  func record(nested: UInt64) {
    let place = Self.index(in: mappings) { $0.nested.start >= nested }
    live[place / 64] |= 1 << (place % 64)
  }

  /// Judges the answer to a query of `canonical`. O((needed + reported) log reported).
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
    for place in places(in: canonical) where live[place / 64] >> (place % 64) & 1 == 1 {
      let (nested, start) = mappings[place]
      needed += nested.size >> Page.shift
      let after = Self.index(in: ranges) { $0.start > nested.last }
      if after == 0 || ends[after - 1] < nested.start {
        let canonical = IPARange(start: start, size: nested.size)
        miss = miss ?? "misses the mapping \(nested) -> \(canonical)"
      }
    }
    let pages = reported.reduce(0) { $0 &+ $1.size >> Page.shift }
    excess.neededPages += needed
    excess.extraPages += pages > needed ? pages - needed : 0
  }

  /// Judges the answer to an unmap of `canonical`, and ends the mappings that it kills.
  /// O((needed + reported) log records + records / 64).
  func unmap(_ canonical: IPARange, _ result: UnmapResult, _ reported: ArraySlice<IPARange>) {
    query(canonical, result, reported)
    if result == .everything { isEmptied = true }
    for range in reported {
      let from = Self.index(in: mappings) { $0.nested.last >= range.start }
      let to = Self.index(in: mappings) { $0.nested.start > range.last }
      guard from < to else { continue }
      for word in from / 64...(to - 1) / 64 {
        let low = word == from / 64 ? UInt64.max << (from % 64) : .max
        let high = word == (to - 1) / 64 ? UInt64.max >> (63 - (to - 1) % 64) : .max
        live[word] &= ~(low & high)
      }
    }
  }

  /// The places of the mappings, live or not, with a page in `canonical`.
  private func places(in canonical: IPARange) -> [Int] {
    [(pages, Page.size), (blocks, MapRecordMaker.blockSize)].flatMap { list, size in
      let from = Self.index(in: list) { $0.start + (size - 1) >= canonical.start }
      let to = Self.index(in: list) { $0.start > canonical.last }
      return list[from..<max(from, to)].map(\.place)
    }
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
    truth.record(nested: nested)
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
