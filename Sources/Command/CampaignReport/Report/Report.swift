import Foundation

/// The report of a campaign run, as one self-contained HTML page.
public struct Report: Sendable {
  /// The record of the run.
  let run: CampaignRecord
  /// The run's numbers, sorted by time.
  let numbers: [NumberLine]
  /// The earlier runs in the charts, oldest first.
  let earlier: [EarlierRun]
  /// Formats the discovery probability.
  let residual: @Sendable (TransitionCounts) -> String

  /// An earlier run and its numbers.
  struct EarlierRun: Sendable {
    let record: CampaignRecord
    let numbers: [NumberLine]
  }

  /// How many earlier runs the charts show, at most; the latest ones are shown.
  static let maxEarlierRuns = 12

  /// The report of `run` with these lines of numbers.
  ///
  /// - Parameters:
  ///   - earlier: the runs to compare it with, in any order.
  ///   - residual: formats the probability that the next execution shows a new transition, as in
  ///     `1 in 41,000 executions`.
  public init(
    run: CampaignRecord, numbers: [NumberLine], earlier: [(CampaignRecord, [NumberLine])],
    residual: @escaping @Sendable (TransitionCounts) -> String
  ) {
    self.run = run
    self.numbers = numbers.sorted { $0.time < $1.time }
    self.earlier = earlier.map {
      EarlierRun(record: $0.0, numbers: $0.1.sorted { $0.time < $1.time })
    }
    .sorted { $0.record.begin < $1.record.begin }.suffix(Self.maxEarlierRuns)
    self.residual = residual
  }

  /// The page as HTML. O(numbers + findings + unreached lines).
  public var html: String { ReportLibrary.render(Page(self)) }
}

/// The data of the page, in the form that the templates take.
struct Page {
  let title: String
  let verdict: VerdictPart
  let findings: FindingsPart
  let warnings: [WarningItem]
  let targets: TargetsPart
  let coverage: CoveragePart
  let doctor: [DoctorItem]
  let making: [Fact]

  /// The page of `report`. O(numbers + findings + unreached lines).
  init(_ report: Report) {
    let run = report.run
    verdict = VerdictPart(run)
    let library = run.subject.map { " on \($0.shown)" } ?? ""
    title = "\(verdict.word)\(library): revfuzz, run \(run.name)"
    findings = FindingsPart(run)
    warnings = run.warnings.map(WarningItem.init)
    targets = TargetsPart(report)
    coverage = CoveragePart(run.coverage)
    doctor = run.doctor.map(DoctorItem.init)
    making = [
      Fact("Command", run.command), Fact("Build", run.build), Fact("Machine", run.machine),
      // Without separators, so that the seed can be copied.
      Fact("Seed", String(run.seed)), Fact("Folder", run.name),
    ]
  }
}

/// A name and a value.
struct Fact {
  let name: String
  let value: String

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A warning in the report.
struct WarningItem {
  let time: String
  let sentence: String
  let often: String

  init(_ warning: CampaignRecord.Warning) {
    time = Format.moment(warning.time)
    sentence = warning.sentence
    often = warning.count == 1 ? "once" : Format.several(warning.count, "time")
  }
}

/// A self-check in the report.
struct DoctorItem {
  let answer: String
  /// The CSS class of its colour.
  let tone: String
  let sentence: String

  init(_ line: CampaignRecord.DoctorLine) {
    answer = line.passed.map { $0 ? "ok" : "FAILED" } ?? "skipped"
    tone = line.passed.map { $0 ? "good" : "bad" } ?? "open"
    sentence = line.sentence
  }
}
