import ReverseMapping

/// One thing that is timed, in the order in which it is done to a map.
package enum MapMeasure: String, CaseIterable, Codable {
  /// Every record of the workload, into an empty map.
  case record
  /// The records whose entry is known, once more: all are `unchanged`.
  case rerecord = "re-record"
  /// The records whose entry is unknown, once more: all are `polluted`, and nothing changes.
  case pollute = "re-record unknown"
  /// A query of a page of a known entry.
  case hit = "query 4K hit"
  /// A query of a page anywhere in the window.
  case random = "query 4K random"
  /// A query of an aligned range of 2 MiB that a record touches.
  case block = "query 2M"
  /// An unmap of a page of a known entry, and the record of one that was unmapped a while ago.
  case churn = "unmap and record"
  /// An unmap of a page of every known entry: only unknown entries are left. In maps of millions of
  /// records, of as many as are worked on.
  case unmap = "unmap 4K"

  /// What is done, in a line for the user.
  package var summary: String {
    switch self {
    case .record: "all records, into an empty map"
    case .rerecord: "the same records again, if their entry is known: unchanged"
    case .pollute: "the same records again, if their entry is unknown: polluted, nothing changes"
    case .hit: "a page of a known entry, at random"
    case .random: "a page of the window, at random"
    case .block: "an aligned 2 MiB that a record touches, at random"
    case .churn: "a page of a known entry goes, one that went earlier comes back: a pair"
    case .unmap: "a page of every known entry goes"
    }
  }
}

/// What the answers to a measurement add up to: with a wrong one, the time means nothing.
struct MapTally: Equatable {
  /// Records, by their answer; `failed` are `ignored` and `broke`.
  var stored = 0
  var unchanged = 0
  var polluted = 0
  var failed = 0
  /// Queries and unmaps that were answered `everything`.
  var everything = 0
  /// Nested ranges reported.
  var ranges = 0
  /// Over the ranges reported, a number that depends on start and size. Wraps.
  var sum: UInt64 = 0

  /// Counts the answer to a record. O(1), no branch.
  @inline(__always)
  mutating func add(_ result: RecordResult) {
    stored &+= result == .stored ? 1 : 0
    unchanged &+= result == .unchanged ? 1 : 0
    polluted &+= result == .polluted ? 1 : 0
    failed &+= result == .ignored || result == .broke ? 1 : 0
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
    // Squared, because in a plain sum what is a page too low makes up for what is one too high.
    let pages = range.start >> Page.shift &+ range.size &<< 5
    sum &+= pages &* pages
  }

  /// Counts what a query or an unmap has to answer that meets `entries`.
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

  /// The first figure in which it differs from what is `expected`, as in `3 stored and not 4`, or
  /// nil.
  func difference(from expected: MapTally) -> String? {
    let figures: [(String, KeyPath<MapTally, Int>)] = [
      ("stored", \.stored), ("unchanged", \.unchanged), ("polluted", \.polluted),
      ("ignored or broke", \.failed), ("everything", \.everything), ("ranges", \.ranges),
    ]
    for (name, path) in figures where self[keyPath: path] != expected[keyPath: path] {
      return "\(self[keyPath: path]) \(name) and not \(expected[keyPath: path])"
    }
    return sum == expected.sum ? nil : "other nested ranges, though as many"
  }
}
