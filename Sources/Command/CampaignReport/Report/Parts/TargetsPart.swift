import Foundation

/// What each target has done: tables, and charts over the run.
struct TargetsPart {
  let rows: [Row]
  let jobs: [JobGroup]
  let chances: [Fact]
  let charts: [ChartGroup]
  /// What is said in place of charts; nil if there are some.
  let noCharts: String?
  /// Which runs are drawn in grey; nil if there are none.
  let runsBefore: String?

  /// A target's figures.
  struct Row {
    let target: String
    let executions: String
    let executionRate: String
    let operationRate: String
    let edges: String
    let features: String
    let corpus: String
    let transitions: String

    /// The figures of `record`.
    init(_ record: CampaignRecord.TargetRecord) {
      let last = record.last
      target = record.name
      executions = Format.count(last.executions)
      executionRate = Format.rate(last.executions, in: last.seconds)
      operationRate = Format.rate(last.operations, in: last.seconds)
      edges = Format.count(last.edges)
      features = Format.count(last.features)
      corpus = "\(Format.count(record.corpusBefore)) → \(Format.count(last.corpus))"
      transitions = last.transitions.map { Format.count($0.distinct) } ?? Format.none
    }
  }

  /// The jobs of a target.
  struct JobGroup {
    let target: String
    /// How many they are.
    let height: String
    let jobs: [JobRow]

    /// The jobs of `record`. O(jobs).
    init(_ record: CampaignRecord.TargetRecord) {
      target = record.name
      height = String(record.jobs.count)
      jobs = record.jobs.map(JobRow.init)
    }
  }

  /// A job's figures.
  struct JobRow {
    let job: String
    let processes: String
    let time: String
    let executions: String
    let rate: String

    /// The figures of `record`.
    init(_ record: CampaignRecord.JobRecord) {
      job = record.name
      processes = Format.count(record.processes)
      time = Format.duration(record.seconds)
      executions = Format.count(record.executions)
      rate = Format.rate(record.executions, in: record.seconds)
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
    let run = report.run
    rows = run.targets.map(Row.init)
    jobs = run.targets.filter { !$0.jobs.isEmpty }.map(JobGroup.init)
    chances = run.targets.map {
      Fact($0.name, $0.last.transitions.map(report.residual) ?? "no transitions were counted")
    }
    charts = DrawnNumbers(report).groups
    noCharts =
      charts.isEmpty ? "No numbers were written over this run: there is nothing to draw." : nil
    let count = report.earlier.count
    runsBefore =
      count == 0 ? nil : count == 1 ? "the run before" : "each of the \(count) runs before"
  }
}
