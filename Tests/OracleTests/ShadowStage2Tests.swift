import Oracle
import ReverseMapping
import Testing

/// A ground truth in which `made` were mapped, canonical pages and the nested page of the first;
/// the steps count from 0.
func truth(_ made: [(ClosedRange<UInt64>, UInt64)]) -> ShadowStage2 {
  var truth = ShadowStage2()
  for (step, (canonical, nested)) in made.enumerated() {
    truth.map(canonical: pages(canonical), nested: nested * 4096, step: step)
  }
  return truth
}

/// An entry over canonical pages, with the nested page of the first, or unknown.
func entry(_ range: ClosedRange<UInt64>, _ nested: UInt64?) -> Entry {
  Entry(
    first: pages(range).start, last: pages(range).last,
    content: nested.map { .known(nested: $0 * 4096) } ?? .unknown, word: 0)
}

extension ShadowStage2 {
  /// The mappings as `first-last>nested`, in pages.
  var summary: [String] {
    mappings.map {
      "\($0.canonical / 4096)-\($0.canonicalRange.last / 4096)>\($0.nested.start / 4096)"
    }
  }
}

@Suite("The ground truth, rule by rule, on cases worked out by hand")
struct ShadowStage2Tests {
  @Test("9.1: mappings lie in canonical order, aliases of one base in the order they were made")
  func order() {
    var live = truth([(8...9, 20), (1...1, 30), (8...8, 10), (0...9, 40)])
    live.beginFullUnmap()
    live.map(canonical: pages(8...11), nested: 0, step: 9)
    #expect(live.summary == ["0-9>40", "1-1>30", "8-9>20", "8-8>10", "8-11>0"])
    #expect(live.mappings.map(\.step) == [3, 1, 0, 2, 9])
    #expect(live.mappings.map(\.fullUnmapsBefore) == [0, 0, 0, 0, 1])
  }

  @Test("9.1: a mapping kills what its nested range intersects, whole, and nothing that it touches")
  func replaced() {
    var live = truth([(0...3, 20), (10...10, 24), (11...11, 19)])
    live.map(canonical: pages(50...50), nested: 23 * 4096, step: 3)
    #expect(live.summary == ["10-10>24", "11-11>19", "50-50>23"])
    // The same mapping again is a new one in the place of the old one.
    live.map(canonical: pages(50...50), nested: 23 * 4096, step: 4)
    #expect(live.summary == ["10-10>24", "11-11>19", "50-50>23"])
    #expect(live.mappings.map(\.step) == [1, 2, 4])
  }

  @Test("9.1: the canonical range kills nothing: aliases live side by side")
  func aliases() {
    #expect(
      truth([(0...3, 20), (0...3, 30), (2...2, 40)]).summary == ["0-3>20", "0-3>30", "2-2>40"])
  }

  @Test("9.2: an unmap kills what it reported, wherever that is mapped, whole, and nothing else")
  func unmap() {
    var live = truth([(0...3, 20), (10...10, 24), (11...11, 19), (12...12, 60)])
    var kills = live.unmap(pages(3...3), reported: [pages(23...23), pages(60...60)])
    #expect(live.summary == ["10-10>24", "11-11>19"])
    // 12-12 has no page in the unmapped range.
    #expect(kills == ShadowStage2.Kills(killed: 2, outside: 1))
    kills = live.unmap(pages(10...11), reported: [])
    #expect(kills == ShadowStage2.Kills())
    #expect(live.mappings.count == 2)
    // Only what the slice holds counts.
    let reports = [pages(24...24), pages(19...19), pages(24...24)]
    kills = live.unmap(pages(10...11), reported: reports[1..<2])
    #expect(kills == ShadowStage2.Kills(killed: 1))
    #expect(live.summary == ["10-10>24"])
  }

  @Test("9.2: an invalidation kills what it intersects, whole")
  func invalidate() {
    var live = truth([(0...3, 20), (10...10, 24), (11...11, 19)])
    live.invalidate(pages(21...22))
    #expect(live.summary == ["10-10>24", "11-11>19"])
  }

  @Test("9.3: a walk kills at its end what lived at its begin; what was made meanwhile lives on")
  func walk() {
    var live = truth([(0...3, 20)])
    live.beginFullUnmap()
    #expect(live.summary == ["0-3>20"])
    live.map(canonical: pages(5...5), nested: 4096, step: 1)
    live.endFullUnmap()
    #expect(live.summary == ["5-5>1"])
    // There is no walk that could end.
    live.endFullUnmap()
    #expect(live.summary == ["5-5>1"])
    #expect(live.fullUnmapsEnded == 1)
  }

  @Test("9.3: walks end in the order in which they began")
  func overlapping() {
    var live = truth([(0...0, 20)])
    live.beginFullUnmap()
    live.map(canonical: pages(1...1), nested: 21 * 4096, step: 1)
    live.beginFullUnmap()
    live.map(canonical: pages(2...2), nested: 22 * 4096, step: 2)
    live.endFullUnmap()
    #expect(live.summary == ["1-1>21", "2-2>22"])
    live.beginFullUnmap()
    live.map(canonical: pages(3...3), nested: 23 * 4096, step: 3)
    live.endFullUnmap()
    #expect(live.summary == ["2-2>22", "3-3>23"])
    live.endFullUnmap()
    #expect(live.summary == ["3-3>23"])
  }

  @Test("9.3: a doomed mapping that is replaced is dead, and its successor outlives the walk")
  func replacedInWalk() {
    var live = truth([(0...3, 20)])
    live.beginFullUnmap()
    live.map(canonical: pages(0...3), nested: 20 * 4096, step: 1)
    live.endFullUnmap()
    #expect(live.summary == ["0-3>20"])
    #expect(live.mappings.map(\.step) == [1])
  }

  @Test("9.2: clear kills all, and full unmaps go on; restart forgets them too")
  func emptying() {
    var live = truth([(0...3, 20)])
    live.beginFullUnmap()
    live.removeAll()
    #expect(live.mappings.isEmpty)
    live.map(canonical: pages(1...1), nested: 0, step: 5)
    live.beginFullUnmap()
    live.endFullUnmap()
    // The end was that of the first walk, which began before the mapping was made.
    #expect(live.summary == ["1-1>0"])
    live.restart()
    #expect(live.mappings.isEmpty)
    #expect(live.fullUnmapsBegun == 0)
    live.map(canonical: pages(1...1), nested: 0, step: 0)
    live.endFullUnmap()
    #expect(live.summary == ["1-1>0"])
  }

  @Test("9.4: a mapping is covered by its own entry, or one that continues to its left and right")
  func coveredByKnown() {
    let live = truth([(4...5, 24)])
    #expect(live.coverage(by: [entry(4...5, 24)]).uncovered == nil)
    #expect(live.coverage(by: [entry(0...9, 20)]).uncovered == nil)
    #expect(
      live.coverage(by: [entry(0...0, 0), entry(4...5, 24), entry(9...9, 7)]).uncovered == nil)
  }

  @Test("9.4: nothing, a shifted base, a part, or two halves do not cover a mapping")
  func uncovered() {
    let live = truth([(4...5, 24)])
    let faulty: [[Entry]] = [
      [], [entry(4...5, 25)], [entry(4...5, 4)], [entry(3...5, 24)], [entry(4...4, 24)],
      [entry(5...5, 25)], [entry(4...4, 24), entry(5...5, 25)],
      [entry(4...4, nil), entry(5...5, nil)],
      [entry(5...9, nil)], [entry(0...3, nil), entry(6...9, nil)],
    ]
    for entries in faulty {
      #expect(live.coverage(by: entries[...]).uncovered == live.mappings.first)
    }
  }

  @Test("9.4: the first mapping that is not covered, by canonical base")
  func firstUncovered() {
    let live = truth([(9...9, 30), (4...5, 24), (6...6, 40)])
    let coverage = live.coverage(by: [entry(4...5, 24)])
    #expect(coverage.uncovered?.step == 2)
    #expect(live.coverage(by: [entry(4...6, nil)]).uncovered?.step == 0)
  }

  @Test("9.4: aliases need an unknown entry, which may hold mappings of many bases")
  func aliasesUncovered() {
    let live = truth([(0...9, 40), (2...3, 20), (2...2, 30), (7...7, 60)])
    #expect(live.coverage(by: [entry(0...9, 40)]).uncovered?.step == 1)
    let coverage = live.coverage(by: [entry(0...9, nil)])
    #expect(coverage.uncovered == nil)
    #expect(coverage.pages == 14)
    #expect(coverage.unknownPages == 14)
  }

  @Test("9.6: mapped pages, and those of them that lie in unknown entries")
  func unknownPages() {
    let live = truth([(0...3, 20), (8...8, 30), (10...11, 50)])
    let coverage = live.coverage(by: [entry(0...3, 20), entry(7...8, nil), entry(10...15, 50)])
    #expect(coverage.uncovered == nil)
    #expect(coverage.pages == 7)
    #expect(coverage.unknownPages == 1)
  }

  @Test("9.5: the first live mapping with a page in the range, though its base is outside")
  func completeness() {
    var live = truth([(0...9, 40), (2...3, 20), (12...12, 30)])
    #expect(live.firstMapping(in: pages(9...11))?.step == 0)
    #expect(live.firstMapping(in: pages(10...11)) == nil)
    #expect(live.firstMapping(in: pages(10...12))?.step == 2)
    #expect(live.firstMapping(in: pages(13...99)) == nil)
    // Doomed is not dead.
    live.beginFullUnmap()
    #expect(live.firstMapping(in: pages(12...12))?.step == 2)
    live.endFullUnmap()
    #expect(live.firstMapping(in: pages(0...99)) == nil)
  }

  @Test("9.5: what a query reports would die, and only what it misses is found")
  func queried() {
    let live = truth([(0...9, 40), (2...3, 20), (12...12, 30)])
    let reported = [pages(40...40), pages(21...21)]
    #expect(live.firstMapping(in: pages(2...2), missedBy: reported[...]) == nil)
    #expect(live.firstMapping(in: pages(2...2), missedBy: reported[..<1])?.step == 1)
    #expect(live.firstMapping(in: pages(2...2), missedBy: reported[1...])?.step == 0)
    #expect(live.firstMapping(in: pages(2...12), missedBy: reported[...])?.step == 2)
    #expect(live.mappings.count == 3)
  }

  @Test("9.6: everything kills what has no page in the range too, but what is doomed only once")
  func kills() {
    var live = truth([(0...3, 20), (5...5, 30), (9...9, 40)])
    #expect(live.unmapEverything(pages(3...5)) == ShadowStage2.Kills(killed: 3, outside: 1))
    #expect(live.fullUnmapsBegun == 1)
    #expect(live.mappings.count == 3)
    live.map(canonical: pages(20...20), nested: 0, step: 3)
    #expect(live.unmapEverything(pages(3...5)) == ShadowStage2.Kills(killed: 1, outside: 1))
    // All are doomed: what ranges kill now would have died anyway.
    #expect(live.unmap(pages(3...5), reported: [pages(0...99)]) == ShadowStage2.Kills())
    #expect(live.mappings.isEmpty)
  }

  @Test("ranges that no map accepts are harmless: empty ones and those that wrap have no bytes")
  func oddRanges() {
    var live = truth([(0...3, 20), (5...5, 0)])
    let odd = [
      IPARange(start: 0, size: 0), IPARange(start: 4096 * 20, size: 0),
      IPARange(start: 8192, size: 0 &- 4096), IPARange(start: .max, size: .max),
      IPARange(start: .max, size: 2), IPARange(start: 2, size: .max),
    ]
    for range in odd {
      live.invalidate(range)
      #expect(live.unmap(range, reported: [range]) == ShadowStage2.Kills())
      #expect(live.firstMapping(in: range) == nil)
      live.map(canonical: range, nested: 0, step: 9)
      live.map(canonical: IPARange(start: 0, size: range.size), nested: .max, step: 9)
      _ = live.coverage(
        by: [Entry(first: range.start, last: range.last, content: .unknown, word: 0)])
    }
    #expect(live.summary == ["0-3>20", "5-5>0"])
    // The last byte of the space, and the whole of it but one byte, are ranges like any other.
    live.map(canonical: IPARange(start: .max, size: 1), nested: .max, step: 9)
    #expect(live.mappings.count == 3)
    #expect(live.firstMapping(in: IPARange(start: .max, size: 1))?.step == 9)
    live.invalidate(IPARange(start: 0, size: .max))
    #expect(live.mappings.map(\.step) == [9])
  }
}
