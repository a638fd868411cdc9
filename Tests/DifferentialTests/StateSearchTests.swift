import Differential
import Oracle
import ReverseMap
import ReverseMapping
import Scenario
import Testing

/// The machine under test, with nodes small enough for four pages to fill one.
private func machine(_ configuration: MapConfiguration, mmus: Int) -> VirtualMachine<ReverseMap<4>>
{
  VirtualMachine(configuration, mmus: mmus) { ReverseMap<4>($0) }
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
    // From each state that is not at the full length, every step was taken.
    let shorter = tally.statesByLength.dropLast().reduce(0, +)
    #expect(tally.transitions == shorter * search.steps.count)
  }

  @Test("any ranges: a record over a gap, whose far entry would be lost by a walk that stops at it")
  func ranges() {
    for hasDirectMap in [false, true] {
      let search = StateSearch(hasDirectMap: hasDirectMap, blocks: .pages)
      #expect(search.run(length: 2, make: machine).divergence == nil)
    }
  }

  @Test("the search finds a shortest sequence to a carelessness", arguments: shortest)
  func finds(_ flaw: Carelessness, steps: Int) throws {
    let search = StateSearch(hasDirectMap: true, blocks: .laminar, comparesWithReference: false)
    let tally = search.run(length: steps) { configuration, mmus in
      CarelessMachine(configuration, mmus: mmus, flaw)
    }
    let divergence = try #require(tally.divergence)
    #expect(divergence.check == .unsound)
    // All shorter sequences were searched, and none of them shows it.
    #expect(tally.statesByLength.count == steps)
  }

  /// How many steps each needs, by thought: a mapping and its loss; for a refused record the one
  /// step that it is. Those that need more take a debug build too long.
  static let shortest: [(Carelessness, Int)] = [
    (.brokenForgotten, 1), (.fullUnmapNotCounted, 2), (.aliasForgotten, 2), (.invalidatesAll, 2),
    (.lastSkipped, 2), (.handOverEmpties, 2), (.recordLeaksAcross, 2),
  ]
}
