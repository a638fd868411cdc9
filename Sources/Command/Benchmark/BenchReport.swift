import Foundation

/// The results of `revfuzz bench` as one JSON document, with everything needed to repeat the run.
package struct BenchReport: Codable, Equatable {
  /// The results of one subject in one row.
  package struct Statistics: Codable, Equatable {
    package var subject: String
    /// One sample a round, in the order of the rounds; empty if the subject does not count this.
    package var samples: [Double]
    package var minimum: Double?
    package var median: Double?
    /// The median divided by the first subject's median; nil if that is 0.
    package var ratio: Double?
  }

  /// One measurement.
  package struct Row: Codable, Equatable {
    package var name: String
    package var unit: Unit
    /// Operations in a round.
    package var operations: Int
    /// In the order of `BenchReport.subjects`.
    package var subjects: [Statistics]
  }

  /// The unit of a row.
  package enum Unit: String, Codable {
    case nanoseconds = "ns/operation"
    case bytes = "bytes/entry"
    case requests = "requests/record"
  }

  /// The judgement of a subject that is only sound.
  package struct Excess: Codable, Equatable {
    package var subject: String
    package var figures: MapExcess
  }

  /// One workload with one number of records, or one trace.
  package struct Run: Codable, Equatable {
    /// The name of the workload or of the trace's file.
    package var workload: String
    package var summary: String
    /// The size of the window of canonical addresses that holds the records, in bytes.
    package var windowBytes: UInt64
    package var records: Int
    /// Entries after all records, or in a trace, whose maps are not only filled, at the moment with
    /// the most.
    package var entries: Int
    package var knownEntries: Int
    /// Timed rounds, without the warm-up round.
    package var rounds: Int
    package var seed: UInt64
    package var rows: [Row]
    /// The subjects that are only sound: what they reported beyond what is needed. Nil if there are
    /// none.
    package var sound: [Excess]?
  }

  /// A map implementation that was timed.
  package struct Subject: Codable, Equatable {
    package var name: String
    /// The path of its library; nil for a map of this package.
    package var library: String?

    package init(name: String, library: String?) {
      self.name = name
      self.library = library
    }
  }

  /// The configuration that every map was created with.
  package struct Configuration: Codable, Equatable {
    package var ipaBits = MapSubject.configuration.ipaBits
    package var layout = "\(MapSubject.configuration.layout)"
    package var directMap = MapSubject.configuration.hasDirectMap
  }

  package var format = "revfuzz-bench"
  /// The version of the format. Increases when a reader of earlier versions would misread the file.
  package var version = 1
  /// Whether the runs are of growing sizes (`--grow`); else all have the same number of records.
  package var isGrowth: Bool
  package var configuration = Configuration()
  /// The core that the benchmark was pinned to; nil if it could not be pinned.
  package var core: Int?
  package var subjects: [Subject]
  package var runs: [Run] = []

  /// A report without runs.
  package init(isGrowth: Bool, core: Int?, subjects: [Subject]) {
    self.isGrowth = isGrowth
    self.core = core
    self.subjects = subjects
  }

  /// The document as JSON text.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

extension BenchReport.Run {
  /// The results of `rounds` with `load`: for each subject, its rounds in order.
  init(_ load: some BenchLoad, subjects: [MapSubject], rounds: [[MapRound]]) {
    workload = load.name
    records = load.recordCount
    summary = load.summary
    windowBytes = load.windowBytes
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
    self.rows = rows
    // The maps of a trace come and go, so there is no one moment for their memory.
    if load.operations(.record) == 0 { return }
    let entries = Double(max(1, load.entries))
    let records = Double(max(1, load.recordCount))
    rows.append(
      row("memory", .bytes, operations: load.entries) {
        $0.footprint.map { Double($0.bytes) / entries }
      })
    rows.append(
      row("allocation", .requests, operations: load.recordCount) {
        $0.footprint.map { Double($0.requests) / records }
      })
    self.rows = rows
  }
}

extension BenchReport.Row {
  /// A row of the subjects `names`, with one list of samples for each.
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
      return BenchReport.Statistics(
        subject: name, samples: samples, minimum: samples.min(), median: median, ratio: ratio)
    }
  }

  /// The median: the middle sample or the mean of the two middle ones; nil if there are none.
  package static func median(_ samples: [Double]) -> Double? {
    guard !samples.isEmpty else { return nil }
    let sorted = samples.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
