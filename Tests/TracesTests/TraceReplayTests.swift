import Foundation
import ReverseMap
import ReverseMapping
import TestSupport
import Testing

@testable import Traces

/// A map that loses one of its records, and answers as if it had not.
private struct LosingMap: ReverseMapProtocol, ~Copyable {
  private var map: ReverseMap<4>
  private let lost: Int
  private var records = 0

  init(_ configuration: MapConfiguration, losing lost: Int) {
    map = ReverseMap<4>(configuration)
    self.lost = lost
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    records += 1
    return records == lost ? .stored : try map.record(canonical, nested: nested)
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult { try map.unmap(canonical, appendingTo: &nested) }

  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult { try map.query(canonical, appendingTo: &nested) }

  mutating func clear() { map.clear() }
  mutating func beginFullUnmap() { map.beginFullUnmap() }
  mutating func endFullUnmap() throws(ReverseMapError) { try map.endFullUnmap() }
  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try map.invalidate(nested)
  }
  var isBroken: Bool { map.isBroken }
  var fullUnmapsInProgress: Int { map.fullUnmapsInProgress }
  func forEachEntry(_ body: (Entry) -> Void) { map.forEachEntry(body) }
  func checkInvariants() -> String? { map.checkInvariants() }
  func checkEmpty() -> String? { map.checkEmpty() }
}

@Suite("Replays of traces", .waitsForProcesses)
struct TraceReplayTests {
  private let scratch = try! Scratch()

  private func result(
    _ text: String, direct: Bool = true, every: Int = 1, on subject: TraceSubject = .production
  ) async throws -> TraceRun.Result {
    let path = scratch.path("trace")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let trace = try await TraceFile(path)
    return try TraceRun(trace, on: subject, hasDirectMap: direct, checkingEvery: every).run()
  }

  private func tally(_ text: String, direct: Bool = true) async throws -> TraceTally {
    let result = try await result(text, direct: direct)
    #expect(result.fault == nil)
    return result.tally
  }

  @Test("records are counted by what they meet in the map")
  func meetings() async throws {
    let text = """
      1 record s0 0x200000 0x400000 0x1000
      2 record s0 0x200000 0x400000 0x1000
      3 record s0 0x200000 0x400000 0x200000
      4 record s0 0x200000 0x800000 0x1000
      5 record s0 0x200000 0x900000 0x1000
      6 record s1 0x200000 0x400000 0x1000
      7 record s0 0x600000 0x600000 0x1000

      """
    let tally = try await tally(text)
    let met = tally.met
    #expect(met.nothing == 3 && met.sameEntry == 1 && met.sameTranslation == 1)
    #expect(met.otherTranslation == 1 && met.unknown == 1)
    // With a direct map, the block takes the page over; without one, it makes it unknown.
    #expect(tally.polluted == 2)
    let without = try await self.tally(text, direct: false)
    #expect(without.polluted == 3 && without.met.otherTranslation == 0 && without.met.unknown == 2)
    #expect(tally.records == 7 && tally.sizes == [0x1000: 6, 0x20_0000: 1])
    // Four in MMU 0 at the end: the block, two of its first page, and the page at 6M. One in MMU 1.
    #expect(tally.peakMappings == 5)
  }

  @Test("a canonical unmap asks the map, and the host's own full unmap is left out")
  func hostFullUnmaps() async throws {
    let tally = try await tally(
      """
      1 record s0 0x200000 0x400000 0x1000
      2 record s0 0x300000 0x500000 0x1000
      3 unmap 0x200000 0x1000 notifier:clear
      4 full-unmap s0 notifier:clear lost=2 needed=1
      5 record s0 0x300000 0x500000 0x1000
      6 unmap 0x900000 0x1000
      7 full-unmap s0 notifier:clear lost=1 needed=0

      """)
    #expect(tally.unmaps.count == 2 && tally.unmaps.killed == 1 && tally.unmaps.needless == 0)
    #expect(tally.unmaps.unneeded == 1 && tally.unmaps.everything == 0)
    #expect(tally.met.sameEntry == 1)
    #expect(tally.hostFullUnmaps == .init(count: 2, lost: 3, needed: 1))
    #expect(tally.events == 5)
  }

  @Test("an unmap of an unknown range kills everything in that MMU, needlessly what lies elsewhere")
  func needless() async throws {
    let tally = try await tally(
      """
      1 record s0 0x200000 0x400000 0x1000
      2 record s0 0x200000 0x500000 0x1000
      3 record s0 0x300000 0x600000 0x1000
      4 record s1 0x200000 0x400000 0x1000
      5 record s1 0x300000 0x600000 0x1000
      6 unmap 0x200000 0x1000

      """)
    #expect(tally.unmaps.everything == 1 && tally.unmaps.killed == 4)
    #expect(tally.unmaps.needless == 1)
    #expect(tally.aliases == .init(records: 1, atSomeTime: 1, atOnce: 1))
  }

  @Test("full unmaps for the guest and invalidations empty the map too")
  func guest() async throws {
    let tally = try await tally(
      """
      1 record s0 0x200000 0x400000 0x1000
      2 record s0 0x300000 0x500000 0x1000
      3 invalidate s0 0x400000 0x40000000
      4 invalidate s0 0x400000 0x1000
      5 record s0 0x200000 0x600000 0x1000
      6 full-unmap s0 tlbi:vmalls12 lost=1 needed=1
      7 full-unmap s0 tlbi:alle1 lost=0 needed=0
      8 full-unmap none-valid tlbi:alle1
      9 unmap 0x200000 0x1000

      """)
    #expect(tally.invalidations == .init(count: 2, hitNothing: 1, killed: 2))
    #expect(tally.fullUnmaps == .init(count: 2, hitNothing: 1, killed: 1))
    #expect(tally.unmaps.killed == 0 && tally.unmaps.everything == 0)
    #expect(tally.otherLines == ["full-unmap none-valid": 1])
  }

  @Test("an alias at some time is one within one context of an MMU, whatever was live")
  func aliases() async throws {
    let tally = try await tally(
      """
      1 record s0 0x200000 0x400000 0x200000
      2 invalidate s0 0x400000 0x200000
      3 record s0 0x201000 0x801000 0x1000
      4 record s1 0x202000 0x802000 0x1000
      5 full-unmap s0 recycle(pending_unmap) lost=1 needed=1
      6 record s0 0x203000 0x803000 0x1000

      """)
    // Page 0x201000 only: another MMU and another context do not count.
    #expect(tally.aliases == .init(records: 0, atSomeTime: 1, atOnce: 0))
  }

  @Test("everything is checked at the interval and at the end")
  func interval() async throws {
    let text = (1...10).map { "\($0) record s0 0x\($0)000 0x\($0)000 0x1000\n1 mark x\n" }.joined()
    #expect(try await result(text, every: 3).tally.checks == 3 + 1)
    #expect(try await result(text, every: 100).tally.checks == 1)
  }

  // MARK: - Failures

  /// Two mappings in one unmapped range, of which the canary forgets one; and others around them.
  private let failing = """
    1 record s1 0x200000 0x400000 0x1000
    2 record s0 0x40000000 0x80000000 0x1000
    3 record s0 0x200000 0x400000 0x1000
    4 full-unmap s0 tlbi:alle1
    5 record s0 0x200000 0x400000 0x1000
    6 record s0 0x40200000 0x80000000 0x1000
    7 record s0 0x201000 0x600000 0x1000
    8 invalidate s0 0x90000000 0x1000
    9 unmap 0x200000 0x2000
    10 record s0 0x700000 0x700000 0x1000

    """

  @Test("a mapping that an unmap misses is a fault of its line")
  func fault() async throws {
    let result = try await result(failing, every: 100, on: .canary(.forget))
    let fault = try #require(result.fault)
    #expect(fault.check == .unsound && fault.line == 9 && fault.mmu == 0)
    #expect(fault.actual == "[0x201000, 0x201fff] -> [0x600000, 0x600fff] of line 7 is alive")
    #expect(result.shownBy == nil)
  }

  @Test("the event with which a fault began is found far from where it showed")
  func began() async throws {
    let text = (1...1502).map { "\($0) record s0 0x\($0)000 0x\($0)000 0x1000\n" }.joined()
    let path = scratch.path("trace")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let cases = [(1234, 100_000), (1501, 100_000), (600, 300), (599, 300), (1, 700), (1500, 50)]
    for (lost, every) in cases {
      let run = try TraceRun(await TraceFile(path), hasDirectMap: false, checkingEvery: every)
      let maker = MapMaker(memory: { UnlimitedMemory() }) { configuration, _ in
        LosingMap(configuration, losing: lost)
      }
      let result = try run.run(maker)
      let fault = try #require(result.fault)
      #expect(fault.check == .unsound && fault.line == lost)
      let shown = min(1502, (lost + every - 1) / every * every)
      #expect(result.shownBy?.line == (shown == lost ? nil : shown))
    }
  }

  @Test("the events around a fault are those of its MMU and its ranges since the map was empty")
  func neighbourhood() async throws {
    let path = scratch.path("trace")
    try Data(failing.utf8).write(to: URL(fileURLWithPath: path))
    let run = try TraceRun(
      await TraceFile(path), on: .canary(.forget), hasDirectMap: true, checkingEvery: 100)
    let fault = try #require(run.run().fault)
    let near = try run.neighbourhood(of: fault, reach: 0, most: 255)
    #expect(
      near.map(\.description) == [
        "record 0x200000 -> 0x400000 size 0x1000 mmu 0",
        "record 0x201000 -> 0x600000 size 0x1000 mmu 0", "unmap 0x200000 size 0x2000",
      ])
    #expect(try run.neighbourhood(of: fault, reach: 0, most: 2) == near.suffix(2))
    // All of MMU 0 since its full unmap.
    #expect(try run.neighbourhood(of: fault, reach: 1 << 55, most: 255).count == 5)
  }

  @Test("a failure is cut out as the shortest list of those events that fails too")
  func cut() async throws {
    let path = scratch.path("trace")
    try Data(failing.utf8).write(to: URL(fileURLWithPath: path))
    let run = try TraceRun(
      await TraceFile(path), on: .canary(.forget), hasDirectMap: true, checkingEvery: 100)
    let fault = try #require(run.run().fault)
    let cut = try #require(try TraceCut.cut(fault, of: run))
    #expect(
      cut.scenario.text.split(separator: "\n").dropFirst(2) == [
        "record 0x200000 -> 0x400000 size 0x1000 mmu 0",
        "record 0x201000 -> 0x600000 size 0x1000 mmu 0", "unmap 0x200000 size 0x2000",
      ])
    #expect(cut.divergence.check == .unsound && cut.divergence.step == 2)
  }
}
