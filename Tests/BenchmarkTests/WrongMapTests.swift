import ArgumentParser
import Files
import ReverseMap
import ReverseMapping
import Testing

@testable import Benchmark

/// A map that makes one mistake. Each mistake would save work.
private struct WrongMap: ReverseMapProtocol, ~Copyable {
  enum Mistake: CaseIterable {
    case losesARecord, overwrites, alwaysUnchanged, reportsAnotherBase, reportsOneRange
    case unmapsNothing, unmapsOneOfTwo, keepsNoUnknown, breaks, refuses
  }

  private var map: ReverseMap<4>
  private let mistake: Mistake
  private var records = 0
  private var unmaps = 0

  init(_ mistake: Mistake, _ configuration: MapConfiguration) {
    map = ReverseMap<4>(configuration)
    self.mistake = mistake
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    records += 1
    switch mistake {
    case .losesARecord where records == 1000: return .stored
    case .breaks where records == 1000: return .broke
    case .refuses where records == 1000: throw .misaligned
    case .overwrites:
      // Answers as if the record had met no entry.
      let result = try map.record(canonical, nested: nested)
      return result == .polluted ? .stored : result
    case .alwaysUnchanged where records > 2048: return .unchanged
    case .keepsNoUnknown:
      let result = try map.record(canonical, nested: nested)
      if result == .polluted {
        map.clear()
        return .polluted
      }
      return result
    default: return try map.record(canonical, nested: nested)
    }
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    unmaps += 1
    switch mistake {
    case .unmapsNothing: return .ranges
    case .unmapsOneOfTwo where unmaps % 2 == 0: return try query(canonical, appendingTo: &nested)
    default: return try map.unmap(canonical, appendingTo: &nested)
    }
  }

  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    let result = try map.query(canonical, appendingTo: &nested)
    if mistake == .reportsAnotherBase, let last = nested.indices.last { nested[last].start ^= 4096 }
    if mistake == .reportsOneRange, nested.count > 1 { nested.removeLast(nested.count - 1) }
    return result
  }

  mutating func clear() { map.clear() }
  mutating func beginFullUnmap() { map.beginFullUnmap() }
  mutating func endFullUnmap() throws(ReverseMapError) { try map.endFullUnmap() }
  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try map.invalidate(nested)
  }
  var isBroken: Bool { map.isBroken }
  var fullUnmapsInProgress: Int { map.fullUnmapsInProgress }
  func forEachEntry(_ body: (Entry) -> Void) { map.forEachEntry(body) }
  func checkInvariants() -> String? { nil }
  func checkEmpty() -> String? { nil }
}

@Suite("A map's first wrong answer ends the benchmark")
struct WrongMapTests {
  private func subject(_ mistake: WrongMap.Mistake) -> MapSubject {
    MapSubject(name: "wrong") {
      WrongMap(mistake, $0)
    } footprint: { _ in
      nil
    }
  }

  private func failure(_ mistake: WrongMap.Mistake, _ workload: MapWorkload) -> CommandError? {
    let race = MapRace(
      subjects: [.production, subject(mistake)], rounds: 1, seed: 1)
    do {
      _ = try race.run(workload, records: 2048)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "Every mistake is found, in one line and with exit code 1", arguments: WrongMap.Mistake.allCases
  )
  private func found(mistake: WrongMap.Mistake) throws {
    // Some mistakes show only if records overlap.
    let problem = try #require(failure(mistake, .overlapping))
    #expect(problem.exitCode == ExitCode(1))
    #expect(problem.description.hasPrefix("wrong ") && !problem.description.contains("\n"))
    #expect(problem.description.hasSuffix(" of overlapping"))
  }

  // No range of this trace meets two entries, so a map that reports only one is right there.
  @Test(
    "Mistakes are found in a trace",
    arguments: WrongMap.Mistake.allCases.filter { $0 != .reportsOneRange })
  private func foundInTrace(mistake: WrongMap.Mistake) async throws {
    let load = try await TraceLoadTests.load("run-p-phases-4-to-8", hasDirectMaps: false)
    let race = MapRace(subjects: [.production, subject(mistake)], rounds: 1, seed: 1)
    let problem = #expect(throws: CommandError.self) { try race.run(load) }
    #expect(problem?.exitCode == ExitCode(1))
    let text = problem?.description ?? ""
    #expect(text.hasPrefix("wrong ") && !text.contains("\n"))
    #expect(text.hasSuffix(" of run-p-phases-4-to-8.txt.gz"))
  }

  @Test("The error says where and how the answers differ")
  func wording() {
    #expect(
      failure(.losesARecord, .dense)?.description
        == "wrong has 2047 entries instead of 2048 in \"record\" of dense")
    #expect(
      failure(.reportsAnotherBase, .sparse)?.description
        == "wrong answered wrong nested ranges in \"query 4K hit\" of sparse")
    // 2048 entries are to be recorded again while the clock runs, and a sixteenth, 128, after it.
    #expect(
      failure(.unmapsNothing, .dense)?.description
        == "wrong answered 0 stored instead of 2176 in \"unmap and record\" of dense")
    #expect(
      failure(.breaks, .ascending)?.description
        == "wrong answered 2047 stored instead of 2048 in \"record\" of ascending")
    #expect(
      failure(.refuses, .ascending)?.description
        == "wrong rejected a valid call (misaligned) in \"record\" of ascending")
  }

  @Test("Maps with different node sizes give equal answers, and each runs every round")
  func agreement() throws {
    let race = MapRace(
      subjects: MapSubject.distinct([
        .production, .reverseMap(ReverseMap<16>.self, name: "swift"),
        .reverseMap(ReverseMap<4>.self, name: "four"),
      ]), rounds: 2, seed: 3)
    for workload in MapWorkload.allCases {
      let run = try race.run(workload, records: 1024)
      #expect(run.rounds == 2)
      for row in run.rows {
        #expect(row.subjects.map(\.subject) == ["swift", "swift-2", "four"])
        #expect(row.subjects.allSatisfy { $0.samples.count == 2 })
      }
      // Smaller nodes mean more requests.
      let requests = try #require(run.rows.last).subjects.compactMap(\.median)
      #expect(requests.count == 3 && requests == requests.sorted())
    }
  }
}
