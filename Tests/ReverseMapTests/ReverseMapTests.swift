import RangeTree
import ReverseMap
import ReverseMapping
import Testing

/// The byte range of canonical pages.
private func pages(_ range: ClosedRange<UInt64>) -> IPARange {
  IPARange(start: range.lowerBound * 4096, size: UInt64(range.count) * 4096)
}

extension ReverseMap {
  /// The entries as `first-last>nested` or, if unknown, `first-last?`, in pages.
  fileprivate var summary: [String] {
    var lines: [String] = []
    forEachEntry { entry in
      let target = entry.content.nested.map { ">\($0 / 4096)" } ?? "?"
      lines.append("\(entry.first / 4096)-\(entry.last / 4096)\(target)")
    }
    return lines
  }

  fileprivate mutating func recorded(
    _ range: ClosedRange<UInt64>, _ nested: UInt64
  ) throws -> RecordResult {
    try record(pages(range), nested: nested * 4096)
  }

  /// The answer of `query` as `nested+pages`, or `everything`.
  fileprivate func queried(_ range: ClosedRange<UInt64>) throws -> [String] {
    var ranges: [IPARange] = []
    return try query(pages(range), appendingTo: &ranges) == .everything
      ? ["everything"] : ranges.map { "\($0.start / 4096)+\($0.size / 4096)" }
  }

  /// The answer of `unmap`, in the same format.
  fileprivate mutating func unmapped(_ range: ClosedRange<UInt64>) throws -> [String] {
    var ranges: [IPARange] = []
    return try unmap(pages(range), appendingTo: &ranges) == .everything
      ? ["everything"] : ranges.map { "\($0.start / 4096)+\($0.size / 4096)" }
  }
}

/// The differential targets compare the map with the oracle. These tests add answers that a reader
/// can check by hand, and memory use, which the oracle does not model.
@Suite("The reverse map, against answers computed by hand")
struct ReverseMapTests {
  let configuration: MapConfiguration

  init() throws {
    configuration = try MapConfiguration(ipaBits: 48, layout: .tagged)
  }

  @Test("3.2: record answers stored, unchanged and polluted; touching neighbours stay")
  func record() throws {
    var map = ReverseMap<4>(configuration)
    #expect(try map.recorded(4...5, 20) == .stored)
    #expect(try map.recorded(6...6, 0) == .stored)
    #expect(try map.recorded(4...5, 20) == .unchanged)
    #expect(map.summary == ["4-5>20", "6-6>0"])
    #expect(try map.recorded(3...4, 19) == .polluted)
    #expect(map.summary == ["3-5?", "6-6>0"])
    #expect(try map.recorded(3...5, 19) == .polluted)
  }

  @Test("3.2.d: a record over a gap reaches the entry behind it")
  func behindTheGap() throws {
    var map = ReverseMap<4>(configuration)
    _ = try map.recorded(1...1, 40)
    _ = try map.recorded(3...5, 0xb000)
    #expect(try map.recorded(0...3, 100) == .polluted)
    #expect(map.summary == ["0-5?"])
    #expect(try map.queried(4...4) == ["everything"])
  }

  @Test("3.3, 3.4: unmap reports whole entries in canonical order; a query changes nothing")
  func unmapAndQuery() throws {
    var map = ReverseMap<4>(configuration)
    for (range, nested) in [(1...2, 90), (4...7, 20), (9...9, 5)] as [(ClosedRange<UInt64>, UInt64)]
    {
      _ = try map.recorded(range, nested)
    }
    #expect(try map.queried(2...4) == ["90+2", "20+4"])
    #expect(map.summary == ["1-2>90", "4-7>20", "9-9>5"])
    #expect(try map.unmapped(2...4) == ["90+2", "20+4"])
    #expect(map.summary == ["9-9>5"])
  }

  @Test("3.3: reported ranges are appended, and everything appends nothing")
  func appending() throws {
    var map = ReverseMap<4>(configuration)
    _ = try map.recorded(1...1, 8)
    _ = try map.recorded(2...3, 10)
    _ = try map.recorded(3...3, 30)
    let earlier = IPARange(start: 0x7000, size: 0x1000)
    var ranges = [earlier]
    #expect(try map.query(pages(0...1), appendingTo: &ranges) == .ranges)
    #expect(ranges == [earlier, IPARange(start: 8 * 4096, size: 4096)])
    #expect(try map.unmap(pages(0...3), appendingTo: &ranges) == .everything)
    #expect(ranges == [earlier, IPARange(start: 8 * 4096, size: 4096)])
    #expect(map.fullUnmapsInProgress == 1)
  }

  @Test("3.1: each bad argument has its own error and changes nothing")
  func badArguments() throws {
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
      (IPARange(start: 0, size: 0 &- 4096), 0, .outsideWidth),
    ]
    var map = ReverseMap<4>(configuration)
    _ = try map.recorded(1...2, 90)
    for (range, nested, error) in bad {
      #expect(throws: error) { try map.record(range, nested: nested) }
    }
    var ranges: [IPARange] = []
    #expect(throws: ReverseMapError.empty) {
      try map.unmap(IPARange(start: 4096, size: 0), appendingTo: &ranges)
    }
    #expect(throws: ReverseMapError.noFullUnmapInProgress) { try map.endFullUnmap() }
    #expect(map.summary == ["1-2>90"])
    #expect(try map.record(IPARange(start: top, size: 4096), nested: top) == .stored)
  }

  @Test("3.2.e, 4: a refused store breaks the map and keeps its entries, until it is emptied")
  func refusedStore() throws {
    let pool = NodePool<4>()
    var map = ReverseMap<4>(configuration, memory: pool)
    pool.refuse(.budget(bytes: RangeTree<4>.bytesPerNode))
    for page: UInt64 in 0..<4 { #expect(try map.recorded(page * 2...page * 2, page) == .stored) }
    #expect(try map.recorded(100...100, 1) == .broke)
    #expect(map.isBroken == true)
    #expect(map.summary == ["0-0>0", "2-2>1", "4-4>2", "6-6>3"])
    #expect(map.checkInvariants() == nil)
    #expect(try map.recorded(0...0, 0) == .ignored)
    #expect(try map.queried(50...50) == ["everything"])
    #expect(map.isBroken == true)
    #expect(try map.unmapped(50...50) == ["everything"])
    #expect(!map.isBroken && map.liveNodes == 0 && map.fullUnmapsInProgress == 1)
    try map.endFullUnmap()
    #expect(try map.recorded(0...0, 0) == .stored)
    #expect(try map.queried(0...0) == ["0+1"])
  }

  @Test("3.2.c, 3.3: an exact record, an unmap and a clear request no memory")
  func withoutMemory() throws {
    let pool = NodePool<4>()
    var map = ReverseMap<4>(configuration, memory: pool)
    pool.refuse(.budget(bytes: 40 * RangeTree<4>.bytesPerNode))
    for page: UInt64 in 0..<60 { _ = try map.recorded(page * 2...page * 2, page) }
    let nodes = map.liveNodes
    pool.refuse(.from(1))
    #expect(try map.recorded(8...8, 4) == .unchanged)
    #expect(map.liveNodes == nodes)
    #expect(try map.unmapped(0...40).count == 21)
    #expect(map.checkInvariants() == nil)
    map.clear()
    #expect(map.liveNodes == 0 && map.checkEmpty() == nil)
    pool.refuse(.from(1))
    #expect(try map.recorded(8...8, 4) == .broke)
    #expect(pool.counts.failures == 1)
  }

  @Test(
    "very long ranges keep their full size: it is never truncated to fewer bits",
    arguments: [1 << 20, 1 << 27, (1 << 32) - 1, 1 << 35] as [UInt64], [false, true])
  func long(pages: UInt64, hasDirectMap: Bool) throws {
    // In bytes: 4 GiB, 512 GiB, one page less than 16 TiB, and half of a 48-bit space.
    let configuration = MapConfiguration(
      nearestWidthTo: 48, layout: .mailed, hasDirectMap: hasDirectMap)
    var map = ReverseMap<4>(configuration)
    let (canonical, nested): (UInt64, UInt64) = (1 << 35, 1)
    let last = canonical + pages - 1
    #expect(try map.recorded(canonical...last, nested) == .stored)
    #expect(map.summary == ["\(canonical)-\(last)>1"])
    #expect(try map.queried(last...last) == ["1+\(pages)"])
    #expect(try map.queried(0...(1 << 36) - 1) == ["1+\(pages)"])
    #expect(try map.queried(0...canonical - 1) == [])
    try map.invalidate(IPARange(start: pages << 12, size: 4096))
    #expect(map.summary.isEmpty == hasDirectMap)
    if hasDirectMap { #expect(try map.recorded(canonical...last, nested) == .stored) }
    #expect(try map.unmapped(0...(1 << 36) - 1) == ["1+\(pages)"])
    #expect(map.summary.isEmpty && map.checkLockstep() == nil && map.checkInvariants() == nil)
  }

  @Test("production maps use the production slots of trees")
  func productionSlots() {
    #expect(ProductionReverseMap.slots == RangeTreeDefaults.productionSlots)
  }

  @Test("the last page of the widest space and the whole space are ordinary ranges")
  func edges() throws {
    let widest = try MapConfiguration(ipaBits: 56, layout: .mailed)
    var map = ReverseMap<4>(widest)
    let last = (UInt64(1) << 44) - 1
    #expect(try map.recorded(last...last, last) == .stored)
    #expect(try map.queried(0...last) == ["\(last)+1"])
    #expect(try map.recorded(0...last, 0) == .polluted)
    #expect(map.summary == ["0-\(last)?"])
    #expect(try map.unmapped(5...5) == ["everything"])
    #expect(try map.recorded(0...last, 0) == .stored)
  }
}
