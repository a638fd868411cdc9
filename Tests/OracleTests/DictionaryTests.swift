import Oracle
import ReverseMapping
import Testing

/// The byte range of canonical pages `first...last`.
func pages(_ range: ClosedRange<UInt64>) -> IPARange {
  IPARange(start: range.lowerBound * 4096, size: UInt64(range.count) * 4096)
}

/// A 48-bit dictionary with `records`, each the canonical pages and the nested page of the first.
func dictionary(_ records: [(ClosedRange<UInt64>, UInt64)]) throws -> BothDictionaries {
  var map = BothDictionaries(try MapConfiguration(ipaBits: 48, layout: .mailed))
  for (range, nested) in records { _ = try map.record(pages(range), nested: nested * 4096) }
  return map
}

extension BothDictionaries {
  /// The entries as `first-last>nested` or, if unknown, `first-last?`, in pages.
  var summary: [String] {
    var lines: [String] = []
    forEachEntry { entry in
      let target = entry.content.nested.map { ">\($0 / 4096)" } ?? "?"
      lines.append("\(entry.first / 4096)-\(entry.last / 4096)\(target)")
    }
    return lines
  }

  /// The answer of `unmap` or `query` as `nested+pages`, or `everything`.
  static func report(_ result: UnmapResult, _ ranges: [IPARange]) -> [String] {
    result == .everything
      ? ["everything"] : ranges.map { "\($0.start / 4096)+\($0.size / 4096)" }
  }

  mutating func unmapped(_ range: ClosedRange<UInt64>) throws -> [String] {
    var ranges: [IPARange] = []
    return Self.report(try unmap(pages(range), appendingTo: &ranges), ranges)
  }

  func queried(_ range: ClosedRange<UInt64>) throws -> [String] {
    var ranges: [IPARange] = []
    return Self.report(try query(pages(range), appendingTo: &ranges), ranges)
  }
}

@Suite("The oracle, rule by rule, against answers computed by hand")
struct DictionaryTests {
  @Test("3.2.b: a record that intersects nothing stores one entry; touching entries stay apart")
  func stored() throws {
    var map = try dictionary([(4...5, 20)])
    #expect(try map.record(pages(6...6), nested: 22 * 4096) == .stored)
    #expect(try map.record(pages(3...3), nested: 0) == .stored)
    #expect(map.summary == ["3-3>0", "4-5>20", "6-6>22"])
  }

  @Test("3.2.c: an exact repeat changes nothing; a repeat with one difference pollutes")
  func unchanged() throws {
    let start = try dictionary([(4...7, 20)])
    var map = start
    #expect(try map.record(pages(4...7), nested: 20 * 4096) == .unchanged)
    #expect(map.summary == ["4-7>20"])
    for (range, nested) in [(4...7, 21), (4...6, 20), (5...7, 20), (4...8, 20), (3...7, 20)]
      as [(ClosedRange<UInt64>, UInt64)]
    {
      map = start
      #expect(try map.record(pages(range), nested: nested * 4096) == .polluted)
    }
  }

  @Test("3.2.c: an unknown entry is not an exact match, even with the same bounds")
  func unknownIsNoMatch() throws {
    var map = try dictionary([(4...7, 20), (4...7, 30)])
    #expect(map.summary == ["4-7?"])
    #expect(try map.record(pages(4...7), nested: 20 * 4096) == .polluted)
    #expect(map.summary == ["4-7?"])
  }

  @Test("3.2.d: exactly the union of the intersecting ranges becomes unknown, gaps included")
  func polluted() throws {
    var map = try dictionary([(0...0, 50), (1...1, 60), (3...5, 70), (6...6, 80), (9...9, 90)])
    #expect(try map.record(pages(1...3), nested: 10 * 4096) == .polluted)
    #expect(map.summary == ["0-0>50", "1-5?", "6-6>80", "9-9>90"])
  }

  @Test("3.2.d: a record over a gap reaches the entry behind it")
  func behindTheGap() throws {
    var map = try dictionary([(1...1, 40), (3...5, 0xb000)])
    #expect(try map.record(pages(0...3), nested: 100 * 4096) == .polluted)
    #expect(map.summary == ["0-5?"])
  }

  @Test("3.3.b: unmap reports whole entries in canonical order and removes them; others stay")
  func unmap() throws {
    var map = try dictionary([(1...2, 90), (4...7, 20), (9...9, 5)])
    #expect(try map.unmapped(2...4) == ["90+2", "20+4"])
    #expect(map.summary == ["9-9>5"])
    #expect(try map.unmapped(0...8) == [])
    #expect(map.fullUnmapsInProgress == 0)
  }

  @Test("3.3.a: one unknown page in the range means everything, and begins a full unmap")
  func everything() throws {
    var map = try dictionary([(1...2, 90), (4...7, 20), (7...8, 20)])
    #expect(try map.queried(1...3) == ["90+2"])
    #expect(try map.queried(1...4) == ["everything"])
    #expect(map.fullUnmapsInProgress == 0)
    #expect(try map.unmapped(1...4) == ["everything"])
    #expect(map.summary == [])
    #expect(map.fullUnmapsInProgress == 1)
  }

  @Test("3.6: records made during a full unmap are kept; overlapping full unmaps are counted")
  func fullUnmap() throws {
    var map = try dictionary([(1...2, 90)])
    map.beginFullUnmap()
    #expect(map.summary == [])
    #expect(try map.record(pages(5...5), nested: 4096) == .stored)
    #expect(try map.queried(8...8) == ["everything"])
    #expect(try map.unmapped(8...8) == ["everything"])
    #expect(map.summary == [])
    #expect(try map.record(pages(6...6), nested: 4096) == .stored)
    try map.endFullUnmap()
    #expect(try map.queried(6...6) == ["everything"])
    try map.endFullUnmap()
    #expect(try map.queried(6...6) == ["1+1"])
    #expect(throws: ReverseMapError.noFullUnmapInProgress) { try map.endFullUnmap() }
  }

  @Test("3.5: clear removes the entries, and full unmaps continue")
  func clear() throws {
    var map = try dictionary([(1...2, 90)])
    map.beginFullUnmap()
    map.clear()
    #expect(map.summary == [])
    #expect(map.fullUnmapsInProgress == 1)
  }

  @Test("3.1: each bad argument has its own error and changes nothing")
  func badArguments() throws {
    let start = try dictionary([(1...2, 90)])
    let top = (UInt64(1) << 48) - 4096
    let bad: [(IPARange, UInt64, ReverseMapError)] = [
      (IPARange(start: 1, size: 4096), 0, .misaligned),
      (IPARange(start: 4096, size: 4095), 0, .misaligned),
      (IPARange(start: 4096, size: 4096), 8, .misaligned),
      (IPARange(start: 4096, size: 0), 0, .empty),
      (IPARange(start: 8192, size: 0 &- 4096), 0, .wraps),
      (IPARange(start: top, size: 8192), 0, .outsideWidth),
      (IPARange(start: 0, size: 8192), top, .outsideWidth),
      (IPARange(start: 1 << 60, size: 4096), 0, .outsideWidth),
    ]
    for (range, nested, error) in bad {
      var map = start
      #expect(throws: error) { try map.record(range, nested: nested) }
      #expect(map.summary == start.summary)
    }
    var map = start
    #expect(try map.record(IPARange(start: top, size: 4096), nested: top) == .stored)
  }

  @Test("one entry can cover a whole small space")
  func wholeSpace() throws {
    var map = BothDictionaries(try MapConfiguration(ipaBits: 20, layout: .tagged))
    #expect(try map.record(IPARange(start: 0, size: 1 << 20), nested: 0) == .stored)
    #expect(try map.unmapped(255...255) == ["0+256"])
  }
}
