import ReverseMapping

/// The timed measurements, in the order in which they are run on a map.
package enum MapMeasure: String, CaseIterable, Codable {
  /// Every record of the workload, into an empty map.
  case record
  /// The records whose entry is known, again: all answer `unchanged`.
  case rerecord = "re-record"
  /// The records whose entry is unknown, again: all answer `polluted`, and nothing changes.
  case pollute = "re-record unknown"
  /// A query of a page of a known entry.
  case hit = "query 4K hit"
  /// A query of a page anywhere in the window.
  case random = "query 4K random"
  /// A query of an aligned range of 2 MiB in which a record begins.
  case block = "query 2M"
  /// An unmap of a page of a known entry, then the record of an entry that was unmapped earlier.
  case churn = "unmap and record"
  /// An unmap of a page of every known entry, at most `MapLoad.mostOperations` of them. It leaves
  /// unknown entries, and in large maps the known entries beyond that limit.
  case unmap = "unmap 4K"
  /// All events of a trace.
  case events
  /// A query of a range that a trace has recorded, while the maps have the most entries.
  case ranges = "query recorded"

  /// Whether it is a measurement of traces, and not of workloads.
  package var isOfTraces: Bool { self == .events || self == .ranges }

  /// One line for the user.
  package var summary: String {
    switch self {
    case .record: "all records, into an empty map"
    case .rerecord: "repeats the records whose entry is known; each answers unchanged"
    case .pollute: "repeats the records whose entry is unknown; each answers polluted, no change"
    case .hit: "query of a random page of a known entry"
    case .random: "query of a random page of the window"
    case .block: "query of a random aligned 2 MiB in which a record begins"
    case .churn: "pairs: unmap of a page of a known entry, record of an entry unmapped earlier"
    case .unmap: "unmap of a page of every known entry"
    case .events: "all events of a trace, in order"
    case .ranges: "query of a random range that the trace recorded, while there are most entries"
    }
  }
}

/// A tally of the answers in a measurement. It shows a wrong answer, which makes the time
/// worthless.
struct MapTally: Equatable {
  /// Records by their answer; `failed` counts `ignored` and `broke`.
  var stored = 0
  var unchanged = 0
  var polluted = 0
  var failed = 0
  /// Queries and unmaps that were answered `everything`.
  var everything = 0
  /// Nested ranges reported.
  var ranges = 0
  /// A checksum of the reported ranges: the sum of a number that depends on start and size. Wraps.
  var sum: UInt64 = 0

  /// Counts the answer to a record, without a branch.
  @inline(__always)
  mutating func add(_ result: RecordResult) {
    stored &+= result == .stored ? 1 : 0
    unchanged &+= result == .unchanged ? 1 : 0
    polluted &+= result == .polluted ? 1 : 0
    failed &+= result == .ignored || result == .broke || result == .failed ? 1 : 0
  }

  /// Counts the answer to a query or an unmap. O(ranges).
  @inline(__always)
  mutating func add(_ result: UnmapResult, _ nested: [IPARange]) {
    everything &+= result == .everything ? 1 : 0
    ranges &+= nested.count
    for range in nested { add(range) }
  }

  @inline(__always)
  private mutating func add(_ range: IPARange) {
    // Squared, because in a plain sum a range a page too low offsets one a page too high.
    let pages = range.start >> Page.shift &+ range.size &<< 5
    sum &+= pages &* pages
  }

  /// Counts the expected answer to a query or an unmap that intersects `entries`.
  mutating func expect(_ entries: some Sequence<MapRecord>) {
    if entries.contains(where: \.isUnknown) {
      everything += 1
      return
    }
    for entry in entries {
      ranges += 1
      add(IPARange(start: entry.nested, size: entry.canonical.size))
    }
  }

  /// Throws if the answers in `measure` differ from the `expected` ones.
  func check(against expected: MapTally, in measure: MapMeasure) throws(WrongAnswer) {
    guard let difference = difference(from: expected) else { return }
    throw WrongAnswer("answered " + difference, in: measure)
  }

  /// The first difference from the `expected` tally, such as `3 stored instead of 4`, or nil.
  func difference(from expected: MapTally) -> String? {
    let figures: [(String, KeyPath<MapTally, Int>)] = [
      ("stored", \.stored), ("unchanged", \.unchanged), ("polluted", \.polluted),
      ("ignored or broke", \.failed), ("everything", \.everything), ("ranges", \.ranges),
    ]
    for (name, path) in figures where self[keyPath: path] != expected[keyPath: path] {
      return "\(self[keyPath: path]) \(name) instead of \(expected[keyPath: path])"
    }
    return sum == expected.sum ? nil : "wrong nested ranges"
  }
}
