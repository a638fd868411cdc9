import Presentation
import Oracle
import ReverseMap
import ReverseMapping
import Scenario
import Testing

@testable import Differential

@Suite("Traces")
struct TraceTests {
  @Test(
    "random scenarios of every family are explained to the end, in lines no longer than the width",
    arguments: World.Family.allCases)
  func random(_ family: World.Family) {
    var random = SplitMix64(seed: 20_261_125)
    for round in 0..<80 {
      let scenario = Scenario.random(family: family, operations: 48, using: &random)
      let trace = scenario.trace()
      #expect(trace.divergence == nil)
      #expect(trace.steps.map(\.operation) == scenario.operations)
      let width = [60, 80, 100, 200][round % 4]
      expectToFit(trace, width: width)
      // A width below the minimum counts as the minimum.
      if round % 4 == 0 {
        #expect(texts(trace, width: 1) == texts(trace, width: Explanation.narrowest))
      }
    }
  }

  @Test("with a faulty subject a trace ends where the run ends", arguments: Lie.allCases)
  func lies(_ lie: Lie) {
    var random = SplitMix64(seed: 20_261_126)
    var divergences = 0
    for _ in 0..<30 {
      let scenario = Scenario.random(family: .map, operations: 48, using: &random)
      var harness = Harness(maps: { LyingMap($0, lie: lie) })
      let divergence = harness.run(scenario)
      let trace = harness.trace(scenario, explaining: divergence)
      expectToFit(trace, width: 80)
      guard let divergence else {
        #expect(trace.steps.count == scenario.operations.count)
        continue
      }
      divergences += 1
      #expect(trace.steps.count == divergence.scenario.operations.count)
      #expect(trace.steps.dropLast().allSatisfy { $0.event == nil })
      if divergence.check == .leak {
        #expect(trace.steps.last?.event == nil)
      } else if case .firstDifference(let firstDifference)? = trace.steps.last?.event {
        #expect(firstDifference.report(of: "x") == divergence.report(of: "x"))
      } else {
        Issue.record("the last step has no event, but the sides differ there")
      }
    }
    #expect(divergences > 0)
  }

  /// A trace of a virtual machine without direct maps, whose maps hide their third entry.
  private func trace(_ text: String) throws -> Trace {
    let scenario = try Scenario(text: "revfuzz-scenario 4\nworld vm direct off mmus 1\n" + text)
    var harness = Harness(virtualMachines: {
      VirtualMachine($0, mmus: $1) { LyingMap($0, lie: .losesFarEntry) }
    })
    let divergence = harness.run(scenario)
    return harness.trace(scenario, explaining: divergence)
  }

  @Test("the first difference and the unsound step are distinct, and the survivor is drawn")
  func firstDifferenceAndUnsoundness() throws {
    let trace = try trace(
      """
      record 0x5000 -> 0x8000 size 0x1000 mmu 0
      invalidate 0x8000 size 0x1000 mmu 0
      record 0x1000 -> 0x1000 size 0x1000 mmu 0
      record 0x3000 -> 0x3000 size 0x1000 mmu 0
      query 0x1000 size 0x1000
      record 0x5000 -> 0x8000 size 0x1000 mmu 0
      clear mmu 0
      """)
    #expect(trace.divergence?.check == .unsound)
    #expect(trace.steps.count == 6)
    let lines = texts(trace, width: 100).joined(separator: "\n")
    #expect(
      lines.hasSuffix(
        """

        step 4  record 0x3000 -> 0x3000 size 0x1000 mmu 0    stored
          mmu 0
          canonical  0x1000  0x2000 0x3000  0x4000 0x5000  0x6000
          op                        [======]
          oracle     [0x1000].......[0x3000].......[0x8000]
          subject    [0x1000].......[0x3000]...............
                                                   ^^^^^^^^
                     first difference (state)

        step 5  query 0x1000 size 0x1000    mmu 0 ranges [0x1000, 0x1fff]

        step 6  record 0x5000 -> 0x8000 size 0x1000 mmu 0    unchanged
          mmu 0
          canonical  0x1000  0x2000 0x3000  0x4000 0x5000  0x6000
          op                                       [======]
          oracle     [0x1000].......[0x3000].......[0x8000]
          subject    [0x1000].......[0x3000]...............
                                                   ^^^^^^^^
          survivor                                 [0x8000]
                     unsound: mmu 0 nested [0x8000, 0x8fff] -> canonical \
        [0x5000, 0x5fff] is live, but no
                     entry leads to all of it

        """), "\(lines)")
    #expect(lines.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test("if another scenario exposes the failure, that one is explained, with a note")
  func otherScenario() throws {
    let scenario = try Scenario(text: "revfuzz-scenario 4\nworld map\nclear\nclear\n")
    var other = scenario
    other.operations[1] = Operation(.beginFullUnmap)
    var harness = Harness(maps: { LyingMap($0, lie: .forgetsFullUnmap) })
    let divergence = harness.run(other)
    let trace = harness.trace(scenario, explaining: divergence)
    #expect(trace.steps.map(\.operation) == other.operations)
    let lines = texts(trace, width: 100)
    #expect(lines.contains { $0.hasSuffix("they expose an unsound state") })
    #expect(lines.contains("  status     oracle: not broken, 1 full unmaps in progress"))
    #expect(lines.contains("  status     subject: not broken, 0 full unmaps in progress"))
  }

  @Test("a range of steps can be selected, and a range past the end gives a note")
  func someSteps() throws {
    let scenario = try Scenario(text: "revfuzz-scenario 4\nworld map\nclear\nclear\nclear\n")
    let explanation = Explanation(of: scenario.trace(), width: 100)
    let steps = explanation.lines(of: 1..<2).map(\.text).filter { $0.hasPrefix("step") }
    #expect(steps == ["step 2  clear    done"])
    let note = "nothing to show: the run has only 3 steps"
    #expect(explanation.lines(of: 3..<9).contains { $0.text == note })
    #expect(!explanation.lines(of: 2..<9).contains { $0.text == note })
  }

  private func texts(_ trace: Trace, width: Int) -> [String] {
    Explanation(of: trace, width: width).lines(of: 0..<Int.max).map(\.text)
  }

  private func expectToFit(_ trace: Trace, width: Int) {
    let lines = texts(trace, width: width)
    let long = lines.first { $0.count > width }
    #expect(long == nil)
    let headings = lines.filter { $0.hasPrefix("step ") }
    #expect(headings.count == trace.steps.count)
  }
}
