import RangeTree
import Differential
import Exploration
import Presentation
import Oracle
import ReverseMap
import ReverseMapping
import Scenario
import Testing

/// The virtual machine under test, with nodes so small that four pages fill one.
private func machine(_ configuration: MapConfiguration, mmus: Int) -> VirtualMachine<ReverseMap<4>>
{
  VirtualMachine(configuration, mmus: mmus, memory: NodePool()) { ReverseMap<4>($0, memory: $1) }
}

@Suite("Specification 9, by complete enumeration: 4 canonical and 4 nested pages, 2 MMUs")
struct StateSearchTests {
  /// The longest length that takes well under a minute in a debug build. `revfuzz enumerate` goes
  /// further.
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

  @Test("the steps comprise every operation over the four pages")
  func steps() {
    // Four pages have ten ranges. There are an unmap and a query of each. For each MMU there are an
    // invalidation of each range, six operations on the MMU, a refused record, and all records: 16
    // of one page, 4 of two pages (any ranges: 9), none of three (any ranges: 4), 1 of four.
    let laminar = StateSearch(hasDirectMap: true, blocks: .laminar).steps
    #expect(laminar.count == 20 + 2 * (10 + 6 + 1 + 16 + 4 + 1))
    let pages = StateSearch(hasDirectMap: true, blocks: .pages).steps
    #expect(pages.count == 20 + 2 * (10 + 6 + 1 + 16 + 9 + 4 + 1))
    for steps in [laminar, pages] { #expect(Set(steps).count == steps.count) }
  }

  @Test("with any ranges, a record over a gap does not lose the entry behind the gap")
  func ranges() {
    for hasDirectMap in [false, true] {
      let search = StateSearch(hasDirectMap: hasDirectMap, blocks: .pages)
      #expect(search.run(length: 2, make: machine).divergence == nil)
    }
  }

  @Test("the search finds a shortest sequence to a bug", arguments: shortest)
  func finds(_ flaw: PlantedBug, steps: Int) throws {
    let search = StateSearch(hasDirectMap: true, blocks: .laminar, comparesWithOracle: false)
    let tally = search.run(length: steps) { configuration, mmus in
      BuggyVM(configuration, mmus: mmus, flaw)
    }
    let divergence = try #require(tally.divergence)
    #expect(divergence.check == .unsound)
    // All shorter sequences were searched and none fails.
    #expect(tally.statesByLength.count == steps)
  }

  /// The number of steps that each bug needs by design: one makes a mapping and one loses it. A
  /// refused record is a single step.
  static let shortest: [(PlantedBug, Int)] = [
    (.brokenForgotten, 1), (.fullUnmapNotCounted, 2), (.aliasForgotten, 2), (.invalidatesAll, 2),
    (.lastSkipped, 2), (.handOverEmpties, 2), (.recordLeaksAcross, 2), (.goodRefused, 1),
  ]

  @Test(
    "with operations on one MMU and one page only, the search finds a shortest longer sequence",
    arguments: [(PlantedBug.unknownIgnored, 3), (.endEmpties, 3), (.fullUnmapInFlag, 4)])
  func findsLonger(_ flaw: PlantedBug, steps: Int) throws {
    var search = StateSearch(hasDirectMap: true, blocks: .laminar, comparesWithOracle: false)
    search.steps.removeAll { step in
      !step.allSatisfy { $0.mmu == 0 && $0.page == 0 && $0.pages == 1 && $0.kind != .refuse }
    }
    let tally = search.run(length: steps) { configuration, mmus in
      BuggyVM(configuration, mmus: mmus, flaw)
    }
    #expect(try #require(tally.divergence).check == .unsound)
    #expect(tally.statesByLength.count == steps)
  }

  @Test("states with equal entries but different direct maps are distinct")
  func directRows() throws {
    // With an unmap that leaves its entry in the direct map, the state after record and unmap must
    // differ from the initial one. Otherwise the search would never reach the invalidation that
    // exposes the bug.
    let search = StateSearch(hasDirectMap: true, blocks: .laminar, comparesWithOracle: false)
    let clean = search.run(length: 2) { BuggyVM($0, mmus: $1, nil) }
    let stale = search.run(length: 2) { BuggyVM($0, mmus: $1, .unmapLeavesDirect) }
    #expect(clean.divergence == nil && stale.divergence == nil)
    #expect(stale.states > clean.states)
  }
}
