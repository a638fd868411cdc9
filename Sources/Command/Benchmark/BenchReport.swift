import Foundation

/// The results of `revfuzz bench`, as they are written to a file: one document, with all that is
/// needed to make it again.
package struct BenchReport: Codable, Equatable {
  /// One subject's figures of one row.
  package struct Format: Codable, Equatable {
    package var subject: String
    /// One a round, in the order of the rounds; none if the subject cannot say.
    package var samples: [Double]
    package var minimum: Double?
    package var median: Double?
    /// The median as a multiple of that of the first subject, unless that is 0.
    package var ratio: Double?
  }

  /// One measurement.
  package struct Row: Codable, Equatable {
    package var name: String
    package var unit: Unit
    /// How often it was done in a round.
    package var operations: Int
    /// In the order of `BenchReport.subjects`.
    package var subjects: [Format]
  }

  /// What a figure counts.
  package enum Unit: String, Codable {
    case nanoseconds = "ns/operation"
    case bytes = "bytes/entry"
    case requests = "requests/record"
  }

  /// One workload with one number of records.
  package struct Run: Codable, Equatable {
    package var workload: MapWorkload
    package var summary: String
    /// Bytes of the canonical addresses that the records lie in.
    package var windowBytes: UInt64
    package var records: Int
    /// When all records are made.
    package var entries: Int
    package var knownEntries: Int
    /// Rounds that count; one more went before them.
    package var rounds: Int
    package var seed: UInt64
    package var rows: [Row]
  }

  /// A kind of map.
  package struct Subject: Codable, Equatable {
    package var name: String
    /// The path of its library, unless it is of this package.
    package var library: String?

    package init(name: String, library: String?) {
      self.name = name
      self.library = library
    }
  }

  /// What every map was told.
  package struct Configuration: Codable, Equatable {
    package var ipaBits = MapSubject.configuration.ipaBits
    package var layout = "\(MapSubject.configuration.layout)"
    package var directMap = MapSubject.configuration.hasDirectMap
  }

  package var format = "revfuzz-bench"
  /// Changes when a reader of an earlier one would misunderstand this.
  package var version = 1
  /// Whether runs are one workload each, or one workload at growing sizes.
  package var isGrowth: Bool
  package var configuration = Configuration()
  /// The core that it ran on, or nil if it was not kept on one.
  package var core: Int?
  package var subjects: [Subject]
  package var runs: [Run] = []

  /// A report without runs.
  package init(isGrowth: Bool, core: Int?, subjects: [Subject]) {
    self.isGrowth = isGrowth
    self.core = core
    self.subjects = subjects
  }

  /// The document as text.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

extension BenchReport.Run {
  /// The results of rounds with `load`: for each subject, its rounds in their order.
  init(_ load: MapLoad, subjects: [MapSubject], rounds: [[MapRound]]) {
    workload = load.workload
    records = load.records.count
    summary = load.workload.summary(records: records)
    windowBytes = UInt64(load.workload.windowPages(records: records)) << 12
    entries = load.entries
    knownEntries = load.knownEntries
    self.rounds = rounds.first?.count ?? 0
    seed = load.seed

    let names = subjects.map(\.name)
    func row(
      _ name: String, _ unit: BenchReport.Unit, operations: Int, _ figure: (MapRound) -> Double?
    ) -> BenchReport.Row {
      let samples = rounds.map { $0.compactMap(figure) }
      return BenchReport.Row(name: name, unit: unit, operations: operations, names, samples)
    }
    var rows = MapMeasure.allCases.filter { load.operations($0) > 0 }.map { measure in
      row(measure.rawValue, .nanoseconds, operations: load.operations(measure)) {
        $0.nanoseconds[measure]
      }
    }
    let entries = Double(max(1, load.entries))
    let records = Double(max(1, load.records.count))
    rows.append(
      row("memory", .bytes, operations: load.entries) {
        $0.footprint.map { Double($0.bytes) / entries }
      })
    rows.append(
      row("allocation", .requests, operations: load.records.count) {
        $0.footprint.map { Double($0.requests) / records }
      })
    self.rows = rows
  }
}

extension BenchReport.Row {
  /// A row of the subjects `names` with these samples, one list for each.
  package init(
    name: String, unit: BenchReport.Unit, operations: Int, _ names: [String], _ samples: [[Double]]
  ) {
    self.name = name
    self.unit = unit
    self.operations = operations
    let first = samples.first.flatMap(Self.median)
    subjects = zip(names, samples).map { name, samples in
      let median = Self.median(samples)
      var ratio: Double?
      if let median, let first, first > 0 { ratio = median / first }
      return BenchReport.Format(
        subject: name, samples: samples, minimum: samples.min(), median: median, ratio: ratio)
    }
  }

  /// The middle one, or the mean of the two in the middle; nil of none.
  package static func median(_ samples: [Double]) -> Double? {
    guard !samples.isEmpty else { return nil }
    let sorted = samples.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
