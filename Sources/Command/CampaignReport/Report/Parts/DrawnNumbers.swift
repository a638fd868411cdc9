import Foundation

/// The number lines of a report by target, and the charts made of them.
struct DrawnNumbers {
  private let names: [String]
  private let report: Report
  private let now: [String: [NumberLine]]
  private let before: [(begin: Date, numbers: [String: [NumberLine]])]

  /// The numbers of `report`. O(numbers).
  init(_ report: Report) {
    self.report = report
    now = Dictionary(grouping: report.numbers, by: \.target)
    before = report.earlier.map {
      ($0.record.begin, Dictionary(grouping: $0.numbers, by: \.target))
    }
    // The record of a killed run may lack targets that have numbers.
    let recorded = report.run.targets.map(\.name)
    names = recorded + now.keys.filter { !recorded.contains($0) }.sorted()
  }

  /// The groups of charts; empty if there are no numbers. O(numbers).
  var groups: [TargetsPart.ChartGroup] {
    guard let last = report.numbers.last else { return [] }
    let seconds = last.time.timeIntervalSince(report.run.begin)
    let edges = Chart.group(
      data { Line(of: \.knownEdges, in: $0, since: $1, $2) },
      quantity: "Edges", id: "edges", seconds: seconds, fromZero: false)
    let transitions = Chart.group(
      data { Line(of: \.transitions?.distinct, in: $0, since: $1, $2) },
      quantity: "Transitions", id: "transitions", seconds: seconds, fromZero: false)
    let rates = Chart.group(
      data { Line(ofRateIn: $0, since: $1, $2) },
      quantity: "Executions per second", id: "rate", seconds: seconds, fromZero: true)
    return [
      TargetsPart.ChartGroup(
        heading: "Edges", remark: "Coverage counters reached in this run.", panels: edges),
      TargetsPart.ChartGroup(
        heading: "Transitions",
        remark: "Distinct transitions, accumulated over all runs like the corpus.",
        panels: transitions),
      TargetsPart.ChartGroup(
        heading: "Executions per second",
        remark: "Per second of process time, averaged over each interval. In a gap no process ran.",
        panels: rates),
    ]
  }

  /// The data of a chart for each target. `line` makes a line from numbers and the time at which
  /// their run began.
  private func data(_ line: ([NumberLine], Date, Line.Detail) -> Line) -> [Chart.Data] {
    names.map { name in
      Chart.Data(
        subject: name, now: line(now[name] ?? [], report.run.begin, .full),
        before: before.map { line($0.numbers[name] ?? [], $0.begin, .background) })
    }
  }
}

extension NumberLine {
  /// The edges; nil before the target's first process has reported any.
  var knownEdges: Int? { edges > 0 ? edges : nil }
}
