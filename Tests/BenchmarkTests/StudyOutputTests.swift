import Testing

@testable import Benchmark

@Suite("The study's output: a table, and CSV")
struct StudyOutputTests {
  private let load = StudyLoad(.boot, records: 10, seed: 1)

  /// A cell with `breaks` breaks, at probability 1e-6, or at 0 unless `isRefused`.
  private func cell(
    _ reserve: ReserveUse, breaks: Int, isRefused: Bool = true
  ) -> AllocationStudy.Cell {
    var tally = AllocationTally()
    tally.records = 2_000_000
    tally.breaks = breaks
    tally.ignored = 11
    tally.needlessWhileBroken = 3000
    tally.needless = 5000
    tally.killed = 7000
    tally.memory.requests = 40
    return AllocationStudy.Cell(
      load: "boot", hasDirectMap: true,
      probability: AllocationStudy.probabilities[isRefused ? 1 : 0], reserve: reserve, tally: tally)
  }

  @Test("The CSV file has a header and a line for each cell, with as many values as columns")
  func commaSeparated() throws {
    let cells = try AllocationStudy(hasDirectMap: false, seed: 1)
      .cells(of: StudyLoad(.balloon, records: 200, seed: 1))
    let lines = AllocationTable.commaSeparated(cells).split(separator: "\n")
    #expect(lines.count == 1 + 21)
    #expect(lines[0].hasPrefix("load,direct,probability,reserve,records,requests,refused,"))
    let columns = lines[0].split(separator: ",").count
    for line in lines.dropFirst() {
      let values = line.split(separator: ",")
      #expect(values.count == columns && values.dropFirst(4).allSatisfy { Int($0) != nil })
      #expect(line.hasPrefix("balloon,off,") && values[4] == "200")
    }
    #expect(
      AllocationTable.line(cell(.each, breaks: 9))
        == "boot,on,1e-6,each,2000000,40,0,0,9,11,5000,3000,7000,0,0,0,0,0")
  }

  @Test("Figures from fewer than ten breaks are marked, unless no request is refused")
  func marks() {
    let refused = AllocationTable.block(
      load, [cell(.none, breaks: 10), cell(.once, breaks: 9), cell(.each, breaks: 0)])
    #expect(
      refused.split(separator: "\n").last?.split(separator: " ")
        == ["1e-6", "20", "5", "1500", "2500", "4.5~", "1500~", "2500", "0~", "1500~", "2500"])
    let never = AllocationTable.block(
      load, ReserveUse.allCases.map { cell($0, breaks: 0, isRefused: false) })
    #expect(!never.contains("~") && AllocationTable.legend.contains("fewer than 10"))
    #expect(!refused.split(separator: "\n").contains { $0.count > 100 || $0.hasSuffix(" ") })
  }

  @Test("Counts are scaled to a million, with decimals only below ten")
  func perMillion() {
    #expect(AllocationTable.perMillion(0, 1000) == "0")
    #expect(AllocationTable.perMillion(3, 1_000_000) == "3")
    #expect(AllocationTable.perMillion(1, 1_000_000_000) == "0.001")
    #expect(AllocationTable.perMillion(21, 20_000_000) == "1.05")
    #expect(AllocationTable.perMillion(31, 2_000_000) == "16")
    #expect(AllocationTable.perMillion(500_000_000_000, 1_000_000_000) == "500000000")
  }
}
