import Oracle
import ReverseMapping
import Testing

/// A 48-bit dictionary with a direct map and the given records; see `dictionary`.
func directDictionary(_ records: [(ClosedRange<UInt64>, UInt64)]) throws -> BothDictionaries {
  var map = BothDictionaries(
    try MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: true))
  for (range, nested) in records { _ = try map.record(pages(range), nested: nested * 4096) }
  return map
}

extension BothDictionaries {
  /// The entries of the direct map as `first-last>canonical`, in pages.
  var directSummary: [String] {
    var lines: [String] = []
    forEachDirectEntry { entry in
      lines.append("\(entry.first / 4096)-\(entry.last / 4096)>\(entry.canonical / 4096)")
    }
    return lines
  }
}

@Suite("Specification 7 and refused memory, against answers computed by hand")
struct DirectMapTests {
  @Test("7.1: exactly the known entries have direct entries, in nested order")
  func lockstep() throws {
    let map = try directDictionary([(4...5, 20), (6...6, 9), (0...0, 0)])
    #expect(map.summary == ["0-0>0", "4-5>20", "6-6>9"])
    #expect(map.directSummary == ["0-0>0", "9-9>6", "20-21>4"])
    #expect(map.directPageCount == 4)
    let image = DirectEntry(first: 20 * 4096, last: 22 * 4096 - 1, canonical: 4 * 4096)
    #expect(map.holds(image))
    for (first, last, canonical) in [(21, 22, 4), (20, 21, 4), (20, 22, 5), (30, 32, 4)] {
      let other = DirectEntry(
        first: UInt64(first) * 4096, last: UInt64(last) * 4096 - 1,
        canonical: UInt64(canonical) * 4096)
      #expect(!map.holds(other))
    }
    #expect(map.checkInvariants() == nil)
  }

  @Test("7.2: remapping a nested range without an invalidation removes the old entry, whole")
  func remap() throws {
    var map = try directDictionary([(4...7, 20)])
    #expect(try map.record(pages(50...50), nested: 22 * 4096) == .stored)
    #expect(map.summary == ["50-50>22"])
    #expect(map.directSummary == ["22-22>50"])
  }

  @Test("7.2: entries that only touch the nested range stay")
  func remapNeighbours() throws {
    var map = try directDictionary([(4...7, 20), (8...8, 25)])
    #expect(try map.record(pages(50...50), nested: 24 * 4096) == .stored)
    #expect(map.summary == ["4-7>20", "8-8>25", "50-50>24"])
    #expect(map.directSummary == ["20-23>4", "24-24>50", "25-25>8"])
  }

  @Test("7.2: one record over the nested ranges of two entries removes both")
  func remapOfTwo() throws {
    var map = try directDictionary([(4...5, 20), (10...11, 22), (15...15, 24)])
    #expect(try map.record(pages(50...51), nested: 21 * 4096) == .stored)
    #expect(map.summary == ["15-15>24", "50-51>21"])
    #expect(map.directSummary == ["21-22>50", "24-24>15"])
  }

  @Test("7.2: stale entries go first, so remapping a block in pieces pollutes nothing")
  func split() throws {
    var map = try directDictionary([(4...7, 20)])
    #expect(try map.record(pages(5...5), nested: 21 * 4096) == .stored)
    #expect(map.summary == ["5-5>21"])
    // The same canonical range from another nested range is an alias, which pollutes.
    #expect(try map.record(pages(5...5), nested: 30 * 4096) == .polluted)
    #expect(map.summary == ["5-5?"])
    #expect(map.directSummary == [])
  }

  @Test("7.2: an exact record does not make itself stale")
  func exact() throws {
    var map = try directDictionary([(4...7, 20), (9...9, 30)])
    #expect(try map.record(pages(4...7), nested: 20 * 4096) == .unchanged)
    #expect(map.directSummary == ["20-23>4", "30-30>9"])
  }

  @Test("7.2: a record with only the same nested base or canonical range is not exact")
  func nearlyExact() throws {
    var map = try directDictionary([(4...7, 20)])
    #expect(try map.record(pages(8...11), nested: 20 * 4096) == .stored)
    #expect(map.summary == ["8-11>20"])
    #expect(try map.record(pages(8...11), nested: 24 * 4096) == .polluted)
    #expect(map.summary == ["8-11?"])
  }

  @Test("7.2: known entries that pollution merges leave the direct map; the others stay")
  func pollution() throws {
    var map = try directDictionary([(1...2, 90), (4...7, 20), (9...9, 50)])
    #expect(try map.record(pages(2...4), nested: 60 * 4096) == .polluted)
    #expect(map.summary == ["1-7?", "9-9>50"])
    #expect(map.directSummary == ["50-50>9"])
    // An unknown entry has no nested range, so it cannot become stale.
    #expect(try map.record(pages(30...30), nested: 60 * 4096) == .stored)
    #expect(map.summary == ["1-7?", "9-9>50", "30-30>60"])
  }

  @Test("7.2: a stale entry is removed, not merged: only the union of the rest is unknown")
  func staleIsNotSwallowed() throws {
    var map = try directDictionary([(1...4, 20), (6...6, 40)])
    // 1-4 is stale because of its nested page 23. If merged, it would extend the union to page 1.
    #expect(try map.record(pages(4...6), nested: 23 * 4096) == .polluted)
    #expect(map.summary == ["4-6?"])
    #expect(map.directSummary == [])
  }

  @Test("7.3: invalidating part of an entry removes that entry, whole, and no other")
  func invalidatePart() throws {
    var map = try directDictionary([(4...7, 20), (8...8, 24), (10...10, 19)])
    try map.invalidate(pages(22...23))
    #expect(map.summary == ["8-8>24", "10-10>19"])
    #expect(map.directSummary == ["19-19>10", "24-24>8"])
    #expect(try map.queried(4...8) == ["24+1"])
  }

  @Test("7.3: an invalidation removes every entry that it intersects; it may intersect none")
  func invalidateMany() throws {
    var map = try directDictionary([(4...7, 20), (8...8, 24), (10...10, 40)])
    try map.invalidate(pages(25...39))
    #expect(map.summary == ["4-7>20", "8-8>24", "10-10>40"])
    try map.invalidate(pages(23...30))
    #expect(map.summary == ["10-10>40"])
    #expect(map.directSummary == ["40-40>10"])
  }

  @Test(
    "7.3: unknown entries and full unmaps in progress survive an invalidation, and so does broken")
  func invalidateKeeps() throws {
    var map = try directDictionary([(4...7, 20), (6...8, 30), (10...10, 40)])
    map.beginFullUnmap()
    for (range, nested) in [(4...7, 20), (6...8, 30), (10...10, 40)]
      as [(ClosedRange<UInt64>, UInt64)]
    {
      _ = try map.record(pages(range), nested: nested * 4096)
    }
    try map.invalidate(pages(0...100))
    #expect(map.summary == ["4-8?"])
    #expect(map.fullUnmapsInProgress == 1)
    #expect(try map.record(pages(30...30), nested: 0, isRefused: true) == .broke)
    try map.invalidate(pages(0...100))
    #expect(map.isBroken)
  }

  @Test("7.3, 7.5: each bad range has its own error, with a direct map and without")
  func invalidateArguments() throws {
    let top = (UInt64(1) << 48) - 4096
    let bad: [(IPARange, ReverseMapError)] = [
      (IPARange(start: 1, size: 4096), .misaligned),
      (IPARange(start: 4096, size: 4095), .misaligned),
      (IPARange(start: 4096, size: 0), .empty),
      (IPARange(start: 8192, size: 0 &- 4096), .wraps),
      (IPARange(start: top, size: 8192), .outsideWidth),
    ]
    for (range, error) in bad {
      var without = try dictionary([(1...2, 90)])
      #expect(throws: error) { try without.invalidate(range) }
      var map = try directDictionary([(1...2, 90)])
      #expect(throws: error) { try map.invalidate(range) }
      #expect(map.summary == ["1-2>90"])
      #expect(map.directSummary == ["90-91>1"])
    }
  }

  @Test("7.5: without a direct map stale entries stay, and an invalidation changes nothing")
  func withoutDirectMap() throws {
    var map = try dictionary([(4...7, 20)])
    #expect(try map.record(pages(50...50), nested: 22 * 4096) == .stored)
    try map.invalidate(pages(0...100))
    #expect(map.summary == ["4-7>20", "50-50>22"])
    #expect(map.directSummary == [])
    #expect(map.directPageCount == 0)
  }

  @Test("7.1: unmap, clear and a full unmap keep both maps in lockstep")
  func emptying() throws {
    let start = try directDictionary([(4...7, 20), (8...8, 24), (10...10, 40)])
    var map = start
    #expect(try map.unmapped(7...8) == ["20+4", "24+1"])
    #expect(map.directSummary == ["40-40>10"])
    map = start
    map.clear()
    #expect(map.directSummary == [])
    #expect(map.checkEmpty() == nil)
    map = start
    map.beginFullUnmap()
    #expect(map.directSummary == [])
    #expect(map.checkEmpty() == nil)
    map = start
    _ = try map.record(pages(7...7), nested: 90 * 4096)
    #expect(try map.unmapped(7...7) == ["everything"])
    #expect(map.directSummary == [])
    #expect(start.checkEmpty() != nil)
  }

  @Test("restart clears both maps, the flag and the count, and uses the new configuration")
  func restart() throws {
    var map = try directDictionary([(4...7, 20)])
    map.beginFullUnmap()
    _ = try map.record(pages(4...7), nested: 20 * 4096)
    #expect(try map.record(pages(9...9), nested: 0, isRefused: true) == .broke)
    map.restart(try MapConfiguration(ipaBits: 20, layout: .tagged))
    #expect(!map.isBroken)
    #expect(map.fullUnmapsInProgress == 0)
    #expect(map.checkEmpty() == nil)
    #expect(try map.record(pages(4...7), nested: 20 * 4096) == .stored)
    #expect(map.directSummary == [])
    #expect(throws: ReverseMapError.outsideWidth) { try map.record(pages(256...256), nested: 0) }
    map.restart(try MapConfiguration(ipaBits: 20, layout: .tagged, hasDirectMap: true))
    #expect(map.summary == [])
    #expect(try map.record(pages(4...7), nested: 20 * 4096) == .stored)
    #expect(map.directSummary == ["20-23>4"])
  }

  @Test("3.2.e: without a direct map, a refused record keeps the entries and breaks the map")
  func refused() throws {
    var map = try dictionary([(4...7, 20), (4...4, 30), (9...9, 40)])
    #expect(try map.record(pages(7...9), nested: 60 * 4096, isRefused: true) == .broke)
    #expect(map.isBroken)
    #expect(map.summary == ["4-7?", "9-9>40"])
    #expect(map.checkInvariants() == nil)
  }

  @Test("7.4: with a direct map, a refused record empties both maps and breaks the map")
  func refusedDirect() throws {
    var map = try directDictionary([(4...7, 20), (9...9, 40)])
    #expect(try map.record(pages(50...50), nested: 60 * 4096, isRefused: true) == .broke)
    #expect(map.isBroken)
    #expect(map.summary == [])
    #expect(map.directSummary == [])
  }

  @Test(
    "3.2.c: a record with nothing to store cannot break the map", arguments: [false, true])
  func nothingToStore(direct: Bool) throws {
    var map = direct ? try directDictionary([(4...7, 20)]) : try dictionary([(4...7, 20)])
    #expect(try map.record(pages(4...7), nested: 20 * 4096, isRefused: true) == .unchanged)
    #expect(!map.isBroken)
    #expect(map.summary == ["4-7>20"])
  }

  @Test("3.1: arguments are checked before memory is requested and before broken")
  func argumentsFirst() throws {
    var map = try dictionary([])
    let bad = IPARange(start: 0, size: 0)
    #expect(throws: ReverseMapError.empty) { try map.record(bad, nested: 0, isRefused: true) }
    #expect(!map.isBroken)
    #expect(try map.record(pages(4...4), nested: 0, isRefused: true) == .broke)
    #expect(throws: ReverseMapError.empty) { try map.record(bad, nested: 0) }
  }

  @Test(
    "4.2: a broken map ignores records and answers everything until it is emptied")
  func broken() throws {
    var start = try dictionary([(4...7, 20)])
    #expect(try start.record(pages(9...9), nested: 60 * 4096, isRefused: true) == .broke)
    var map = start
    #expect(try map.record(pages(30...30), nested: 0) == .ignored)
    #expect(try map.record(pages(4...7), nested: 20 * 4096) == .ignored)
    #expect(try map.record(pages(31...31), nested: 0, isRefused: true) == .ignored)
    #expect(map.summary == ["4-7>20"])
    #expect(try map.queried(99...99) == ["everything"])
    #expect(map.isBroken)
    #expect(map.fullUnmapsInProgress == 0)

    #expect(try map.unmapped(99...99) == ["everything"])
    #expect(!map.isBroken)
    #expect(map.fullUnmapsInProgress == 1)
    #expect(map.summary == [])
    #expect(try map.record(pages(30...30), nested: 0) == .stored)

    map = start
    map.clear()
    #expect(!map.isBroken)
    #expect(map.fullUnmapsInProgress == 0)
    #expect(try map.queried(4...7) == [])

    map = start
    map.beginFullUnmap()
    #expect(!map.isBroken)
    try map.endFullUnmap()
    #expect(try map.queried(4...7) == [])
  }

  @Test("4.2: the end of a full unmap does not reset broken")
  func brokenInFullUnmap() throws {
    var map = try dictionary([])
    map.beginFullUnmap()
    #expect(try map.record(pages(9...9), nested: 0, isRefused: true) == .broke)
    try map.endFullUnmap()
    #expect(map.isBroken)
    #expect(try map.queried(4...4) == ["everything"])
  }

  @Test(
    "random operations agree with a model that filters a list of entries",
    arguments: [false, true])
  func random(direct: Bool) throws {
    let configuration = try MapConfiguration(ipaBits: 20, layout: .tagged, hasDirectMap: direct)
    var map = BothDictionaries(configuration)
    var numbers = Numbers(seed: direct ? 7 : 8)
    var seen: [RecordResult: Int] = [:]
    var stale = 0
    for _ in 0..<150 {
      map.restart(configuration)
      var list = EntryList(hasDirectMap: direct)
      for _ in 0..<40 {
        let (range, nested) = (numbers.range(), numbers.range())
        switch UInt64.random(in: 0..<64, using: &numbers) {
        case 0..<44:
          let isRefused = UInt64.random(in: 0..<16, using: &numbers) == 0
          // Some records repeat an existing one.
          let repeats = UInt64.random(in: 0..<8, using: &numbers) == 0
          let again = repeats ? list.known.randomElement(using: &numbers) : nil
          let pagesOfRecord = again?.pages ?? range
          let base = again?.nested ?? nested.lowerBound
          let before = list.items.count
          let expected = list.record(pagesOfRecord, nested: base, isRefused: isRefused)
          let result = try map.record(
            pages(pagesOfRecord), nested: base * 4096, isRefused: isRefused)
          #expect(result == expected)
          seen[result, default: 0] += 1
          if result == .stored, list.items.count <= before { stale += 1 }
        case 44..<49:
          var ranges: [IPARange] = []
          let result = try map.unmap(pages(range), appendingTo: &ranges)
          let expected = list.unmap(range)
          #expect((result == .ranges ? ranges : nil) == expected)
        case 49..<53:
          var ranges: [IPARange] = []
          let result = try map.query(pages(range), appendingTo: &ranges)
          #expect((result == .ranges ? ranges : nil) == list.query(range))
        case 53..<58:
          try map.invalidate(pages(nested))
          list.invalidate(nested)
        case 58:
          map.clear()
          list.clear()
        case 59:
          map.beginFullUnmap()
          list.begin()
        default:
          if list.walks > 0 { try map.endFullUnmap() }
          list.end()
        }
        #expect(map.checkInvariants() == nil)
        #expect(map.summary == list.summary)
        #expect(map.directSummary == list.directSummary)
        #expect(map.isBroken == list.isBroken)
        #expect(map.fullUnmapsInProgress == list.walks)
      }
    }
    for result in [RecordResult.ignored, .stored, .unchanged, .polluted, .broke] {
      #expect(seen[result, default: 0] > 50)
    }
    #expect(direct == (stale > 50))
  }
}
