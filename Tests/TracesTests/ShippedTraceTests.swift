import ReverseMapping
import TestSupport
import Testing

@testable import Traces

/// The expected figures come from a program of some hundred lines in another language, which
/// replays a trace page by page, with dictionaries only.
@Suite("The traces in Traces/", .waitsForProcesses)
struct ShippedTraceTests {
  private func tally(_ name: String, direct: Bool) async throws -> TraceTally {
    let trace = try await TraceFile(Project.path("Traces/\(name).txt.gz"))
    let result = try TraceRun(trace, hasDirectMap: direct, checkingEvery: 1000).run()
    #expect(result.fault == nil)
    return result.tally
  }

  @Test("run b: 2M blocks that nothing disturbs")
  func runB() async throws {
    for direct in [true, false] {
      let tally = try await tally("run-b", direct: direct)
      #expect(tally.records == 67 && tally.sizes == [0x20_0000: 67])
      #expect(tally.met.nothing == 67 && tally.invalidations.killed == 58)
      #expect(tally.events == 68 && tally.peakMappings == 67)
    }
  }

  @Test("run f: two lives of a guest in 2M blocks")
  func runF() async throws {
    let tally = try await tally("run-f", direct: true)
    #expect(tally.records == 125 && tally.met.nothing == 125)
    #expect(tally.invalidations == .init(count: 2, hitNothing: 0, killed: 116))
    #expect(tally.fullUnmaps == .init(count: 1, hitNothing: 0, killed: 9))
    #expect(tally.hostFullUnmaps == .init(count: 2, lost: 0, needed: 0))
    #expect(tally.unmaps == .init(count: 1, unneeded: 1))
  }

  @Test("the start of run d: a map that ignores invalidations is soon unknown")
  func runD() async throws {
    let with = try await tally("run-d-start", direct: true)
    #expect(with.records == 7820 && with.sizes == [0x1000: 7625, 0x20_0000: 195])
    #expect(with.met.nothing == 7814 && with.met.unknown == 5 && with.met.otherTranslation == 1)
    #expect(with.polluted == 6 && with.peakMappings == 3071)
    #expect(with.aliases == .init(records: 5, atSomeTime: 4097, atOnce: 1))
    #expect(with.invalidations == .init(count: 1432, hitNothing: 1298, killed: 7692))
    let without = try await tally("run-d-start", direct: false)
    #expect(without.met.nothing == 2215 && without.met.sameEntry == 2399)
    #expect(without.met.unknown == 3186 && without.met.sameTranslation == 18)
    #expect(without.met.otherTranslation == 2 && without.polluted == 3206)
    // The guest does the same, whatever the map remembers.
    #expect(without.invalidations == with.invalidations && without.aliases == with.aliases)
  }

  @Test("phases 4 to 8 of run p: aliases, remapping, recycled MMUs, and unmaps by the host")
  func runP() async throws {
    for (direct, nothing, unknown, other) in [(true, 7989, 547, 291), (false, 7943, 548, 336)] {
      let tally = try await tally("run-p-phases-4-to-8", direct: direct)
      #expect(tally.records == 9216 && tally.met.sameEntry == 389)
      #expect(tally.met.nothing == nothing && tally.met.unknown == unknown)
      #expect(tally.met.otherTranslation == other && tally.met.sameTranslation == 0)
      #expect(tally.polluted == unknown + other)
      #expect(tally.aliases == .init(records: 814, atSomeTime: 346, atOnce: 289))
      #expect(
        tally.unmaps == .init(count: 16, unneeded: 11, everything: 2, killed: 1072, needless: 755))
      #expect(tally.invalidations == .init(count: 1508, hitNothing: 8, killed: 2523))
      #expect(tally.fullUnmaps == .init(count: 11, hitNothing: 0, killed: 3584))
      #expect(tally.hostFullUnmaps == .init(count: 32, lost: 3029, needed: 0))
      #expect(tally.peakMappings == 1637)
    }
  }
}
