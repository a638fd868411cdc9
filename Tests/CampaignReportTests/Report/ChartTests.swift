import Foundation
import Testing

@testable import CampaignReport

@Suite("The axes of a chart")
struct AxisTests {
  @Test("a rate's axis begins at 0 and ends at a round number above the highest")
  func fromZero() {
    // 9100 / 4 is 2275; the next round step is 5000.
    #expect(Axis(holding: [8900, 9100], fromZero: true).ticks == [0, 5000, 10_000])
    #expect(Axis(holding: [40], fromZero: true).ticks == [0, 10, 20, 30, 40])
    // If every value is 0, the axis still goes up to 4.
    #expect(Axis(holding: [0, 0], fromZero: true).ticks == [0, 1, 2, 3, 4])
  }

  @Test("an axis of coverage begins where the values do, if they are far from 0")
  func fromLowest() {
    // The span is 90, so a step is at least 22.5, and therefore 50.
    #expect(Axis(holding: [1340, 1430], fromZero: false).ticks == [1300, 1350, 1400, 1450])
    // Below 30 % of the highest value, it begins at 0: 100 / 4 makes steps of 50.
    #expect(Axis(holding: [29, 100], fromZero: false).ticks == [0, 50, 100])
    #expect(Axis(holding: [30, 100], fromZero: false).lower == 20)
  }

  @Test("an almost level line looks level, because the axis spans at least 5 % of its value")
  func flat() {
    // For 1000 and 1002 the span is 50, from 976 to 1026, in steps of 20.
    #expect(Axis(holding: [1000, 1002], fromZero: false).ticks == [960, 980, 1000, 1020, 1040])
    // For 54 alone the span is 4, from 52 to 56, in steps of 1.
    #expect(Axis(holding: [54], fromZero: false).ticks == [52, 53, 54, 55, 56])
  }

  @Test(
    "a step is 1, 2 or 5 times a power of ten",
    arguments: [(0.2, 1), (1, 1), (1.1, 2), (5, 5), (5.1, 10), (10, 10), (22.5, 50), (2001, 5000)])
  func step(size: Double, step: Double) {
    #expect(Axis.roundStep(size) == step)
  }

  @Test(
    "a time axis has at most five steps of a usual length",
    arguments: [
      (0, ["0", "1 s"]), (45, ["0", "10 s", "20 s", "30 s", "40 s"]),
      (1800, ["0", "10 min", "20 min", "30 min"]),
      (5400, ["0", "30 min", "60 min", "90 min"]),
      (28_800, ["0", "2 h", "4 h", "6 h", "8 h"]),
      (864_000, ["0", "72 h", "144 h", "216 h"]),
    ])
  func time(seconds: Double, labels: [String]) {
    #expect(TimeAxis(seconds: seconds).ticks.map(\.label) == labels)
  }
}

@Suite("The lines of a chart")
struct LineTests {
  private static let begin = Date(timeIntervalSince1970: 1_800_000_000)

  private static func number(
    _ time: Double, executions: Int = 0, seconds: Double = 0, edges: Int = 0
  ) -> NumberLine {
    NumberLine(
      time: begin + time, target: "T", executions: executions, seconds: seconds, edges: edges)
  }

  @Test("sampling keeps the first, the last, and elements at equal distances between them")
  func sampling() {
    #expect(Line.sampled(Array(0...480), to: 5) == [0, 120, 240, 360, 480])
    #expect(Line.sampled([1, 2, 3], to: 2) == [1, 3])
    #expect(Line.sampled([1, 2, 3], to: 3) == [1, 2, 3])
    #expect(Line.sampled([Int](), to: 3).isEmpty)
  }

  @Test("a run of 10,000 lines becomes a few hundred points with the same ends")
  func long() {
    let numbers = (1...10_000).map {
      Self.number(Double($0) * 60, executions: $0 * 100, seconds: Double($0) * 20, edges: $0)
    }
    let edges = Line(of: \.edges, in: numbers, since: Self.begin, .full)
    #expect(edges.values.count == 240)
    #expect(edges.values.first == 1 && edges.end == Line.Point(seconds: 600_000, value: 10_000))
    let rates = Line(ofRateIn: numbers, since: Self.begin, .full)
    #expect(rates.values.count == 120)
    #expect(rates.values.allSatisfy { $0 == 5 })
  }

  @Test("only the ends of a level stretch are kept, and every step stays")
  func level() {
    let numbers = [7, 7, 7, 9, 9].enumerated().map { Self.number(Double($0), edges: $1) }
    let line = Line(of: \.edges, in: numbers, since: Self.begin, .full)
    #expect(line.parts.map { $0.map(\.seconds) } == [[0, 2, 3, 4]])
    #expect(line.values == [7, 7, 9, 9])
  }

  @Test("a line of edges begins when the target's first process has reported some")
  func edgesBegin() {
    let numbers = [0, 0, 7, 9].enumerated().map { Self.number(Double($0), edges: $1) }
    let line = Line(of: \.knownEdges, in: numbers, since: Self.begin, .full)
    #expect(line.values == [7, 9])
    #expect(line.parts.map { $0.map(\.seconds) } == [[2, 3]])
  }

  @Test("a rate is of process time, level from line to line, and begins with the run")
  func rate() {
    let numbers = [
      Self.number(60, executions: 300, seconds: 30), Self.number(120, executions: 400, seconds: 50),
    ]
    // 300 in 30 s, and then 100 in 20 s.
    #expect(
      Line(ofRateIn: numbers, since: Self.begin, .full).parts == [
        [
          Line.Point(seconds: 0, value: 10), Line.Point(seconds: 60, value: 10),
          Line.Point(seconds: 60, value: 5), Line.Point(seconds: 120, value: 5),
        ]
      ])
  }

  @Test("a rate has a gap, not a zero, while a target has no process")
  func gap() {
    let numbers = [
      Self.number(60, executions: 300, seconds: 30), Self.number(120, executions: 300, seconds: 30),
      Self.number(180, executions: 500, seconds: 50),
    ]
    let line = Line(ofRateIn: numbers, since: Self.begin, .full)
    #expect(line.parts.map { $0.map(\.seconds) } == [[0, 60], [120, 180]])
    #expect(line.values == [10, 10, 10, 10])
  }

  @Test("executions whose process time is not recorded yet count in an extended interval")
  func late() {
    let numbers = [
      Self.number(60, executions: 300), Self.number(120, executions: 400, seconds: 40),
    ]
    let line = Line(ofRateIn: numbers, since: Self.begin, .full)
    #expect(
      line.parts == [
        [Line.Point(seconds: 0, value: 10), Line.Point(seconds: 120, value: 10)]
      ])
  }

  @Test(
    "a line that crosses the end is cut there, and one that begins later is removed")
  func until() {
    let line = Line(
      of: \.edges, in: [Self.number(10, edges: 100), Self.number(50, edges: 180)],
      since: Self.begin, .full)
    // A quarter of the way from 10 s to 50 s, and so from 100 to 180.
    #expect(
      line.until(20).parts == [
        [Line.Point(seconds: 10, value: 100), Line.Point(seconds: 20, value: 120)]
      ])
    #expect(line.until(10).parts == [[Line.Point(seconds: 10, value: 100)]])
    #expect(line.until(50) == line && line.until(99) == line)
    #expect(line.until(9).parts.isEmpty)
  }

  @Test("lines of earlier runs are cut at the length of this run")
  func cut() throws {
    let line = { (seconds: [Double]) in
      Line(of: \.edges, in: seconds.map { Self.number($0, edges: 100) }, since: Self.begin, .full)
    }
    let charts = Chart.group(
      [
        Chart.Data(subject: "T", now: line([0, 60]), before: [line([0, 60, 7200]), line([7200])])
      ],
      quantity: "Edges", id: "e", seconds: 60, fromZero: false)
    let drawing = try #require(charts.first?.drawing)
    // One earlier run is cut at this run's end, and the other has no point before it.
    #expect(drawing.before == drawing.now)
    #expect(drawing.now.count == 1)
    #expect(drawing.end.text == "100")
    #expect(charts.first?.axisNote == "axis begins at 96")
  }
}
