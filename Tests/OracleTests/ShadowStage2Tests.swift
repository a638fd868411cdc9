import Oracle
import ReverseMapping
import Testing

/// A ground truth with the mappings `made`, each the canonical pages and the nested page of the
/// first. Steps count from 0.
func truth(
  _ made: [(ClosedRange<UInt64>, UInt64)], mappingsDieByPages: Bool = false
) -> ShadowStage2 {
  var truth = ShadowStage2(mappingsDieByPages: mappingsDieByPages)
  for (step, (canonical, nested)) in made.enumerated() {
    truth.map(canonical: pages(canonical), nested: nested * 4096, step: step)
  }
  return truth
}

/// An entry over canonical pages with the nested page of the first; unknown if that is nil.
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

@Suite("The ground truth, rule by rule, against cases computed by hand")
struct ShadowStage2Tests {
  @Test("9.1: mappings are in canonical order, and those of one base in the order they were made")
  func order() {
    var live = truth([(8...9, 20), (1...1, 30), (8...8, 10), (0...9, 40)])
    live.beginFullUnmap()
    live.map(canonical: pages(8...11), nested: 0, step: 9)
    #expect(live.summary == ["0-9>40", "1-1>30", "8-9>20", "8-8>10", "8-11>0"])
    #expect(live.mappings.map(\.step) == [3, 1, 0, 2, 9])
    #expect(live.mappings.map(\.fullUnmapsBefore) == [0, 0, 0, 0, 1])
  }

  @Test("9.1: a new mapping kills those whose nested range it intersects, not those it touches")
  func replaced() {
    var live = truth([(0...3, 20), (10...10, 24), (11...11, 19)])
    live.map(canonical: pages(50...50), nested: 23 * 4096, step: 3)
    #expect(live.summary == ["10-10>24", "11-11>19", "50-50>23"])
    // Repeating a mapping replaces the old one by a new one.
    live.map(canonical: pages(50...50), nested: 23 * 4096, step: 4)
    #expect(live.summary == ["10-10>24", "11-11>19", "50-50>23"])
    #expect(live.mappings.map(\.step) == [1, 2, 4])
  }

  @Test("9.1: an equal canonical range kills nothing: aliases are live side by side")
  func aliases() {
    #expect(
      truth([(0...3, 20), (0...3, 30), (2...2, 40)]).summary == ["0-3>20", "0-3>30", "2-2>40"])
  }

  @Test("9.2: an unmap kills exactly the mappings that intersect a reported range, whole")
  func unmap() {
    var live = truth([(0...3, 20), (10...10, 24), (11...11, 19), (12...12, 60)])
    var kills = live.unmap(pages(3...3), reported: [pages(23...23), pages(60...60)])
    #expect(live.summary == ["10-10>24", "11-11>19"])
    // 12-12 has no page in the unmapped range.
    #expect(kills == ShadowStage2.Kills(killed: 2, outside: 1))
    kills = live.unmap(pages(10...11), reported: [])
    #expect(kills == ShadowStage2.Kills())
    #expect(live.mappings.count == 2)
    // Only the ranges in the slice count.
    let reports = [pages(24...24), pages(19...19), pages(24...24)]
    kills = live.unmap(pages(10...11), reported: reports[1..<2])
    #expect(kills == ShadowStage2.Kills(killed: 1))
    #expect(live.summary == ["10-10>24"])
  }

  @Test("9.2: an invalidation kills the mappings that it intersects, whole")
  func invalidate() {
    var live = truth([(0...3, 20), (10...10, 24), (11...11, 19)])
    live.invalidate(pages(21...22))
    #expect(live.summary == ["10-10>24", "11-11>19"])
  }

  @Test("11.5: where mappings die page by page, kills cut them, and the rest is live")
  func cut() {
    var live = truth([(0...3, 20), (2...5, 40), (9...9, 24)], mappingsDieByPages: true)
    live.invalidate(pages(21...21))
    #expect(live.summary == ["0-0>20", "2-3>22", "2-5>40", "9-9>24"])
    live.invalidate(pages(23...24))
    #expect(live.summary == ["0-0>20", "2-2>22", "2-5>40"])
    // A new mapping kills none, and the same mapping is live only once.
    live.map(canonical: pages(60...61), nested: 22 * 4096, step: 3)
    live.map(canonical: pages(60...61), nested: 22 * 4096, step: 4)
    #expect(live.summary == ["0-0>20", "2-2>22", "2-5>40", "60-61>22"])
    #expect(live.mappings.map(\.step) == [0, 0, 1, 4])
    // Page 4 is dead; pages 3 and 5 at nested pages 41 and 43 are not.
    #expect(live.firstMapping(in: pages(4...5), missedBy: [pages(42...42)])?.canonical == 2 * 4096)
    #expect(live.firstMapping(in: pages(4...5), missedBy: [pages(43...43), pages(42...42)]) == nil)
    let kills = live.unmap(pages(4...5), reported: [pages(20...20), pages(42...43)])
    #expect(kills == ShadowStage2.Kills(killed: 2, outside: 1))
    #expect(live.summary == ["2-2>22", "2-3>40", "60-61>22"])
    #expect(live.firstMapping(in: pages(4...5)) == nil)
    // What is left of a mapping lies in an entry over all of it.
    #expect(live.coverage(by: [entry(2...5, 40), entry(60...61, 22)]).uncovered?.canonical == 8192)
    let entries = [entry(0...3, 20), entry(2...5, 40), entry(60...61, 22)]
    #expect(live.coverage(by: entries[...]).uncovered == nil)
  }

  @Test("9.3: a walk's end kills the mappings live at its beginning; later ones survive")
  func walk() {
    var live = truth([(0...3, 20)])
    live.beginFullUnmap()
    #expect(live.summary == ["0-3>20"])
    live.map(canonical: pages(5...5), nested: 4096, step: 1)
    live.endFullUnmap()
    #expect(live.summary == ["5-5>1"])
    // No walk is in progress.
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

  @Test("9.3: a replaced doomed mapping is dead, and its replacement survives the walk")
  func replacedInWalk() {
    var live = truth([(0...3, 20)])
    live.beginFullUnmap()
    live.map(canonical: pages(0...3), nested: 20 * 4096, step: 1)
    live.endFullUnmap()
    #expect(live.summary == ["0-3>20"])
    #expect(live.mappings.map(\.step) == [1])
  }

  @Test("9.2: clear kills all mappings, and full unmaps continue; restart resets those too")
  func emptying() {
    var live = truth([(0...3, 20)])
    live.beginFullUnmap()
    live.removeAll()
    #expect(live.mappings.isEmpty)
    live.map(canonical: pages(1...1), nested: 0, step: 5)
    live.beginFullUnmap()
    live.endFullUnmap()
    // The walk that ended is the first one, which began before the mapping was made.
    #expect(live.summary == ["1-1>0"])
    live.restart()
    #expect(live.mappings.isEmpty)
    #expect(live.fullUnmapsBegun == 0)
    live.map(canonical: pages(1...1), nested: 0, step: 0)
    live.endFullUnmap()
    #expect(live.summary == ["1-1>0"])
  }

  @Test("9.4: a mapping is covered by an entry with the same bounds or wider ones")
  func coveredByKnown() {
    let live = truth([(4...5, 24)])
    #expect(live.coverage(by: [entry(4...5, 24)]).uncovered == nil)
    #expect(live.coverage(by: [entry(0...9, 20)]).uncovered == nil)
    #expect(
      live.coverage(by: [entry(0...0, 0), entry(4...5, 24), entry(9...9, 7)]).uncovered == nil)
  }

  @Test("9.4: no entry, a shifted base, a partial entry and two halves do not cover a mapping")
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

  @Test("9.4: coverage reports the first uncovered mapping by canonical base")
  func firstUncovered() {
    let live = truth([(9...9, 30), (4...5, 24), (6...6, 40)])
    let coverage = live.coverage(by: [entry(4...5, 24)])
    #expect(coverage.uncovered?.step == 2)
    #expect(live.coverage(by: [entry(4...6, nil)]).uncovered?.step == 0)
  }

  @Test("9.4: aliases need an unknown entry, which may cover mappings of many bases")
  func aliasesUncovered() {
    let live = truth([(0...9, 40), (2...3, 20), (2...2, 30), (7...7, 60)])
    #expect(live.coverage(by: [entry(0...9, 40)]).uncovered?.step == 1)
    let coverage = live.coverage(by: [entry(0...9, nil)])
    #expect(coverage.uncovered == nil)
    #expect(coverage.pages == 14)
    #expect(coverage.unknownPages == 14)
  }

  @Test("9.6: coverage counts mapped pages and those in unknown entries")
  func unknownPages() {
    let live = truth([(0...3, 20), (8...8, 30), (10...11, 50)])
    let coverage = live.coverage(by: [entry(0...3, 20), entry(7...8, nil), entry(10...15, 50)])
    #expect(coverage.uncovered == nil)
    #expect(coverage.pages == 7)
    #expect(coverage.unknownPages == 1)
  }

  @Test("9.5: firstMapping finds a mapping with a page in the range and its base outside")
  func completeness() {
    var live = truth([(0...9, 40), (2...3, 20), (12...12, 30)])
    #expect(live.firstMapping(in: pages(9...11))?.step == 0)
    #expect(live.firstMapping(in: pages(10...11)) == nil)
    #expect(live.firstMapping(in: pages(10...12))?.step == 2)
    #expect(live.firstMapping(in: pages(13...99)) == nil)
    // A doomed mapping is still live.
    live.beginFullUnmap()
    #expect(live.firstMapping(in: pages(12...12))?.step == 2)
    live.endFullUnmap()
    #expect(live.firstMapping(in: pages(0...99)) == nil)
  }

  @Test("9.5: firstMapping ignores the mappings that a query reports")
  func queried() {
    let live = truth([(0...9, 40), (2...3, 20), (12...12, 30)])
    let reported = [pages(40...40), pages(21...21)]
    #expect(live.firstMapping(in: pages(2...2), missedBy: reported[...]) == nil)
    #expect(live.firstMapping(in: pages(2...2), missedBy: reported[..<1])?.step == 1)
    #expect(live.firstMapping(in: pages(2...2), missedBy: reported[1...])?.step == 0)
    #expect(live.firstMapping(in: pages(2...12), missedBy: reported[...])?.step == 2)
    #expect(live.mappings.count == 3)
  }

  @Test("9.6: everything also kills mappings outside the range; doomed ones count only once")
  func kills() {
    var live = truth([(0...3, 20), (5...5, 30), (9...9, 40)])
    #expect(live.unmapEverything(pages(3...5)) == ShadowStage2.Kills(killed: 3, outside: 1))
    #expect(live.fullUnmapsBegun == 1)
    #expect(live.mappings.count == 3)
    live.map(canonical: pages(20...20), nested: 0, step: 3)
    #expect(live.unmapEverything(pages(3...5)) == ShadowStage2.Kills(killed: 1, outside: 1))
    // All mappings are doomed, so those that the ranges kill now are not counted.
    #expect(live.unmap(pages(3...5), reported: [pages(0...99)]) == ShadowStage2.Kills())
    #expect(live.mappings.isEmpty)
  }

  @Test("ranges that are empty or wrap have no bytes and no effect")
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
    // The last byte of the space, and the whole space except one byte, are ordinary ranges.
    live.map(canonical: IPARange(start: .max, size: 1), nested: .max, step: 9)
    #expect(live.mappings.count == 3)
    #expect(live.firstMapping(in: IPARange(start: .max, size: 1))?.step == 9)
    live.invalidate(IPARange(start: 0, size: .max))
    #expect(live.mappings.map(\.step) == [9])
  }
}
