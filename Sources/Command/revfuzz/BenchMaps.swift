import ArgumentParser
import Benchmark
import Files
import ForeignMap
import Foundation

extension MapSubject.Slots: ExpressibleByArgument {}

/// `revfuzz bench maps`: reverse maps side by side, in one process.
struct BenchMaps: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maps",
    abstract: "Time reverse maps side by side, in one process and on one core.",
    discussion: """
      Every subject takes its turn in every round, and every answer is checked: a map that gives a \
      wrong one ends the command with exit code 1. What is timed, in this order:

      \(MapMeasure.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

      Build with -c release. Times differ from machine to machine and from run to run; compare \
      ratios within one run only.
      """)

  static let defaultRecords = 262_144

  @Option(help: "A library with a map to time beside ours (Sources/Map/CReverseMap). Repeatable.")
  var subject: [String] = []

  /// Ours with other nodes, or once more: what differs between two of a kind is noise.
  @Option(help: .hidden)
  var slots: [MapSubject.Slots] = []

  @Option(help: "Rounds of each measurement that count.")
  var rounds = 9

  @Option(help: "Records of a map; with --grow, of the largest one (default: 16777216).")
  var records: Int?

  @Option(
    help: "A workload to run: \(names(of: MapWorkload.self)). Repeatable (default: all).",
    transform: choice(named:))
  var workload: [MapWorkload] = []

  @Option(help: "What records and queries are drawn from.")
  var seed: UInt64 = 1

  @Option(help: "Also write all figures to this file, as one JSON document.")
  var json: String?

  @Flag(help: "Time maps of 1024 records and more, in steps of 4 times (default workload: dense).")
  var grow = false

  func validate() throws {
    guard (1...1000).contains(rounds) else {
      throw ValidationError("--rounds is \(rounds), and may be 1 to 1000.")
    }
    if let records, !(1000...Growth.mostRecords).contains(records) {
      throw ValidationError("--records is \(records), and may be 1000 to \(Growth.mostRecords).")
    }
  }

  func run() throws {
    try reportingProblems {
      var subjects = [MapSubject.production]
      for slots in slots {
        subjects.append(.reverseMap(slots))
      }
      for path in subject {
        subjects.append(.foreign(try SubjectOptions.load(path, ForeignOptions())))
      }
      try time(MapSubject.distinct(subjects))
    }
  }

  /// Times `subjects`, prints the tables and writes the file.
  ///
  /// - Throws: `CommandError` if the file cannot be written, or a subject is wrong.
  private func time(_ subjects: [MapSubject]) throws(CommandError) {
    let file = json.map { ResultFile(path: $0) }
    try file?.checkWritable()
    let core = Core.pin()
    if core == nil {
      try ScenarioFile.write("cannot be kept on one core here: times vary more than they need to\n")
    }
    var report = BenchReport(
      isGrowth: grow, core: core,
      subjects: subjects.map { BenchReport.Subject(name: $0.name, library: $0.library) })
    let race = MapRace(subjects: subjects, rounds: rounds, seed: seed)
    if grow {
      try self.grow(race, &report)
    } else {
      try ScenarioFile.write(BenchTable.legend)
      for workload in workload.isEmpty ? MapWorkload.allCases : workload {
        let run = try run(race, workload, records: records ?? Self.defaultRecords)
        report.runs.append(run)
        try ScenarioFile.write("\n" + BenchTable.block(run))
      }
    }
    guard let file else { return }
    do {
      try file.write(try report.json())
    } catch let problem as CommandError {
      throw problem
    } catch {
      throw .unwritable(file.path, "the figures are no numbers")
    }
  }

  /// One workload, with a word on how far it is.
  private func run(
    _ race: MapRace, _ workload: MapWorkload, records: Int
  ) throws(CommandError) -> BenchReport.Run {
    var progress = Progress(total: race.turns, unit: "rounds of \(workload.rawValue)")
    defer { progress.end() }
    return try race.run(workload, records: records) { progress.advance(to: $0) }
  }

  private func grow(_ race: MapRace, _ report: inout BenchReport) throws(CommandError) {
    for workload in workload.isEmpty ? [.dense] : workload {
      try ScenarioFile.write(BenchTable.growthHeader(workload))
      for step in Growth.steps(upTo: records ?? Growth.mostRecords) {
        let race = MapRace(
          subjects: race.subjects, rounds: Growth.rounds(race.rounds, records: step),
          seed: race.seed)
        let run = try run(race, workload, records: step)
        report.runs.append(run)
        try ScenarioFile.write(BenchTable.step(run))
      }
    }
  }
}
