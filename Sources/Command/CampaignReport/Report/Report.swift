import Foundation

/// What a campaign has come to, as one page of HTML that needs nothing besides itself.
public struct Report: Sendable {
  /// The run that it is about.
  let run: CampaignRecord
  /// Its numbers, in the order of time.
  let numbers: [NumberLine]
  /// The runs that are drawn beside it, the latest one last.
  let earlier: [EarlierRun]
  /// How likely a new transition is, in words.
  let residual: @Sendable (TransitionCounts) -> String

  /// A run before this one, and its numbers.
  struct EarlierRun: Sendable {
    let record: CampaignRecord
    let numbers: [NumberLine]
  }

  /// As many runs are drawn beside this one, the latest ones.
  static let maxEarlierRuns = 12

  /// The report of `run`, whose lines of numbers are `numbers`.
  ///
  /// - Parameters:
  ///   - earlier: the runs that it is compared with, in any order.
  ///   - residual: how likely the next execution shows a new transition, in words, as in
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

  /// The page. O(numbers + findings + unreached lines).
  public var html: String { ReportLibrary.render(Page(self)) }
}

/// All that the page shows, as its templates want it.
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
    title = "\(verdict.word): revfuzz, run \(run.name)"
    findings = FindingsPart(run)
    warnings = run.warnings.map(WarningItem.init)
    targets = TargetsPart(report)
    coverage = CoveragePart(run.coverage)
    doctor = run.doctor.map(DoctorItem.init)
    making = [
      Fact("Command", run.command), Fact("Build", run.build), Fact("Machine", run.machine),
      // A seed is there to be copied: no separators.
      Fact("Seed", String(run.seed)), Fact("Folder", run.name),
    ]
  }
}

/// Something that is known by a name.
struct Fact {
  let name: String
  let value: String

  /// `value`, under `name`.
  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A warning of the campaign itself.
struct WarningItem {
  let time: String
  let sentence: String
  let often: String

  /// `warning` in words.
  init(_ warning: CampaignRecord.Warning) {
    time = Format.moment(warning.time)
    sentence = warning.sentence
    often = warning.count == 1 ? "once" : Format.several(warning.count, "time")
  }
}

/// A question of the doctor.
struct DoctorItem {
  let answer: String
  /// The class of its colour.
  let tone: String
  let sentence: String

  /// `line` in words.
  init(_ line: CampaignRecord.DoctorLine) {
    answer = line.passed.map { $0 ? "ok" : "FAILED" } ?? "not asked"
    tone = line.passed.map { $0 ? "good" : "bad" } ?? "open"
    sentence = line.sentence
  }
}
