import Oracle
import ReverseMapping
import TestSupport
import Testing

/// The properties of Specification 5 that subjects inherit by agreeing with the oracle. Checked for
/// every sequence of records in a world of five canonical pages.
@Suite("Specification 5.5 to 5.8 hold for the oracle, on every sequence in a small world")
struct SmallWorldTests {
  typealias Record = (range: ClosedRange<UInt64>, nested: UInt64)

  /// Every range of pages 0 to 4, at each of two nested bases.
  static let records: [Record] = (UInt64(0)...4).flatMap { first in
    (first...4).flatMap { last in [(first...last, 8), (first...last, 24)] as [Record] }
  }

  /// One character per page: `.` no entry, `k` known, `u` unknown.
  static func kinds(_ map: BothDictionaries) -> [Character] {
    var kinds = [Character](repeating: ".", count: 5)
    map.forEachEntry { entry in
      for page in entry.first / 4096...entry.last / 4096 {
        kinds[Int(page)] = entry.content.isUnknown ? "u" : "k"
      }
    }
    return kinds
  }

  @Test("unknown pages stay unknown, and only the union of the intersecting ranges becomes unknown")
  func stickyAndMinimal() throws {
    var polluted = 0
    for a in Self.records {
      for b in Self.records {
        for c in Self.records {
          var map = try dictionary([a, b])
          let before = Self.kinds(map)
          let entries = map.summary
          let result = try map.record(pages(c.range), nested: c.nested * 4096)
          let after = Self.kinds(map)
          for page in 0..<5 where before[page] == "u" { check(after[page] == "u") }
          guard result == .polluted else { continue }
          polluted += 1
          // Every known entry left existed before, unchanged.
          check(map.summary.filter { !$0.hasSuffix("?") }.allSatisfy(entries.contains))
          let hit = try dictionary([a, b]).hits(c.range)
          let low = min(hit.map(\.lowerBound).min() ?? 9, c.range.lowerBound)
          let high = max(hit.map(\.upperBound).max() ?? 0, c.range.upperBound)
          check(map.summary.contains("\(low)-\(high)?"))
        }
      }
    }
    #expect(polluted > 10_000)
  }

  @Test("disjoint records commute; for overlapping ones the unknown pages do not depend on order")
  func order() throws {
    for a in Self.records {
      for b in Self.records {
        for c in Self.records {
          let forward = try dictionary([a, b, c])
          let backward = try dictionary([c, b, a])
          let disjoint =
            !a.range.overlaps(b.range) && !b.range.overlaps(c.range)
            && !a.range.overlaps(c.range)
          if disjoint { check(forward.summary == backward.summary) }
          check(
            Self.kinds(forward).map { $0 == "u" } == Self.kinds(backward).map { $0 == "u" })
        }
      }
    }
  }

  @Test("a query changes nothing, and two adjacent queries with no entry across the seam add up")
  func queries() throws {
    for a in Self.records {
      for b in Self.records {
        let map = try dictionary([a, b])
        for seam in UInt64(1)...4
        where !map.hits(seam...seam).contains(where: { $0.contains(seam - 1) }) {
          let left = try map.queried(0...seam - 1)
          let right = try map.queried(seam...4)
          let both = try map.queried(0...4)
          let either = left == ["everything"] || right == ["everything"]
          check(both == (either ? ["everything"] : left + right))
        }
        try check(dictionary([a, b]).summary == map.summary)
        check(map.checkInvariants() == nil)
      }
    }
  }
}

extension BothDictionaries {
  /// The page ranges of the entries that intersect `range`.
  func hits(_ range: ClosedRange<UInt64>) -> [ClosedRange<UInt64>] {
    var hits: [ClosedRange<UInt64>] = []
    forEachEntry { entry in
      let pages = entry.first / 4096...entry.last / 4096
      if pages.overlaps(range) { hits.append(pages) }
    }
    return hits
  }
}
