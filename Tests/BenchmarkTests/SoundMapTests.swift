import ArgumentParser
import Files
import Foundation
import Oracle
import ReverseMap
import ReverseMapping
import Testing

@testable import Benchmark

/// A map that is sound, or breaks one rule of sound maps.
private struct SoundMap: ReverseMapProtocol, ~Copyable {
  enum Kind: CaseIterable {
    case exact, reportsTwice, storesAgain, knowsNothing
    case losesARange, losesAMapping, unmapsEverything, breaks, forgetsInQueries, changesItsAnswers
  }

  private var map = ReverseMap<4>(MapSubject.configuration)
  private let kind: Kind
  private let number: Int
  private var records = 0

  /// The map with this `number` among all of its subject.
  init(_ kind: Kind, number: Int) {
    self.kind = kind
    self.number = number
  }

  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult {
    records += 1
    if kind == .losesAMapping, records == 700 { return .stored }
    if kind == .breaks, records == 700 { return .broke }
    let result = try map.record(canonical, nested: nested)
    return kind == .storesAgain ? .stored : result
  }

  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    if kind == .unmapsEverything { return .everything }
    let result = try map.unmap(canonical, appendingTo: &nested)
    change(&nested)
    return result
  }

  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult {
    if kind == .knowsNothing { return .everything }
    let result = try map.query(canonical, appendingTo: &nested)
    if kind == .forgetsInQueries { nested.removeAll() }
    change(&nested)
    return result
  }

  private func change(_ nested: inout [IPARange]) {
    switch kind {
    case .reportsTwice: nested += nested
    case .losesARange where nested.count > 1: nested.removeLast()
    case .changesItsAnswers where number > 1: nested += nested
    default: break
    }
  }

  mutating func clear() { map.clear() }
  mutating func beginFullUnmap() { map.beginFullUnmap() }
  mutating func endFullUnmap() throws(ReverseMapError) { try map.endFullUnmap() }
  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError) {
    try map.invalidate(nested)
  }
  var isBroken: Bool { map.isBroken }
  var fullUnmapsInProgress: Int { map.fullUnmapsInProgress }
  /// It lists no entries.
  func forEachEntry(_ body: (Entry) -> Void) {}
  func checkInvariants() -> String? { nil }
  func checkEmpty() -> String? { nil }
}

@Suite("The benchmark of a map that is only sound")
struct SoundMapTests {
  private func run(
    _ kind: SoundMap.Kind, _ workload: MapWorkload
  ) throws(CommandError) -> BenchReport.Run {
    var number = 0
    let subject = MapSubject(name: "sound", isSound: true) { _ in
      number += 1
      return SoundMap(kind, number: number)
    } footprint: { _ in
      nil
    }
    return try MapRace(subjects: [.production, subject], rounds: 2, seed: 1)
      .run(workload, records: 1024)
  }

  @Test("a sound map is timed without entries, and what it reports too much is counted")
  func sound() throws {
    for workload in MapWorkload.allCases {
      for (kind, percent) in [(.exact, 0), (.storesAgain, 0), (.reportsTwice, 100)]
        as [(SoundMap.Kind, Double)]
      {
        let run = try run(kind, workload)
        let sound = try #require(run.sound)
        #expect(sound.map(\.subject) == ["sound"])
        #expect(sound[0].figures.percent == percent)
        #expect(workload == .overlapping || sound[0].figures.everything == 0)
        #expect(run.rows.first?.subjects[1].samples.count == 2)
      }
    }
    let nothing = try #require(try run(.knowsNothing, .dense).sound).map(\.figures)
    // A query of each record, page and random page, and one of 2 MiB for 16 records. The unmaps
    // are one of each page twice, and of a sixteenth once more.
    #expect(nothing[0].everything == 3 * 1024 + 64)
    #expect(nothing[0].answers == nothing[0].everything + 1024 + 64 + 1024)
    #expect(nothing[0].percent == 0)
  }

  @Test("the sentence below the table, and the document, say what was found")
  func output() throws {
    let run = try run(.reportsTwice, .dense)
    let lines = BenchTable.block(run).split(separator: "\n").suffix(2)
    #expect(
      lines == [
        "  sound is sound: none of 5248 answers misses a live mapping; 0.0 % are everything,",
        "    the others report 100.0 % more pages than needed",
      ])
    var report = BenchReport(isGrowth: false, core: nil, subjects: [])
    report.runs = [run]
    let text = try report.json()
    #expect(try JSONDecoder().decode(BenchReport.self, from: Data(text.utf8)) == report)
    #expect(text.contains("\"neededPages\""))
  }

  @Test(
    "an unsound map ends the benchmark before it is timed, with the mapping that it misses",
    arguments: [SoundMap.Kind.losesARange, .losesAMapping, .forgetsInQueries])
  private func unsound(kind: SoundMap.Kind) throws {
    let problem = try #require(throws: CommandError.self) { try run(kind, .dense) }
    #expect(problem.exitCode == ExitCode(1))
    #expect(problem.description.hasPrefix("sound is unsound: it misses the mapping ["))
    #expect(problem.description.hasSuffix(" of dense"))
  }

  @Test("a map that breaks, gives other answers, or is emptied by each unmap is named as such")
  func other() throws {
    for (kind, code, words) in [
      (.breaks, 1, "answered 1 ignored or broke instead of 0 in \"record\""),
      (.changesItsAnswers, 1, "ranges instead of"),
      (.unmapsEverything, 65, "cannot be timed: it answers everything to an unmap of one page"),
    ] as [(SoundMap.Kind, Int32, String)] {
      let problem = try #require(throws: CommandError.self) { try run(kind, .dense) }
      #expect(problem.exitCode == ExitCode(code) && problem.description.contains(words))
    }
  }

  @Test(
    "it judges as the ground truth of the specification does",
    arguments: 1...40 as ClosedRange<UInt64>)
  func truth(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let workload = MapWorkload.allCases[random.index(MapWorkload.allCases.count)]
    let records = MapLoad(workload, records: 1000, seed: seed).records.prefix(60)
    let truth = MapTruth(Array(records))
    var shadow = ShadowStage2()
    for step in 0..<400 {
      let record = records[random.index(records.count)]
      if random.index(3) == 0 {
        shadow.invalidate(IPARange(start: record.nested, size: record.canonical.size))
        shadow.map(canonical: record.canonical, nested: record.nested, step: step)
        truth.record(record.canonical, nested: record.nested)
        continue
      }
      let canonical =
        random.index(2) == 0
        ? IPARange(start: record.start, size: Page.size)
        : IPARange(
          start: record.start & ~(MapRecordMaker.blockSize - 1), size: MapRecordMaker.blockSize)
      // Reports every mapping that it must, cut to a page of it, unless it happens to lose one, and
      // some other page.
      var reported = shadow.mappings.filter { mapping in
        mapping.canonicalRange.start <= canonical.last
          && canonical.start <= mapping.canonicalRange.last
      }.map { IPARange(start: $0.nested.last & ~4095, size: Page.size) }
      reported.append(
        IPARange(start: records[random.index(records.count)].nested, size: Page.size))
      if random.index(40) == 0 { reported.remove(at: random.index(reported.count)) }
      reported.shuffle(using: &random)
      let missed = shadow.firstMapping(in: canonical, missedBy: reported[...])
      if random.index(2) == 0 {
        truth.query(canonical, .ranges, reported[...])
      } else {
        truth.unmap(canonical, .ranges, reported[...])
        shadow.unmap(canonical, reported: reported[...])
      }
      #expect((truth.miss != nil) == (missed != nil), "step \(step) of \(workload)")
      if truth.miss != nil { return }
    }
  }
}
