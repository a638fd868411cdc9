import Foundation

/// What each target has done: tables, and charts over the night.
struct TargetsPart {
  let rows: [Row]
  let lanes: [LaneGroup]
  let chances: [Fact]
  let charts: [ChartGroup]
  /// What is said in place of charts; nil if there are some.
  let noCharts: String?
  /// Which nights are drawn in grey; nil if there are none.
  let nightsBefore: String?

  /// A target's figures.
  struct Row {
    let target: String
    let executions: String
    let executionRate: String
    let operationRate: String
    let edges: String
    let features: String
    let corpus: String
    let situations: String

    /// The figures of `record`. O(1).
    init(_ record: NightRecord.TargetRecord) {
      let last = record.last
      target = record.name
      executions = Figures.count(last.executions)
      executionRate = Figures.rate(last.executions, in: last.seconds)
      operationRate = Figures.rate(last.operations, in: last.seconds)
      edges = Figures.count(last.edges)
      features = Figures.count(last.features)
      corpus = "\(Figures.count(record.corpusBefore)) → \(Figures.count(last.corpus))"
      situations = last.situations.map { Figures.count($0.distinct) } ?? Figures.none
    }
  }

  /// The lanes of a target.
  struct LaneGroup {
    let target: String
    /// How many they are.
    let height: String
    let lanes: [LaneRow]

    /// The lanes of `record`. O(lanes).
    init(_ record: NightRecord.TargetRecord) {
      target = record.name
      height = String(record.lanes.count)
      lanes = record.lanes.map(LaneRow.init)
    }
  }

  /// A lane's figures.
  struct LaneRow {
    let lane: String
    let processes: String
    let time: String
    let executions: String
    let rate: String

    /// The figures of `record`. O(1).
    init(_ record: NightRecord.LaneRecord) {
      lane = record.name
      processes = Figures.count(record.processes)
      time = Figures.duration(record.seconds)
      executions = Figures.count(record.executions)
      rate = Figures.rate(record.executions, in: record.seconds)
    }
  }

  /// The charts of one quantity.
  struct ChartGroup {
    let heading: String
    let remark: String
    let panels: [Chart]
  }

  /// The targets of `report`. O(numbers).
  init(_ report: Report) {
    let night = report.night
    rows = night.targets.map(Row.init)
    lanes = night.targets.filter { !$0.lanes.isEmpty }.map(LaneGroup.init)
    chances = night.targets.map {
      Fact($0.name, $0.last.situations.map(report.residual) ?? "no situations were counted")
    }
    charts = DrawnNumbers(report).groups
    noCharts =
      charts.isEmpty ? "No numbers were written over this night: there is nothing to draw." : nil
    let count = report.earlier.count
    nightsBefore =
      count == 0 ? nil : count == 1 ? "the night before" : "each of the \(count) nights before"
  }
}
