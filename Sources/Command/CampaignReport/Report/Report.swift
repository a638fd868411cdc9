import Foundation

/// What a campaign has come to, as one page of HTML that needs nothing besides itself.
public struct Report: Sendable {
  /// The night that it is about.
  let night: NightRecord
  /// Its numbers, in the order of time.
  let numbers: [NumberLine]
  /// The nights that are drawn beside it, the latest one last.
  let earlier: [Night]
  /// How likely a new situation is, in words.
  let residual: @Sendable (SituationCounts) -> String

  /// A night before this one, and its numbers.
  struct Night: Sendable {
    let record: NightRecord
    let numbers: [NumberLine]
  }

  /// As many nights are drawn beside this one, the latest ones.
  static let nightsBeside = 12

  /// The report of `night`, whose lines of numbers are `numbers`.
  ///
  /// - Parameters:
  ///   - earlier: the nights that it is compared with, in any order.
  ///   - residual: how likely the next execution shows a new situation, in words, as in
  ///     `1 in 41,000 executions`.
  public init(
    night: NightRecord, numbers: [NumberLine], earlier: [(NightRecord, [NumberLine])],
    residual: @escaping @Sendable (SituationCounts) -> String
  ) {
    self.night = night
    self.numbers = numbers.sorted { $0.time < $1.time }
    self.earlier = earlier.map { Night(record: $0.0, numbers: $0.1.sorted { $0.time < $1.time }) }
      .sorted { $0.record.begin < $1.record.begin }.suffix(Self.nightsBeside)
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
  let troubles: [TroubleItem]
  let targets: TargetsPart
  let coverage: CoveragePart
  let doctor: [DoctorItem]
  let making: [Fact]

  /// The page of `report`. O(numbers + findings + unreached lines).
  init(_ report: Report) {
    let night = report.night
    verdict = VerdictPart(night)
    title = "\(verdict.word): revfuzz, night \(night.name)"
    findings = FindingsPart(night)
    troubles = night.troubles.map(TroubleItem.init)
    targets = TargetsPart(report)
    coverage = CoveragePart(night.coverage)
    doctor = night.doctor.map(DoctorItem.init)
    making = [
      Fact("Command", night.command), Fact("Build", night.build), Fact("Machine", night.machine),
      // A seed is there to be copied: no separators.
      Fact("Seed", String(night.seed)), Fact("Folder", night.name),
    ]
  }
}

/// Something that is known by a name.
struct Fact {
  let name: String
  let value: String

  /// `value`, under `name`. O(1).
  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A trouble of the campaign itself.
struct TroubleItem {
  let time: String
  let sentence: String
  let often: String

  /// `trouble` in words. O(1).
  init(_ trouble: NightRecord.Trouble) {
    time = Figures.moment(trouble.time)
    sentence = trouble.sentence
    often = trouble.count == 1 ? "once" : Figures.several(trouble.count, "time")
  }
}

/// A question of the doctor.
struct DoctorItem {
  let answer: String
  /// The class of its colour.
  let tone: String
  let sentence: String

  /// `line` in words. O(1).
  init(_ line: NightRecord.DoctorLine) {
    answer = line.isWell.map { $0 ? "ok" : "RED" } ?? "not asked"
    tone = line.isWell.map { $0 ? "good" : "bad" } ?? "open"
    sentence = line.sentence
  }
}
