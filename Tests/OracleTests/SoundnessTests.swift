import Oracle
import ReverseMapping
import TestSupport
import Testing

/// A model of a shadow stage-2: a list of mappings in the order in which they were made, in pages.
/// A walk is the list of the mappings that it will kill, by the steps that made them.
struct LiveList {
  struct Item {
    var canonical: ClosedRange<UInt64>
    var nested: ClosedRange<UInt64>
    var step: Int
  }

  private(set) var items: [Item] = []
  private var walks: [[Int]] = []

  mutating func map(_ canonical: ClosedRange<UInt64>, nested: UInt64, step: Int) {
    let image = nested...nested + (canonical.upperBound - canonical.lowerBound)
    invalidate(image)
    items.append(Item(canonical: canonical, nested: image, step: step))
  }

  mutating func invalidate(_ nested: ClosedRange<UInt64>) {
    items = items.filter { !$0.nested.overlaps(nested) }
  }

  mutating func begin() { walks.append(items.map(\.step)) }

  mutating func end() {
    guard !walks.isEmpty else { return }
    let killed = walks.removeFirst()
    items = items.filter { !killed.contains($0.step) }
  }

  mutating func removeAll() { items = [] }

  /// The steps of the mappings that walks in progress will kill.
  var doomed: Set<Int> { Set(walks.joined()) }
}

/// Checks that the rules are safe: the oracle follows them, and the ground truth checks the oracle.
@Suite("Specification 9 holds for random operations of the oracle")
struct SoundnessTests {
  /// Whether `mapping` is covered, computed entry by entry and page by page.
  static func isCovered(_ mapping: LiveList.Item, by map: BothDictionaries) -> Bool {
    var isCovered = false
    map.forEachEntry { entry in
      let first = entry.first / 4096
      guard mapping.canonical.allSatisfy({ (first...entry.last / 4096).contains($0) }) else {
        return
      }
      guard let base = entry.content.nested else { return isCovered = true }
      isCovered =
        zip(mapping.canonical, mapping.nested).allSatisfy { $0 - first + base / 4096 == $1 }
    }
    return isCovered
  }

  @Test(
    "every answer of the oracle is sound, and the ground truth agrees with a list of live mappings",
    arguments: [false, true])
  func sound(direct: Bool) throws {
    let configuration = try MapConfiguration(ipaBits: 20, layout: .mailed, hasDirectMap: direct)
    var map = BothDictionaries(configuration)
    var live = ShadowStage2()
    var numbers = Numbers(seed: direct ? 3 : 4)
    var (byRanges, outside, walked, aliased) = (0, 0, 0, 0)
    for _ in 0..<150 {
      map.restart(configuration)
      live.restart()
      var list = LiveList()
      for step in 0..<40 {
        let (range, nested) = (numbers.range(), numbers.range())
        switch UInt64.random(in: 0..<64, using: &numbers) {
        case 0..<40:
          let isRefused = UInt64.random(in: 0..<32, using: &numbers) == 0
          _ = try map.record(
            pages(range), nested: nested.lowerBound * 4096, isRefused: isRefused)
          live.map(canonical: pages(range), nested: nested.lowerBound * 4096, step: step)
          list.map(range, nested: nested.lowerBound, step: step)
        case 40..<50:
          let before = list.items
          let doomed = list.doomed
          var ranges: [IPARange] = []
          let expected = try map.query(pages(range), appendingTo: &ranges)
          if expected == .ranges {
            check(live.firstMapping(in: pages(range), missedBy: ranges[...]) == nil)
          }
          ranges.removeAll()
          let kills: ShadowStage2.Kills
          var killed: [LiveList.Item]
          switch try map.unmap(pages(range), appendingTo: &ranges) {
          case .ranges:
            kills = live.unmap(pages(range), reported: ranges[...])
            for range in ranges { list.invalidate(range.start / 4096...range.last / 4096) }
            check(live.firstMapping(in: pages(range)) == nil)
            check(!list.items.contains { $0.canonical.overlaps(range) })
            let left = Set(list.items.map(\.step))
            killed = before.filter { !left.contains($0.step) }
            byRanges += killed.count
          case .everything:
            kills = live.unmapEverything(pages(range))
            list.begin()
            killed = before
          }
          killed.removeAll { doomed.contains($0.step) }
          check(kills.killed == killed.count)
          check(kills.outside == killed.filter { !$0.canonical.overlaps(range) }.count)
          outside += kills.outside
        case 50..<54:
          try map.invalidate(pages(nested))
          live.invalidate(pages(nested))
          list.invalidate(nested)
        case 54:
          map.clear()
          live.removeAll()
          list.removeAll()
        case 55:
          map.beginFullUnmap()
          live.beginFullUnmap()
          list.begin()
        default:
          let before = live.mappings.count
          if map.fullUnmapsInProgress > 0 { try map.endFullUnmap() }
          live.endFullUnmap()
          list.end()
          walked += before - live.mappings.count
        }

        let sorted = list.items.sorted {
          ($0.canonical.lowerBound, $0.step) < ($1.canonical.lowerBound, $1.step)
        }
        check(live.mappings.map(\.step) == sorted.map(\.step))
        check(live.mappings.map(\.nested) == sorted.map { pages($0.nested) })
        check(live.mappings.map(\.canonicalRange) == sorted.map { pages($0.canonical) })
        check(live.fullUnmapsBegun - live.fullUnmapsEnded == map.fullUnmapsInProgress)

        var entries: [Entry] = []
        map.forEachEntry { entries.append($0) }
        let coverage = live.coverage(by: entries[...])
        let isExcused = map.isBroken || map.fullUnmapsInProgress > 0
        check(isExcused || coverage.uncovered == nil)
        let uncovered = sorted.first { !Self.isCovered($0, by: map) }
        check(coverage.uncovered?.step == uncovered?.step)
        if uncovered == nil {
          check(coverage.pages == sorted.reduce(0) { $0 + UInt64($1.canonical.count) })
          let unknown = entries.filter(\.content.isUnknown).map { $0.first / 4096...$0.last / 4096 }
          let inUnknown = sorted.filter { item in unknown.contains { $0.overlaps(item.canonical) } }
          check(
            coverage.unknownPages == inUnknown.reduce(0) { $0 + UInt64($1.canonical.count) })
          aliased += inUnknown.count
        }
      }
    }
    // The run covered each kind of event often enough.
    #expect(min(byRanges, outside, walked, aliased) > 50)
  }

  @Test(
    "a map that forgets an entry with a live mapping is found unsound",
    arguments: [false, true])
  func forgotten(direct: Bool) throws {
    let configuration = try MapConfiguration(ipaBits: 20, layout: .mailed, hasDirectMap: direct)
    var numbers = Numbers(seed: 5)
    var found = 0
    for _ in 0..<200 {
      var map = BothDictionaries(configuration)
      var live = ShadowStage2()
      for step in 0..<6 {
        let (range, nested) = (numbers.range(), numbers.range().lowerBound * 4096)
        _ = try map.record(pages(range), nested: nested)
        live.map(canonical: pages(range), nested: nested, step: step)
      }
      var entries: [Entry] = []
      map.forEachEntry { entries.append($0) }
      let lost = entries.remove(at: Int.random(in: 0..<entries.count, using: &numbers))
      let inside = live.mappings.filter { lost.first <= $0.canonical && $0.canonical <= lost.last }
      #expect(live.coverage(by: entries[...]).uncovered == inside.first)
      found += inside.isEmpty ? 0 : 1
    }
    #expect(found > 100)
  }
}
