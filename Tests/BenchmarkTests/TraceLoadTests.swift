import Foundation
import ReverseMap
import ReverseMapping
import TestSupport
import Testing
import Traces

@testable import Benchmark

@Suite("The benchmark's loads from traces", .waitsForProcesses)
struct TraceLoadTests {
  private let scratch = try! Scratch()

  /// A trace that the project ships.
  static func load(_ name: String, hasDirectMaps: Bool) async throws -> TraceLoad {
    let trace = try await TraceFile(Project.path("Traces/\(name).txt.gz"))
    return try TraceLoad(StudyLoad(trace), hasDirectMaps: hasDirectMaps, seed: 1)
  }

  private func load(_ text: String, hasDirectMaps: Bool) async throws -> TraceLoad {
    let path = scratch.path("trace")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try TraceLoad(
      StudyLoad(await TraceFile(path)), hasDirectMaps: hasDirectMaps, seed: 1)
  }

  private static let text = """
    1 record s0 0x200000 0x400000 0x1000
    2 record s1 0x300000 0x500000 0x2000
    3 invalidate s0 0x400000 0x1000
    4 record s0 0x200000 0x600000 0x1000
    5 record s0 0x800000 0x800000 0x1000
    6 unmap 0x200000 0x1000
    7 record s0 0x900000 0x900000 0x1000
    8 full-unmap s1 guest
    9 record s1 0x300000 0x500000 0x2000
    10 unmap 0x900000 0x1000

    """

  @Test("with direct maps, invalidated records do not pollute")
  func direct() async throws {
    let load = try await load(Self.text, hasDirectMaps: true)
    #expect(load.mmus == 2 && load.recordCount == 6)
    #expect(load.windowBytes == 0x701000)
    #expect(load.operations(.events) == 10 && load.operations(.ranges) == 4)
    #expect(load.entries == 3 && load.knownEntries == 3)
    let events = try #require(load.tallies[.events])
    #expect(events.stored == 6 && events.polluted == 0 && events.everything == 0)
    #expect(events.ranges == 2)
    // 0x200000 twice, and each other range once.
    #expect(load.tallies[.ranges]?.ranges == 4)
  }

  @Test("without direct maps, there are no invalidations, and an unmap may empty a map")
  func canonical() async throws {
    let load = try await load(Self.text, hasDirectMaps: false)
    #expect(load.operations(.events) == 9 && load.entries == 3 && load.knownEntries == 2)
    let events = try #require(load.tallies[.events])
    #expect(events.stored == 5 && events.polluted == 1 && events.failed == 0)
    // The last unmap is answered with ranges, so each full unmap has ended.
    #expect(events.everything == 1 && events.ranges == 1)
    #expect(load.tallies[.ranges]?.everything == 2)
  }

  @Test("maps of each node size give the expected answers", arguments: [false, true])
  func agreement(hasDirectMaps: Bool) async throws {
    let race = MapRace(
      subjects: [.production, .reverseMap(ReverseMap<4>.self, name: "four")], rounds: 2, seed: 1)
    for name in ["run-b", "run-d-start", "run-f", "run-p-phases-4-to-8"] {
      let load = try await Self.load(name, hasDirectMaps: hasDirectMaps)
      #expect(load.entries >= 67 && load.operations(.ranges) > 0)
      let run = try race.run(load)
      #expect(run.workload == "\(name).txt.gz")
      #expect(run.rows.map(\.name) == ["events", "query recorded"])
      #expect(run.rows.allSatisfy { $0.subjects.allSatisfy { $0.samples.count == 2 } })
    }
  }
}
