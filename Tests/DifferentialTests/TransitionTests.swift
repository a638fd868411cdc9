import ReverseMapping
import Scenario
import Testing

@testable import Differential

@Suite("Transitions in 32 bits")
struct TransitionTests {
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

  private static func statistics(
    entries: Int = 0, height: Int = 0, taken: Int = 0, given: Int = 0
  ) -> StructureStatistics {
    var statistics = StructureStatistics()
    statistics.entries = entries
    statistics.height = height
    statistics.nodesTaken = taken
    statistics.nodesGiven = given
    return statistics
  }

  private static func transition(
    _ kind: Operation.Kind = .record, after first: Operation.Kind? = .record,
    answer: Answer = answer(.stored), before: StructureStatistics? = statistics(),
    now: StructureStatistics? = statistics(entries: 1)
  ) -> Transition {
    Transition(kind, after: first, answer, before: before, after: now)
  }

  @Test("every property of a transition changes its packed form, which decodes to itself")
  func distinct() {
    var all: [Transition] = []
    for kind in Operation.Kind.allCases {
      all.append(Self.transition(kind, answer: Self.answer(.done)))
    }
    for first in Operation.Kind.allCases.dropFirst() { all.append(Self.transition(after: first)) }
    all.append(Self.transition(after: nil))
    // The first loop has a query with the outcome `done`.
    for outcome in (1..<32).compactMap(Answer.Outcome.init(rawValue:)) {
      all.append(Self.transition(.query, answer: Self.answer(outcome)))
    }
    for visits: [UnmapResult] in [[.ranges], [.everything], [.ranges, .everything]] {
      all.append(Self.transition(.unmap, answer: Self.answer(.visited, visits: visits)))
    }
    for hits in [1, 2, 3, 5, 9] {
      all.append(Self.transition(.unmap, answer: Self.answer(.ranges, ranges: hits)))
    }
    for height in 1...7 { all.append(Self.transition(now: Self.statistics(height: height))) }
    all.append(Self.transition(now: Self.statistics(taken: 1)))
    all.append(Self.transition(now: Self.statistics(given: 1)))
    all.append(Self.transition(answer: Self.answer(.stored, wasRefused: true)))
    #expect(Set(all.map(\.packed)).count == all.count)
    // The clear and the fill of a tree have the same names as those of a map.
    let twins = [Operation.Kind.clearTree, .fillTree].map { UInt32($0.rawValue) + 1 }
    let named = all.filter {
      !twins.contains($0.packed & 31) && !twins.contains($0.packed >> 5 & 31)
    }
    #expect(Set(named.map(\.description)).count == named.count)
    for transition in all { #expect(Transition(packed: transition.packed) == transition) }
  }

  @Test("a number that encodes no transition is rejected")
  func noTransition() {
    let good = Self.transition().packed
    #expect(Transition(packed: good) != nil)
    for bad in [0, good & ~31, good | 31, good | 31 << 5, good | 7 << 16, good | 1 << 25, ~0] {
      #expect(Transition(packed: bad) == nil, "\(bad)")
    }
  }

  @Test(
    "hits fall into six buckets",
    arguments: [
      (-3, 0), (0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (8, 4), (9, 5), (200, 5),
    ])
  func buckets(_ hits: Int, _ bucket: UInt32) {
    #expect(Transition.bucket(ofHits: hits) == bucket)
  }

  @Test("the hits of an operation are max(reported, removed)")
  func hits() {
    func hits(_ kind: Operation.Kind, _ answer: Answer, _ before: Int, _ after: Int) -> Int {
      Transition.hits(
        kind, answer, before: Self.statistics(entries: before),
        after: Self.statistics(entries: after))
    }
    #expect(hits(.record, Self.answer(.stored), 4, 5) == 0)
    // Two entries were stale, and one is new.
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
    // Without statistics, only the reported ranges count.
    #expect(
      Transition.hits(.unmap, Self.answer(.ranges, ranges: 3), before: nil, after: nil) == 3)
    #expect(Transition.hits(.record, Self.answer(.polluted), before: nil, after: nil) == 0)
  }

  @Test("the description lists all properties")
  func words() {
    let all = Self.transition(
      .unmap, after: .beginFullUnmap,
      answer: Self.answer(.visited, ranges: 4, visits: [.ranges, .everything], wasRefused: true),
      before: Self.statistics(entries: 4), now: Self.statistics(height: 9, taken: 1, given: 2))
    #expect(
      all.description
        == "unmap after begin-full-unmap: visited, an mmu answered ranges, "
        + "an mmu answered everything, 3 to 4 entries hit, height 7 or more, nodes added, "
        + "nodes removed, no memory")
    #expect(
      Self.transition(after: nil).description
        == "record at the start: stored, 0 entries hit, height 0")
  }

  @Test("a node that a tree takes from a reserve counts as added, and a retired one as removed")
  func statistics() {
    var counts = MemoryCounts()
    // Five of six requests were granted. One of the five nodes is in a reserve, not in a tree.
    (counts.requests, counts.refused, counts.live) = (6, 1, 5)
    var statistics = StructureStatistics(MapShape(entries: 9, height: 2, nodes: 4), counts)
    #expect((statistics.nodesTaken, statistics.nodesGiven) == (4, 0))
    // The tree takes it.
    statistics = StructureStatistics(MapShape(entries: 9, height: 2, nodes: 5), counts)
    #expect((statistics.nodesTaken, statistics.nodesGiven) == (5, 0))
    // All five are retired. Then one is reused and one is given back.
    counts.retired = 5
    statistics = StructureStatistics(MapShape(entries: 0, height: 0, nodes: 0), counts)
    #expect((statistics.nodesTaken, statistics.nodesGiven) == (5, 5))
    (counts.retired, counts.recycled, counts.live) = (3, 1, 4)
    statistics = StructureStatistics(MapShape(entries: 1, height: 1, nodes: 1), counts)
    #expect((statistics.nodesTaken, statistics.nodesGiven) == (6, 5))
  }
}
