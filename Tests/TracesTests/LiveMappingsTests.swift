import Oracle
import ReverseMapping
import TestSupport
import Testing

@testable import Traces

@Suite("The ground truth of traces: the same as that of scenarios, for many mappings")
struct LiveMappingsTests {
  private func range(_ page: UInt64, _ pages: UInt64) -> IPARange {
    IPARange(start: page << 12, size: pages << 12)
  }

  /// A random range in 16 pages.
  private func range(_ random: inout SplitMix64) -> IPARange {
    let first = random.below(16)
    return range(first, 1 + random.below(16 - first))
  }

  @Test("both give the same kills, survivors and coverage on random streams", arguments: 0..<40)
  func same(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var events: [HostEvent] = []
    for _ in 0..<200 {
      switch random.below(8) {
      case 0...3:
        let canonical = range(&random)
        let nested = random.below(16 - (canonical.size >> 12) + 1) << 12
        events.append(.record(canonical, nested: nested))
      case 4, 5: events.append(.unmap(range(&random)))
      case 6: events.append(.invalidate(range(&random)))
      default: events.append(.fullUnmap(mmu: 0))
      }
    }
    var cells = EventCells()
    events.forEach { cells.add($0) }
    cells.finish()
    var live = LiveMappings(cells)
    var shadow = ShadowStage2()
    for (step, event) in events.enumerated() {
      switch event {
      case .record(let canonical, let nested, _):
        live.map(canonical, nested: nested, made: step)
        shadow.map(canonical: canonical, nested: nested, step: step)
      case .unmap(let canonical):
        if random.chance(1, in: 4) {
          check(live.unmapEverything(canonical) == shadow.unmapEverything(canonical))
          shadow.endFullUnmap()
        } else {
          // Any ranges, as of a map with a bug: also empty, outside the space, and wrapping ones.
          var reported = (0..<random.below(3)).map { _ in range(&random) }
          if random.chance(1, in: 8) { reported.append(IPARange(start: 0x2000, size: 0)) }
          if random.chance(1, in: 8) { reported.append(IPARange(start: 1 << 60, size: 1 << 20)) }
          if random.chance(1, in: 8) { reported.append(IPARange(start: 0x1000, size: .max)) }
          if random.chance(1, in: 8) { reported.append(IPARange(start: 0x1800, size: 0x900)) }
          let kills = live.unmap(canonical, reported: reported[...])
          check(kills == shadow.unmap(canonical, reported: reported[...]), "\(reported)")
        }
        var found: Set<String> = []
        live.forEachMapping(in: canonical) { check(found.insert("\($0)").inserted) }
        let other = shadow.mappings.filter {
          $0.canonical <= canonical.last && canonical.start <= $0.canonicalRange.last
        }
        check(found.count == other.count)
        check(
          (live.firstMapping(in: canonical) == nil) == (shadow.firstMapping(in: canonical) == nil))
      case .invalidate(let nested, _):
        let before = shadow.mappings.count
        shadow.invalidate(nested)
        check(live.invalidate(nested) == before - shadow.mappings.count)
      case .fullUnmap:
        check(live.removeAll() == shadow.mappings.count)
        shadow.removeAll()
      }
      check(live.count == shadow.mappings.count, "step \(step)")
      let entries = entries(&random)
      let (own, other) = (live.coverage(by: entries), shadow.coverage(by: entries[...]))
      check(own.uncovered?.canonical == other.uncovered?.canonical)
      check(own.pages == other.pages && own.unknownPages == other.unknownPages)
    }
  }

  /// Up to three disjoint entries, ascending.
  private func entries(_ random: inout SplitMix64) -> [Entry] {
    var bounds: Set<UInt64> = []
    for _ in 0..<6 { bounds.insert(random.below(17)) }
    let sorted = bounds.sorted()
    return stride(from: 0, to: sorted.count - 1, by: 2).map { index in
      let content: EntryContent =
        random.chance(1, in: 2) ? .unknown : .known(nested: random.below(16) << 12)
      return Entry(
        first: sorted[index] << 12, last: (sorted[index + 1] << 12) - 1, content: content, word: 0)
    }
  }

  @Test("a range of a million pages costs as much as the cells in it")
  func largeRange() {
    let gigabyte = IPARange(start: 0, size: 1 << 40)
    var cells = EventCells()
    cells.add(.record(range(5, 1), nested: 7 << 12))
    cells.add(.record(gigabyte, nested: 1 << 40))
    cells.add(.invalidate(gigabyte))
    cells.finish()
    var live = LiveMappings(cells)
    live.map(range(5, 1), nested: 7 << 12, made: 1)
    live.map(gigabyte, nested: 1 << 40, made: 2)
    #expect(live.count == 2)
    #expect(live.invalidate(gigabyte) == 1)
    #expect(live.firstMapping(in: range(5, 1))?.made == 2)
  }
}
