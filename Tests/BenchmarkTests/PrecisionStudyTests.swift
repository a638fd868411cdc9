import Foundation
import ReverseMapping
import TestSupport
import Testing
import Traces

@testable import Benchmark

@Suite("The precision study: what unmaps kill needlessly, by design")
struct PrecisionStudyTests {
  private let scratch = try! Scratch()

  private func cells(_ text: String) async throws -> [PrecisionStudy.Cell] {
    let path = scratch.path("trace")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let row = try PrecisionStudy.row(StudyLoad(await TraceFile(path)))
    #expect(row.load == "trace")
    return row.cells
  }

  private func cell(
    _ design: PrecisionStudy.Design, unmaps: Int, fullUnmaps: Int, killed: Int, needless: Int
  ) -> PrecisionStudy.Cell {
    PrecisionStudy.Cell(
      design: design, unmaps: unmaps, fullUnmaps: fullUnmaps, killed: killed, needless: needless)
  }

  @Test("without a reverse map, each unmap kills everything in every MMU")
  func none() async throws {
    let cells = try await cells(
      """
      1 record s0 0x200000 0x400000 0x1000
      2 record s0 0x300000 0x500000 0x1000
      3 record s1 0x300000 0x500000 0x1000
      4 unmap 0x200000 0x1000
      5 full-unmap s0 notifier:clear lost=2 needed=1
      6 record s0 0x300000 0x500000 0x1000
      7 unmap 0x300000 0x1000

      """)
    #expect(
      cells == [
        cell(.none, unmaps: 2, fullUnmaps: 4, killed: 4, needless: 2),
        cell(.withoutDirect, unmaps: 2, fullUnmaps: 0, killed: 3, needless: 0),
        cell(.withDirect, unmaps: 2, fullUnmaps: 0, killed: 3, needless: 0),
      ])
  }

  @Test("without a direct map, a page that L1 has moved dies with its old canonical page")
  func stale() async throws {
    let cells = try await cells(
      """
      1 record s0 0x200000 0x400000 0x1000
      2 invalidate s0 0x400000 0x40000000
      3 record s0 0x600000 0x400000 0x1000
      4 unmap 0x200000 0x1000

      """)
    #expect(cells.map(\.killed) == [1, 1, 0] && cells.map(\.needless) == [1, 1, 0])
  }

  @Test("a page that two nested pages map kills everything, with every design")
  func alias() async throws {
    let cells = try await cells(
      """
      1 record s0 0x200000 0x400000 0x1000
      2 record s0 0x200000 0x500000 0x1000
      3 record s0 0x300000 0x600000 0x1000
      4 full-unmap s0 tlbi:alle1
      5 record s0 0x200000 0x400000 0x1000
      6 record s0 0x200000 0x500000 0x1000
      7 record s0 0x300000 0x600000 0x1000
      8 unmap 0x200000 0x1000

      """)
    #expect(cells.map(\.killed) == [3, 3, 3] && cells.map(\.needless) == [1, 1, 1])
    #expect(cells.map(\.fullUnmaps) == [1, 1, 1])
  }

  @Test("the share of unknown pages is taken after every 1000 events")
  func unknown() async throws {
    // One alias, and 500 times the same page beside it: a look finds three mappings.
    var text = "1 record s0 0x200000 0x400000 0x1000\n1 record s0 0x200000 0x500000 0x1000\n"
    for _ in 0..<499 {
      text += "1 record s0 0x300000 0x600000 0x1000\n1 invalidate s0 0x900000 0x1000\n"
    }
    let cells = try await cells(text + "1 unmap 0x900000 0x1000\n")
    #expect(cells.map(\.pages) == [0, 3, 3] && cells.map(\.unknownPages) == [0, 2, 2])
  }

  @Test("every pass over a made-up load gives the same events, up to the last record")
  func load() throws {
    let load = StudyLoad(.balloon, records: 1000, seed: 3)
    var passes: [[HostEvent]] = []
    for _ in 0..<2 {
      var events: [HostEvent] = []
      try load.forEachEvent { events.append($0) }
      passes.append(events)
    }
    #expect(passes[0] == passes[1])
    let records = passes[0].filter { if case .record = $0 { true } else { false } }
    #expect(records.count == 1000 && passes[0].last == records.last)
  }

  @Test("a block has a line for each design; a share of nothing is not a number")
  func table() {
    var row = PrecisionStudy.Row(
      load: "x",
      cells: [
        cell(.none, unmaps: 7, fullUnmaps: 14, killed: 1000, needless: 999),
        cell(.withoutDirect, unmaps: 7, fullUnmaps: 1, killed: 3, needless: 1),
        cell(.withDirect, unmaps: 7, fullUnmaps: 0, killed: 0, needless: 0),
      ])
    row.cells[1].pages = 2000
    row.cells[1].unknownPages = 1
    #expect(
      PrecisionTable.block(row) == """
        x, 7 unmaps
                                    full    killed  needless            unknown
          no reverse map              14      1000       999   99.9 %         -
          without direct map           1         3         1   33.3 %     0.1 %
          with direct map              0         0         0        -         -

        """)
    #expect(
      PrecisionTable.commaSeparated([row]).split(separator: "\n") == [
        "load,design,unmaps,full_unmaps,killed,needless,pages,unknown_pages",
        "x,none,7,14,1000,999,0,0", "x,without-direct,7,1,3,1,2000,1",
        "x,with-direct,7,0,0,0,0,0",
      ])
  }
}
