import Foundation
import ReverseMapping
import Testing
import Traces

@testable import Benchmark

@Suite("The allocation study: its counts and its cells")
struct AllocationStudyTests {
  private func load(
    _ workload: Workload, records: Int = 1000, seed: UInt64 = 1
  ) -> StudyLoad { StudyLoad(workload, records: records, seed: seed) }

  private func study(seed: UInt64 = 1) -> AllocationStudy {
    AllocationStudy(hasDirectMap: true, seed: seed)
  }

  private func trial(
    _ reserve: ReserveUse = .none, refusals: FaultPlan = .none
  ) throws -> AllocationTrial {
    let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: true)
    // One cell for each page that the tests by hand use.
    var cells = EventCells()
    for number in 0..<256 as Range<UInt64> {
      cells.add(.record(page(number), nested: number << 12))
    }
    cells.finish()
    return try AllocationTrial(cells, configuration, reserve: reserve, refusals: refusals)
  }

  private func page(_ number: UInt64) -> IPARange { IPARange(start: number << 12, size: 1 << 12) }

  /// A record of canonical page `canonical` at nested page 100 + `nested`.
  private func record(_ canonical: UInt64, nested: UInt64) -> HostEvent {
    .record(page(canonical), nested: (100 + nested) << 12)
  }

  private let always = AllocationStudy.Probability(name: "1", parts: .max)

  // MARK: - Trials by hand

  @Test("Needless kills by the full unmap of a broken map are counted as caused by the break")
  func needlessWhileBroken() throws {
    var trial = try trial(refusals: .from(1))
    // The first record breaks the map, and the other two are ignored. All three pages are mapped.
    for number in 1...3 as ClosedRange<UInt64> { try trial.take(record(number, nested: number)) }
    try trial.take(.unmap(page(2)))
    // No mapping is left to kill, and the map is no longer broken.
    try trial.take(.unmap(page(3)))
    let tally = try trial.end()
    #expect(tally.records == 3 && tally.breaks == 1 && tally.fullUnmaps == 1)
    #expect(tally.ignored == 2)
    #expect(tally.killed == 3 && tally.needless == 2 && tally.needlessWhileBroken == 2)
    #expect(tally.memory.requests == 1 && tally.memory.refused == 1)
  }

  @Test("Needless kills because of an unknown page are not counted as caused by a break")
  func needlessWhileUnknown() throws {
    var trial = try trial()
    try trial.take(record(1, nested: 1))
    try trial.take(record(1, nested: 2))
    try trial.take(record(3, nested: 3))
    try trial.take(record(4, nested: 4))
    try trial.take(.unmap(page(4)))
    // Page 1 is unknown. The unmap kills nested pages 1 and 2, and needlessly 3.
    try trial.take(.unmap(page(1)))
    let tally = try trial.end()
    #expect(tally.killed == 4 && tally.needless == 1 && tally.needlessWhileBroken == 0)
    #expect(tally.breaks == 0 && tally.fullUnmaps == 1)
    // One leaf in each of the two trees, retired together before they were reclaimed. The direct
    // map still had its leaf, because of nested page 3.
    #expect(tally.memory.peak == 2 && tally.peakRetired == 2)
  }

  @Test("A reserve that is topped up once has one node for each tree: the 33rd page breaks the map")
  func toppedUpOnce() throws {
    var trial = try trial(.once)
    trial.refuse(.from(1))
    for number in 1...32 as ClosedRange<UInt64> {
      try trial.take(record(number * 2, nested: number * 2))
    }
    #expect(trial.tally.breaks == 0)
    try trial.take(record(100, nested: 100))
    #expect(trial.tally.breaks == 1)
    let tally = try trial.end()
    #expect(tally.topUps == 1 && tally.topUpsRefused == 0 && tally.peakRetired == 2)
    // Two requests for the reserve, and the refused one.
    #expect(tally.memory.requests == 3 && tally.memory.refused == 1)
  }

  @Test("A step that the map rejects throws the map's error")
  func wrongStep() throws {
    var trial = try trial()
    var error: ReverseMapError?
    do { try trial.take(.unmap(IPARange(start: 1, size: 1))) } catch let thrown as ReverseMapError {
      error = thrown
    }
    #expect(error == .misaligned)
  }

  // MARK: - Workloads

  @Test(
    "With every top-up granted and every other request refused, no workload breaks a map",
    arguments: Workload.allCases)
  func fullReserve(workload: Workload) throws {
    let load = load(workload, records: 1500)
    var trial = try AllocationTrial(
      load.cells, load.configuration(hasDirectMap: true), reserve: .none, refusals: .none)
    try load.forEachEvent { event in
      if case .record = event {
        trial.refuse(.none)
        try trial.topUp()
        trial.refuse(.from(1))
      }
      try trial.take(event)
    }
    let tally = try trial.end()
    #expect(tally.breaks == 0 && tally.topUpsRefused == 0 && tally.memory.refused == 0)
    // The map took nodes, so the reserve was used.
    #expect(tally.memory.requests > 10)
  }

  @Test(
    "With a top-up before each fault and no refusals, no map breaks", arguments: Workload.allCases)
  func noTopUpRefused(workload: Workload) throws {
    let tally = try study().cell(load(workload), AllocationStudy.probabilities[0], .each).tally
    #expect(tally.topUps == tally.records && tally.topUpsRefused == 0 && tally.breaks == 0)
  }

  @Test(
    "With every request refused and no reserve, every request breaks a map",
    arguments: Workload.allCases)
  func everythingRefused(workload: Workload) throws {
    let tally = try study().cell(load(workload), always, .none).tally
    #expect(tally.breaks > 5)
    #expect(tally.breaks == tally.memory.requests && tally.breaks == tally.memory.refused)
    // Nothing was ever stored, so no unmap reported a range.
    #expect(tally.memory.peak == 0 && tally.killed > 0)
    #expect(tally.needless == tally.needlessWhileBroken)
  }

  @Test("The same seed gives the same numbers, and a different seed different ones")
  func seeds() throws {
    let probability = AllocationStudy.probabilities[6]
    let cell = try study().cell(load(.boot), probability, .none)
    #expect(try study().cell(load(.boot), probability, .none) == cell)
    #expect(
      try study().cell(load(.boot, seed: 2), probability, .none).tally != cell.tally)
    #expect(try study(seed: 2).cell(load(.boot), probability, .none).tally != cell.tally)
    #expect(cell.tally.breaks > 0 && cell.tally.records == 1000)
  }

  @Test("The cells of a workload take the same steps and differ only in refusals")
  func cells() throws {
    var done: [Int] = []
    let cells = try study().cells(of: load(.churn, records: 200)) { done.append($0) }
    #expect(done == Array(0..<21) && cells.count == 21)
    #expect(cells.map(\.probability.name)[0...3] == ["0", "0", "0", "1e-6"])
    #expect(cells[0...2].map(\.reserve) == [.none, .once, .each])
    #expect(cells[0].tally.breaks == 0 && cells[0].tally.killed == cells[2].tally.killed)
    #expect(cells[0].tally.memory.refused == 0 && cells[18].tally.memory.refused > 0)
  }

  @Test("Each probability has the value of its name")
  func probabilities() throws {
    for probability in AllocationStudy.probabilities {
      let value = try #require(Double(probability.name))
      #expect(abs(Double(probability.parts) - value * 0x1p32) <= 0.5, "\(probability)")
    }
    #expect(AllocationStudy.probabilities.count == 7)
  }
}
