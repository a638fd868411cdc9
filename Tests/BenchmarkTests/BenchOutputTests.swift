import Foundation
import ReverseMap
import Testing

@testable import Benchmark

@Suite("The benchmark's output: tables in 100 columns, and a JSON document")
struct BenchOutputTests {
  /// A report of small maps of `count` subjects.
  private func report(subjects count: Int, workloads: [MapWorkload]) throws -> BenchReport {
    let subjects = MapSubject.distinct(
      [.production]
        + (1..<max(1, count)).map { _ in .reverseMap(ReverseMap<16>.self, name: "another") })
    var report = BenchReport(
      isGrowth: false, core: 1,
      subjects: subjects.map { BenchReport.Subject(name: $0.name, library: $0.library) })
    let race = MapRace(subjects: subjects, rounds: 3, seed: 5)
    for workload in workloads { report.runs.append(try race.run(workload, records: 1000)) }
    return report
  }

  @Test("A row has minimum, median, and the ratio of the median to the first subject's")
  func statistics() {
    let row = BenchReport.Row(
      name: "record", unit: .nanoseconds, operations: 7, ["a", "b", "c"],
      [[3, 1, 2], [8, 4, 9, 6], []])
    #expect(row.subjects.map(\.minimum) == [1, 4, nil])
    #expect(row.subjects.map(\.median) == [2, 7, nil])
    #expect(row.subjects.map(\.ratio) == [1, 3.5, nil])
    #expect(row.subjects[1].samples == [8, 4, 9, 6])
    let zero = BenchReport.Row(
      name: "allocation", unit: .requests, operations: 7, ["a", "b"], [[0], [1]])
    #expect(zero.subjects.map(\.ratio) == [nil, nil])
  }

  @Test("The document decodes to the same report and names units, rounds and seeds")
  func document() throws {
    let report = try report(subjects: 2, workloads: [.sparse, .overlapping])
    let text = try report.json()
    #expect(try JSONDecoder().decode(BenchReport.self, from: Data(text.utf8)) == report)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(document["format"] as? String == "revfuzz-bench" && document["version"] as? Int == 1)
    #expect(document["core"] as? Int == 1)
    let runs = try #require(document["runs"] as? [[String: Any]])
    #expect(runs.map { $0["workload"] as? String } == ["sparse", "overlapping"])
    for run in runs {
      #expect(run["rounds"] as? Int == 3 && run["seed"] as? Int == 5)
      #expect(run["records"] as? Int == 1000)
      // 64 pages per record.
      #expect(run["windowBytes"] as? Int == 64 * 1000 * 4096)
      let rows = try #require(run["rows"] as? [[String: Any]])
      let units = rows.compactMap { $0["unit"] as? String }
      #expect(units.dropLast(2).allSatisfy { $0 == "ns/operation" })
      #expect(units.suffix(2) == ["bytes/entry", "requests/record"])
    }
    #expect(runs[0]["entries"] as? Int == 1000 && runs[0]["knownEntries"] as? Int == 1000)
  }

  @Test(
    "A block has a line for each row, and three figures for each subject", arguments: [1, 2, 3])
  func block(subjects: Int) throws {
    let report = try report(subjects: subjects, workloads: [.dense, .overlapping])
    for run in report.runs {
      let lines = BenchTable.block(run).split(separator: "\n")
      #expect(lines.count == 4 + run.rows.count)
      #expect(lines.allSatisfy { $0.count <= 100 })
      #expect(lines[0].hasPrefix("\(run.workload): "))
      #expect(lines[1].hasPrefix("  1000 records make \(run.entries) entries, "))
      let names = ["swift", "another", "another-2"].prefix(subjects).joined(separator: " ")
      #expect(lines[2].split(separator: " ").joined(separator: " ") == names)
      for (line, row) in zip(lines.dropFirst(4), run.rows) {
        let figures = line.dropFirst(20).split(separator: " ").compactMap { Double($0) }
        #expect(figures.count == 3 * subjects, "\(line)")
        #expect(figures[2] == 1)
        let isName = line.hasPrefix("  \(row.name) ") || line.hasPrefix("  \(row.unit.rawValue) ")
        #expect(isName)
      }
      // Ratios, which end the line, have two decimals.
      #expect(lines[4].split(separator: " ").last?.split(separator: ".").last?.count == 2)
    }
  }

  @Test("A fourth subject goes below the first three, and unknown values are dashes")
  func wrapping() throws {
    let report = try report(subjects: 4, workloads: [.ascending])
    let lines = BenchTable.block(report.runs[0]).split(separator: "\n")
    let rows = report.runs[0].rows.count
    #expect(lines.count == 2 + 2 * (2 + rows))
    #expect(lines[2 + 2 + rows].split(separator: " ") == ["another-3"])
    var run = report.runs[0]
    run.rows = [
      BenchReport.Row(name: "memory", unit: .bytes, operations: 1, ["a", "b"], [[1.25], []])
    ]
    #expect(
      BenchTable.block(run).split(separator: "\n").last?.split(separator: " ")
        == ["bytes/entry", "1.2", "1.2", "1.00", "-", "-", "-"])
  }

  @Test("Growth goes in powers of four, with fewer rounds for large maps")
  func growth() throws {
    #expect(
      Growth.steps(upTo: 1 << 24)
        == [1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216])
    #expect(Growth.steps(upTo: 1000) == [1000])
    #expect(Growth.steps(upTo: 16_383) == [1024, 4096])
    #expect(Growth.steps(upTo: 16_384) == [1024, 4096, 16_384])
    #expect(Growth.rounds(9, records: 1024) == 9)
    #expect(Growth.rounds(9, records: 1 << 24) == 3)
    #expect(Growth.rounds(2, records: 1 << 24) == 2)
    #expect(
      [1000, 1024, 65_536, 1 << 24].map(BenchTable.count) == ["1000", "1 K", "64 K", "16 M"])
  }

  @Test("A step has a line for each subject under the columns of the header")
  func step() throws {
    let report = try report(subjects: 2, workloads: [.dense])
    let header = BenchTable.growthHeader(.dense).split(separator: "\n")
    #expect(header.count == 2)
    let columns = header[1].split(separator: " ", omittingEmptySubsequences: true)
    let lines = BenchTable.step(report.runs[0]).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.count == header[1].count && $0.count <= 100 })
    #expect(lines[0].split(separator: " ").prefix(2) == ["1000", "swift"])
    #expect(lines[1].split(separator: " ").first == "another")
    // "4K hit" is two words.
    #expect(lines[0].split(separator: " ").count == columns.count - 1)
  }

  @Test("A dense window is as large as its records, and a sparse one 64 times as large")
  func summaries() {
    #expect(MapWorkload.dense.summary(records: 262_144).contains(" 1 GiB"))
    #expect(MapWorkload.sparse.summary(records: 262_144).contains(" 64 GiB"))
    #expect(MapWorkload.overlapping.summary(records: 1024).contains(" 256 MiB"))
    #expect(MapWorkload.ascending.windowPages(records: 1000) == 1024)
  }
}
