import Foundation

/// The numbers of each target: tables, and charts over the run.
struct TargetsPart {
  let rows: [Row]
  let jobs: [JobGroup]
  /// The discovery probability of each target.
  let chances: [Fact]
  let charts: [ChartGroup]
  /// The sentence shown if there are no charts; nil if there are some.
  let noCharts: String?
  /// The legend of the grey lines; nil if there are no earlier runs.
  let runsBefore: String?

  /// The figures of a target.
  struct Row {
    let target: String
    let executions: String
    let executionRate: String
    let operationRate: String
    let edges: String
    let features: String
    let corpus: String
    let transitions: String

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
    /// The number of jobs: the rows that the target's cell spans.
    let height: String
    let jobs: [JobRow]

    /// The jobs of `record`. O(jobs).
    init(_ record: CampaignRecord.TargetRecord) {
      target = record.name
      height = String(record.jobs.count)
      jobs = record.jobs.map(JobRow.init)
    }
  }

  /// The figures of a job.
  struct JobRow {
    let job: String
    let processes: String
    let time: String
    let executions: String
    let rate: String

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
      charts.isEmpty ? "No numbers were recorded in this run, so there are no charts." : nil
    let count = report.earlier.count
    runsBefore =
      count == 0 ? nil : count == 1 ? "the previous run" : "each of the \(count) previous runs"
  }
}
