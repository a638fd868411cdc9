import Foundation
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario
import TestSupport
import Testing

@testable import Differential
@testable import Oracle

/// The oracle for virtual machines, and beside it a dictionary of pages for each MMU, which checks
/// it. After every operation, both must have given the same answer and have the same state.
struct OracleBesidePages: OracleDriver {
  private var oracle = ReferenceVMDriver()
  private var pages: [PageDictionary] = []
  private var configuration = MapConfiguration(nearestWidthTo: 56, layout: .mailed)
  /// The number of cells at the start of a run, for each MMU.
  private var cells: [Int] = []

  mutating func reset(for scenario: borrowing Scenario) {
    oracle.reset(for: scenario)
    configuration = scenario.world.mapConfiguration
    let configuration = configuration
    pages = (0..<Int(scenario.world.mmus)).map { _ in PageDictionary(configuration) }
    cells = pages.indices.map(cellCount)
    checkState()
  }

  mutating func perform(_ action: MapAction, answer: inout Answer) {
    let valid = pages.indices.filter(oracle.driver.vm.isValid)
    var expected = answer
    oracle.perform(action, answer: &answer)
    switch action.kind {
    case .unmap, .query:
      expected.outcome = .visited
      for mmu in valid { visit(mmu, action, &expected) }
      // A bad range is rejected, whether or not an MMU is valid.
      guard answer.outcome != .rejected || !valid.isEmpty else { return }
      check(answer == expected, "\(answer) by cells, \(expected) by pages")
    case .create:
      if answer.outcome != .rejected { pages[action.mmu].restart(configuration) }
    case .tearDown:
      if answer.outcome != .rejected { pages[action.mmu].clear() }
    case .record, .invalidate, .clear, .beginFullUnmap, .endFullUnmap:
      guard valid.contains(action.mmu) else { return check(answer.error == .notValid) }
      change(pages: action, &expected)
      check(answer == expected, "\(answer) by cells, \(expected) by pages")
    default: break
    }
    checkState()
  }

  private mutating func visit(_ mmu: Int, _ action: MapAction, _ answer: inout Answer) {
    let before = answer.ranges.count
    do throws(ReverseMapError) {
      let result =
        try action.kind == .query
        ? pages[mmu].query(action.range, appendingTo: &answer.ranges)
        : pages[mmu].unmap(
          action.range, appendingTo: &answer.ranges, isRefused: answer.refusedMMUs.contains(mmu))
      answer.visits.append(
        MMUVisit(mmu: mmu, result: result, ranges: answer.ranges.count - before))
    } catch {
      (answer.outcome, answer.error) = (.rejected, error)
    }
  }

  private mutating func change(pages action: MapAction, _ answer: inout Answer) {
    do throws(ReverseMapError) {
      switch action.kind {
      case .record:
        let result = try pages[action.mmu].record(
          action.range, nested: action.nested, isRefused: answer.wasRefused)
        answer.outcome = Answer.Outcome(result)
      case .invalidate: try pages[action.mmu].invalidate(action.range)
      case .clear: pages[action.mmu].clear()
      case .beginFullUnmap: pages[action.mmu].beginFullUnmap()
      default: try pages[action.mmu].endFullUnmap()
      }
    } catch {
      (answer.outcome, answer.error) = (.rejected, error)
    }
  }

  private func checkState() {
    let vm = oracle.driver.vm
    for mmu in pages.indices where vm.isValid(mmu) {
      let entries: [Entry] = pages[mmu].entries
      let direct = pages[mmu].directEntries
      check(vm.entries(mmu) == entries, "\(vm.entries(mmu)) by cells, \(entries) by pages")
      check(vm.directEntries(mmu) == direct)
      let sum = entries.reduce(0) { $0 &+ $1.rowHash } &+ direct.reduce(0) { $0 &+ $1.rowHash }
      check(vm.rowSum(mmu) == sum)
      check(vm.isBroken(mmu) == pages[mmu].isBroken)
      check(vm.fullUnmapsInProgress(mmu) == pages[mmu].fullUnmapsInProgress)
      check(cellCount(mmu) == cells[mmu], "an operation of the scenario split a cell")
    }
    check(vm.checkInvariants() == nil)
  }

  /// The number of cells of MMU `mmu` in both spaces.
  private func cellCount(_ mmu: Int) -> Int {
    let map = oracle.driver.vm.mmus[mmu].map
    return map.table.cells.count + map.directTable.cells.count
  }

  func forEachRow(_ body: (VMRow) -> Void) { oracle.forEachRow(body) }
  var status: UInt64 { oracle.status }
  var statusDescription: String { oracle.statusDescription }

  func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == VMRow { oracle.holdsExactlyRows(of: subject) }
}

@Suite("The oracle agrees with the dictionary of pages on the committed corpus")
struct OracleAgreementTests {
  /// The scenarios in the corpus of `target`. Those of whole worlds are brought into windows,
  /// because the dictionary of pages has to walk over the pages of a range.
  static func corpus(_ target: String) throws -> [Scenario] {
    try Project.files(in: "Corpus/" + target).map {
      let scenario = Scenario(
        decoding: try Data(contentsOf: URL(fileURLWithPath: Project.path($0))))
      var world = scenario.world
      if world.isWhole { world.windows = World.windowCount }
      return Scenario(world: world, operations: scenario.operations)
    }
  }

  @Test("one map, with a direct map and without", arguments: ["FuzzReverseMap", "FuzzDirectMap"])
  func maps(target: String) throws {
    // Here the dictionary of pages is the subject.
    var harness = MapHarness<PageDictionary> { PageDictionary($0) }
    let corpus = try Self.corpus(target)
    #expect(corpus.count > 200)
    for scenario in corpus {
      #expect(scenario.world.family == .map || scenario.world.family == .direct)
      check(harness.run(scenario) == nil)
    }
  }

  @Test(
    "virtual machines, whose requests for memory are refused",
    arguments: ["FuzzShadow", "FuzzAllocationFailure", "FuzzForeign"])
  func virtualMachines(target: String) throws {
    var harness = Harness(oracle: OracleBesidePages(), checker: ShadowChecker()) {
      VMDriver(
        VirtualMachine($0.mapConfiguration, mmus: Int($0.mmus), memory: NodePool()) {
          ReverseMap<4>($0, memory: $1)
        })
    }
    let corpus = try Self.corpus(target)
    #expect(corpus.count > (target == "FuzzForeign" ? 1 : 200))
    for scenario in corpus {
      #expect(scenario.world.family.isVM)
      check(harness.run(scenario) == nil)
    }
  }
}
