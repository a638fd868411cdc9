import Scenario
import TestSupport
import Testing

@testable import Differential

@Suite("Transitions of real runs")
struct TransitionWatcherTests {
  /// The counts of `before + times` runs of a scenario. Sampling starts after the first `before`
  /// runs.
  private static func tally(
    _ lines: String, times: Int = TransitionWatcher.stride, before: Int = 0,
    run: (borrowing Scenario, TransitionWatcher) -> Void
  ) throws -> TransitionTally {
    let folder = try Scratch()
    let watcher = TransitionWatcher(try TransitionTable(creatingAt: folder.path("a")))
    let scenario = try Scenario(text: "revfuzz-scenario 4\n\(lines)\n")
    for execution in 0..<(before + times) {
      if execution == before { watcher.startSampling() }
      watcher.beginExecution(operations: scenario.operations.count)
      run(scenario, watcher)
    }
    return try TransitionTally(contentsOf: folder.path("a"))
  }

  private static func names(_ tally: TransitionTally) -> [String] {
    tally.transitions.keys.compactMap { Transition(packed: $0)?.description }.sorted()
  }

  private static func runMap(_ scenario: borrowing Scenario, _ watcher: TransitionWatcher) {
    var harness = ReverseMapHarness(watcher: watcher)
    let divergence = harness.run(scenario)
    #expect(divergence == nil)
  }

  private static func runVM(_ scenario: borrowing Scenario, _ watcher: TransitionWatcher) {
    var harness = ShadowHarness(watcher: watcher)
    let divergence = harness.run(scenario)
    #expect(divergence == nil)
  }

  @Test("a map of tiny nodes grows a level, is polluted and is unmapped")
  func map() throws {
    let tally = try Self.tally(
      """
      world map ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 1
      record 0x0 -> 0x8000 size 0x1000
      record 0x2000 -> 0xa000 size 0x1000
      record 0x4000 -> 0xc000 size 0x1000
      record 0x6000 -> 0xe000 size 0x1000
      record 0x8000 -> 0x10000 size 0x1000
      record 0x8000 -> 0x10000 size 0x1000
      query 0x0 size 0x9000
      record 0x6000 -> 0x20000 size 0x3000
      unmap 0x0 size 0x3000
      unmap 0x6000 size 0x1000
      """, run: Self.runMap)
    // The first record makes a leaf. The fifth splits it under a new root, which adds two nodes.
    // The polluting record replaces two of five entries with one, and a single leaf holds the four.
    // The first unmap reports two of those.
    #expect(
      Self.names(tally) == [
        "query after record: ranges, 5 to 8 entries hit, height 2",
        "record after query: polluted, 2 entries hit, height 1, nodes removed",
        "record after record: stored, 0 entries hit, height 1",
        "record after record: stored, 0 entries hit, height 2, nodes added",
        "record after record: unchanged, 0 entries hit, height 2",
        "record at the start: stored, 0 entries hit, height 1, nodes added",
        "unmap after record: ranges, 2 entries hit, height 1",
        "unmap after unmap: everything, 2 entries hit, height 0, nodes removed",
      ])
    #expect(tally.executions == TransitionWatcher.stride)
    #expect(tally.operations == 10 * TransitionWatcher.stride)
    #expect(tally.counts == (watched: 1, distinct: 8, singletons: 8, doubletons: 0))
  }

  @Test("a virtual machine of two MMUs with a reserve in atomic context")
  func virtualMachine() throws {
    let tally = try Self.tally(
      """
      world memory ipa-bits 48 layout mailed nodes tiny blocks pages window 8 windows 1 \
      direct off mmus 2
      top-up mmu 0
      enter atomic
      refuse from 1
      record 0x0 -> 0x2000 size 0x1000 mmu 0
      record 0x0 -> 0x2000 size 0x1000 mmu 1
      unmap 0x0 size 0x1000
      """, run: Self.runVM)
    #expect(
      Self.names(tally) == [
        "enter after top-up: done, 0 entries hit, height 0",
        "record after record: broke, 0 entries hit, height 1, no memory",
        "record after refuse: stored, 0 entries hit, height 1, nodes added",
        "refuse after enter: done, 0 entries hit, height 0",
        "top-up at the start: full, 0 entries hit, height 0",
        "unmap after record: visited, an mmu answered ranges, an mmu answered everything, "
          + "1 entry hit, height 0, nodes removed",
      ])
  }

  @Test("a range tree")
  func tree() throws {
    let tree = try Self.tally(
      """
      world tree nodes tiny window 64 windows 1
      store 0x0...0x3 word 0x4
      list 0x0...0x9
      clear
      """
    ) { scenario, watcher in
      var harness = RangeTreeHarness(watcher: watcher)
      let divergence = harness.run(scenario)
      #expect(divergence == nil)
    }
    #expect(
      Self.names(tree) == [
        "clear after list: done, 1 entry hit, height 0, nodes removed",
        "list after store: done, 1 entry hit, height 1",
        "store at the start: done, 0 entries hit, height 1, nodes added",
      ])
  }

  private static let short = """
    world map ipa-bits 48 layout mailed nodes tiny blocks pages window 64 windows 1
    record 0x0 -> 0x8000 size 0x1000
    """

  @Test("one execution in `stride` is watched, and none before sampling starts")
  func sampling() throws {
    let stride = TransitionWatcher.stride
    let none = try Self.tally(Self.short, times: stride - 1, before: 100, run: Self.runMap)
    #expect((none.executions, none.operations, none.watched) == (stride + 99, stride + 99, 0))
    #expect(none.transitions.isEmpty)
    let some = try Self.tally(Self.short, times: 3 * stride + 1, before: 100, run: Self.runMap)
    #expect(some.watched == 3)
    #expect(Array(some.transitions.values) == [3])
  }

  @Test("the first operation of a run has no previous operation")
  func starts() throws {
    let tally = try Self.tally(Self.short, times: 2 * TransitionWatcher.stride, run: Self.runMap)
    #expect(
      Self.names(tally) == ["record at the start: stored, 0 entries hit, height 1, nodes added"])
  }
}
