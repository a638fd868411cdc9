import RangeTree
import Differential
import Exploration
import Presentation
import Oracle
import ReverseMap
import ReverseMapping
import Scenario
import Testing

/// The machine under test, with nodes small enough for four pages to fill one.
private func machine(_ configuration: MapConfiguration, mmus: Int) -> VirtualMachine<ReverseMap<4>>
{
  VirtualMachine(configuration, mmus: mmus, memory: NodePool()) { ReverseMap<4>($0, memory: $1) }
}

@Suite("Specification 9, by complete enumeration: 4 canonical and 4 nested pages, 2 MMUs")
struct StateSearchTests {
  /// The longest length that stays well under a minute here, in a debug build. `revfuzz enumerate`
  /// goes further.
  static let length = 3

  @Test(
    "coverage and completeness hold in every state, with the direct map off and on",
    arguments: [false, true])
  func sound(hasDirectMap: Bool) {
    let search = StateSearch(hasDirectMap: hasDirectMap, blocks: .laminar)
    let tally = search.run(length: Self.length, make: machine)
    print("direct map \(hasDirectMap ? "on" : "off"), sequences of up to \(Self.length): \(tally)")
    if let divergence = tally.divergence {
      Issue.record("\(divergence.report(of: "the enumeration"))")
    }
    #expect(tally.statesByLength.count == Self.length + 1)
  }

  @Test("the steps are every operation over the four pages")
  func steps() {
    // Ten ranges of four pages. Unmaps and queries of each; and for both MMUs invalidations of each,
    // six operations on the MMU, a refused record, and all records: of single pages 16, of two
    // pages 4 (any: 9), of three none (4), of four 1.
    let laminar = StateSearch(hasDirectMap: true, blocks: .laminar).steps
    #expect(laminar.count == 20 + 2 * (10 + 6 + 1 + 16 + 4 + 1))
    let pages = StateSearch(hasDirectMap: true, blocks: .pages).steps
    #expect(pages.count == 20 + 2 * (10 + 6 + 1 + 16 + 9 + 4 + 1))
    for steps in [laminar, pages] { #expect(Set(steps).count == steps.count) }
  }

  @Test("any ranges: a record over a gap, whose far entry would be lost by a walk that stops at it")
  func ranges() {
    for hasDirectMap in [false, true] {
      let search = StateSearch(hasDirectMap: hasDirectMap, blocks: .pages)
      #expect(search.run(length: 2, make: machine).divergence == nil)
    }
  }

  @Test("the search finds a shortest sequence to a bug", arguments: shortest)
  func finds(_ flaw: PlantedBug, steps: Int) throws {
    let search = StateSearch(hasDirectMap: true, blocks: .laminar, comparesWithReference: false)
    let tally = search.run(length: steps) { configuration, mmus in
      BuggyVM(configuration, mmus: mmus, flaw)
    }
    let divergence = try #require(tally.divergence)
    #expect(divergence.check == .unsound)
    // All shorter sequences were searched, and none of them shows it.
    #expect(tally.statesByLength.count == steps)
  }

  /// How many steps each needs, by thought: a mapping and its loss; for a refused record the one
  /// step that it is.
  static let shortest: [(PlantedBug, Int)] = [
    (.brokenForgotten, 1), (.fullUnmapNotCounted, 2), (.aliasForgotten, 2), (.invalidatesAll, 2),
    (.lastSkipped, 2), (.handOverEmpties, 2), (.recordLeaksAcross, 2), (.goodRefused, 1),
  ]

  @Test(
    "and to one that takes more steps, among the operations on one MMU and one page",
    arguments: [(PlantedBug.unknownIgnored, 3), (.endEmpties, 3), (.fullUnmapInFlag, 4)])
  func findsLonger(_ flaw: PlantedBug, steps: Int) throws {
    var search = StateSearch(hasDirectMap: true, blocks: .laminar, comparesWithReference: false)
    search.steps.removeAll { step in
      !step.allSatisfy { $0.mmu == 0 && $0.page == 0 && $0.pages == 1 && $0.kind != .refuse }
    }
    let tally = search.run(length: steps) { configuration, mmus in
      BuggyVM(configuration, mmus: mmus, flaw)
    }
    #expect(try #require(tally.divergence).check == .unsound)
    #expect(tally.statesByLength.count == steps)
  }

  @Test("what the direct map alone remembers makes two states of what the entries hold alike")
  func directRows() throws {
    // An unmap that leaves its entry in the direct map: the state after record and unmap is not the
    // one at the beginning, or the search would never go on to the invalidation that does harm.
    let search = StateSearch(hasDirectMap: true, blocks: .laminar, comparesWithReference: false)
    let clean = search.run(length: 2) { BuggyVM($0, mmus: $1, nil) }
    let stale = search.run(length: 2) { BuggyVM($0, mmus: $1, .unmapLeavesDirect) }
    #expect(clean.divergence == nil && stale.divergence == nil)
    #expect(stale.states > clean.states)
  }
}
