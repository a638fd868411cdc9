import RangeTree
import ReverseMapping
import Scenario

/// Measures the time and memory of a `RangeTree` with 262,144 single-page ranges.
package enum RangeTreeBenchmark {
  /// Which pages are stored, and in which order.
  enum Order: String, CaseIterable {
    /// The pages of 1 GiB, from the lowest to the highest.
    case ascending
    /// A random permutation of the pages of 1 GiB.
    case dense = "random dense"
    /// Distinct random pages of 64 GiB.
    case sparse = "random sparse"
  }

  /// One line of the result.
  struct Row {
    var name: String
    var unit: String
    var minimum: Double
    var median: Double
  }

  /// The timed tree gave a wrong answer, so its times mean nothing.
  struct WrongAnswer: Error {}

  /// The number of ranges in the tree.
  package static let entries = 262_144

  /// Measures `rounds` rounds with pages in this order and returns a row for each operation.
  ///
  /// - Throws: `WrongAnswer`, or what the tree throws.
  static func rows<let slots: Int>(
    order: Order, rounds: Int, tree: RangeTree<slots>.Type
  ) throws -> [Row] {
    let pages = pages(order)
    let probes = shuffled(pages, seed: 7)
    var inserts: [Double] = []
    var stores: [Double] = []
    var lookups: [Double] = []
    var erases: [Double] = []
    var bytes: [Double] = []
    for _ in 0..<rounds {
      stores.append(try storeTime(pages, tree))
      var tree = RangeTree<slots>()
      var clashes = 0
      inserts.append(
        try nanosecondsPerEntry { () throws(RangeTreeError) in
          for page in pages {
            clashes += try tree.insert(first: page, last: page, word: page | 1 << 63) == nil ? 0 : 1
          }
        })
      bytes.append(Double(tree.liveNodes * RangeTree<slots>.bytesPerNode) / Double(tree.count))
      var sum: UInt64 = 0
      lookups.append(
        try nanosecondsPerEntry { () throws(RangeTreeError) in
          for page in probes { sum &+= tree.firstElement(atOrAfter: page)?.first ?? 0 }
        })
      var removed = 0
      erases.append(
        try nanosecondsPerEntry { () throws(RangeTreeError) in
          for page in pages {
            tree.removeIntersecting(first: page, last: page) { _ in removed &+= 1 }
          }
        })
      guard clashes == 0, sum == pages.reduce(0, &+), removed == entries, tree.liveNodes == 0 else {
        throw WrongAnswer()
      }
    }
    return [
      row("insert", "ns", inserts), row("store", "ns", stores), row("lookup", "ns", lookups),
      row("erase", "ns", erases), row("entry", "bytes", bytes),
    ]
  }

  static func storeTime<let slots: Int>(
    _ pages: [UInt64], _ type: RangeTree<slots>.Type
  ) throws(RangeTreeError) -> Double {
    var tree = RangeTree<slots>()
    return try nanosecondsPerEntry { () throws(RangeTreeError) in
      for page in pages { try tree.store(first: page, last: page, word: page | 1 << 63) }
    }
  }

  static func nanosecondsPerEntry(
    _ body: () throws(RangeTreeError) -> Void
  ) throws(RangeTreeError) -> Double {
    let start = ContinuousClock.now
    try body()
    let elapsed = (ContinuousClock.now - start).components
    return (Double(elapsed.seconds) * 1e9 + Double(elapsed.attoseconds) / 1e9) / Double(entries)
  }

  static func row(_ name: String, _ unit: String, _ samples: [Double]) -> Row {
    let sorted = samples.sorted()
    return Row(
      name: name, unit: unit, minimum: sorted.first ?? 0, median: sorted[sorted.count / 2])
  }

  static func pages(_ order: Order) -> [UInt64] {
    let ascending = (0..<UInt64(entries)).map { $0 }
    switch order {
    case .ascending: return ascending
    case .dense: return shuffled(ascending, seed: 1)
    case .sparse:
      var random = SplitMix64(seed: 2)
      var pages = Set<UInt64>()
      while pages.count < entries { pages.insert(random.next() % (1 << 24)) }
      return shuffled(pages.sorted(), seed: 3)
    }
  }

  static func shuffled(_ pages: [UInt64], seed: UInt64) -> [UInt64] {
    var random = SplitMix64(seed: seed)
    return pages.shuffled(using: &random)
  }
}
