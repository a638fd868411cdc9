import Testing

@testable import Benchmark

@Suite("What a study leaves behind: a table, and lines of values")
struct StudyOutputTests {
  /// A cell with as many breaks, at the second lowest probability or at none.
  private func cell(
    _ reserve: ReserveUse, breaks: Int, isRefused: Bool = true
  ) -> AllocationStudy.Cell {
    var tally = AllocationTally()
    tally.records = 2_000_000
    tally.breaks = breaks
    tally.needlessWhileBroken = 3000
    tally.needless = 5000
    tally.killed = 7000
    tally.memory.requests = 40
    return AllocationStudy.Cell(
      workload: .boot, hasDirectMap: true,
      probability: AllocationStudy.probabilities[isRefused ? 1 : 0], reserve: reserve, tally: tally)
  }

  @Test("The file has a header, and a line of as many values for each cell")
  func commaSeparated() throws {
    let cells = try AllocationStudy(records: 200, hasDirectMap: false, seed: 1).cells(of: .balloon)
    let lines = AllocationTable.commaSeparated(cells).split(separator: "\n")
    #expect(lines.count == 1 + 21)
    #expect(lines[0].hasPrefix("workload,direct,probability,reserve,records,requests,refused,"))
    let columns = lines[0].split(separator: ",").count
    for line in lines.dropFirst() {
      let values = line.split(separator: ",")
      #expect(values.count == columns && values.dropFirst(4).allSatisfy { Int($0) != nil })
      #expect(line.hasPrefix("balloon,off,") && values[4] == "200")
    }
    #expect(
      AllocationTable.line(cell(.each, breaks: 9))
        == "boot,on,1e-6,each,2000000,40,0,0,9,5000,3000,7000,0,0,0,0,0")
  }

  @Test("Format from fewer than ten breaks are marked, unless nothing is ever refused")
  func marks() {
    let refused = AllocationTable.block(
      .boot, [cell(.none, breaks: 10), cell(.once, breaks: 9), cell(.each, breaks: 0)])
    #expect(
      refused.split(separator: "\n").last?.split(separator: " ")
        == ["1e-6", "20", "5", "1500", "2500", "4.5~", "1500~", "2500", "0~", "1500~", "2500"])
    let never = AllocationTable.block(
      .boot, ReserveUse.allCases.map { cell($0, breaks: 0, isRefused: false) })
    #expect(!never.contains("~") && AllocationTable.legend.contains("fewer than 10"))
    #expect(!refused.split(separator: "\n").contains { $0.count > 100 || $0.hasSuffix(" ") })
  }

  @Test("Counts become numbers in a million, with three digits only where they matter")
  func perMillion() {
    #expect(AllocationTable.perMillion(0, 1000) == "0")
    #expect(AllocationTable.perMillion(3, 1_000_000) == "3")
    #expect(AllocationTable.perMillion(1, 1_000_000_000) == "0.001")
    #expect(AllocationTable.perMillion(21, 20_000_000) == "1.05")
    #expect(AllocationTable.perMillion(31, 2_000_000) == "16")
    #expect(AllocationTable.perMillion(500_000_000_000, 1_000_000_000) == "500000000")
  }
}
