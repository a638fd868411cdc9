import ReverseMapping
import Scenario
import Testing

@testable import Differential

@Suite("A situation in 32 bits")
struct SituationTests {
  private static func answer(
    _ outcome: Answer.Outcome, ranges: Int = 0, visits: [UnmapResult] = [], numbers: Int = 0,
    wasRefused: Bool = false
  ) -> Answer {
    var answer = Answer()
    answer.outcome = outcome
    answer.ranges = [IPARange](repeating: IPARange(start: 0, size: Page.size), count: ranges)
    answer.visits = visits.map { MMUVisit(mmu: 0, result: $0, ranges: 0) }
    answer.numbers = [UInt64](repeating: 1, count: numbers)
    answer.wasRefused = wasRefused
    return answer
  }

  private static func gauge(
    entries: Int = 0, height: Int = 0, taken: Int = 0, given: Int = 0
  ) -> Gauge {
    var gauge = Gauge()
    gauge.entries = entries
    gauge.height = height
    gauge.nodesTaken = taken
    gauge.nodesGiven = given
    return gauge
  }

  private static func situation(
    _ kind: Operation.Kind = .record, after first: Operation.Kind? = .record,
    answer: Answer = answer(.stored), before: Gauge? = gauge(),
    now: Gauge? = gauge(entries: 1)
  ) -> Situation {
    Situation(kind, after: first, answer, before: before, after: now)
  }

  @Test("whatever tells situations apart is told apart, and comes back whole")
  func distinct() {
    var all: [Situation] = []
    for kind in Operation.Kind.allCases {
      all.append(Self.situation(kind, answer: Self.answer(.done)))
    }
    for first in Operation.Kind.allCases.dropFirst() { all.append(Self.situation(after: first)) }
    all.append(Self.situation(after: nil))
    // Of a query that is done the first loop has one.
    for outcome in (1..<16).compactMap(Answer.Outcome.init(rawValue:)) {
      all.append(Self.situation(.query, answer: Self.answer(outcome)))
    }
    for visits: [UnmapResult] in [[.ranges], [.everything], [.ranges, .everything]] {
      all.append(Self.situation(.unmap, answer: Self.answer(.visited, visits: visits)))
    }
    for hits in [1, 2, 3, 5, 9] {
      all.append(Self.situation(.unmap, answer: Self.answer(.ranges, ranges: hits)))
    }
    for height in 1...7 { all.append(Self.situation(now: Self.gauge(height: height))) }
    all.append(Self.situation(now: Self.gauge(taken: 1)))
    all.append(Self.situation(now: Self.gauge(given: 1)))
    all.append(Self.situation(answer: Self.answer(.stored, wasRefused: true)))
    #expect(Set(all.map(\.packed)).count == all.count)
    // The clear of a tree is called like that of a map.
    let named = all.filter { $0.packed & 31 != UInt32(Operation.Kind.clearTree.rawValue) + 1 }
      .filter { $0.packed >> 5 & 31 != UInt32(Operation.Kind.clearTree.rawValue) + 1 }
    #expect(Set(named.map(\.description)).count == named.count)
    for situation in all { #expect(Situation(packed: situation.packed) == situation) }
  }

  @Test("numbers that stand for no situation are refused")
  func noSituation() {
    let good = Self.situation().packed
    #expect(Situation(packed: good) != nil)
    for bad in [0, good & ~31, good | 31, good | 31 << 5, good | 7 << 16, good | 1 << 25, ~0] {
      #expect(Situation(packed: bad) == nil, "\(bad)")
    }
  }

  @Test(
    "hits fall into six sorts",
    arguments: [
      (-3, 0), (0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (8, 4), (9, 5), (200, 5),
    ])
  func buckets(_ hits: Int, _ bucket: UInt32) {
    #expect(Situation.bucket(ofHits: hits) == bucket)
  }

  @Test("an operation has hit what it reported, or what is gone if that is more")
  func hits() {
    func hits(_ kind: Operation.Kind, _ answer: Answer, _ before: Int, _ after: Int) -> Int {
      Situation.hits(
        kind, answer, before: Self.gauge(entries: before), after: Self.gauge(entries: after))
    }
    #expect(hits(.record, Self.answer(.stored), 4, 5) == 0)
    // Two were stale, and one is new.
    #expect(hits(.record, Self.answer(.stored), 4, 3) == 2)
    #expect(hits(.record, Self.answer(.polluted), 4, 4) == 1)
    #expect(hits(.record, Self.answer(.polluted), 7, 5) == 3)
    #expect(hits(.record, Self.answer(.unchanged), 4, 4) == 0)
    #expect(hits(.unmap, Self.answer(.ranges, ranges: 3), 9, 6) == 3)
    #expect(hits(.unmap, Self.answer(.everything), 9, 0) == 9)
    #expect(hits(.query, Self.answer(.ranges, ranges: 2), 9, 9) == 2)
    #expect(hits(.replace, Self.answer(.done, numbers: 3), 6, 3) == 4)
    #expect(hits(.replace, Self.answer(.refused), 6, 6) == 0)
    #expect(hits(.insert, Self.answer(.occupied, numbers: 3), 6, 6) == 1)
    #expect(hits(.list, Self.answer(.done, numbers: 12), 6, 6) == 4)
    #expect(hits(.erase, Self.answer(.done), 6, 4) == 2)
    // Who does not tell how large it is reports all the same.
    #expect(
      Situation.hits(.unmap, Self.answer(.ranges, ranges: 3), before: nil, after: nil) == 3)
    #expect(Situation.hits(.record, Self.answer(.polluted), before: nil, after: nil) == 0)
  }

  @Test("it says what it is")
  func words() {
    let all = Self.situation(
      .unmap, after: .beginFullUnmap,
      answer: Self.answer(.visited, ranges: 4, visits: [.ranges, .everything], wasRefused: true),
      before: Self.gauge(entries: 4), now: Self.gauge(height: 9, taken: 1, given: 2))
    #expect(
      all.description
        == "unmap after begin-full-unmap: visited, an mmu ranges, an mmu everything, 3 to 4 entries hit, "
        + "height 7 or more, nodes came, nodes went, no memory")
    #expect(
      Self.situation(after: nil).description
        == "record at the start: stored, 0 entries hit, height 0")
  }

  @Test("a node from a reserve has come, and one that is retired has gone")
  func gauge() {
    var counts = MemoryCounts()
    // Five were granted of six requests, one of them is set aside and not in a tree.
    (counts.requests, counts.refused, counts.live) = (6, 1, 5)
    var gauge = Gauge(MapShape(entries: 9, height: 2, nodes: 4), counts)
    #expect((gauge.nodesTaken, gauge.nodesGiven) == (4, 0))
    // It comes into a tree.
    gauge = Gauge(MapShape(entries: 9, height: 2, nodes: 5), counts)
    #expect((gauge.nodesTaken, gauge.nodesGiven) == (5, 0))
    // All are retired; then one comes again, and one is given back.
    counts.retired = 5
    gauge = Gauge(MapShape(entries: 0, height: 0, nodes: 0), counts)
    #expect((gauge.nodesTaken, gauge.nodesGiven) == (5, 5))
    (counts.retired, counts.recycled, counts.live) = (3, 1, 4)
    gauge = Gauge(MapShape(entries: 1, height: 1, nodes: 1), counts)
    #expect((gauge.nodesTaken, gauge.nodesGiven) == (6, 5))
  }
}
