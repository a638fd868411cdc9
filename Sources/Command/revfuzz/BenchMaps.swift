import ArgumentParser
import Benchmark
import Files
import ForeignMap
import Foundation
import Traces

extension MapSubject.Slots: ExpressibleByArgument {}

/// `revfuzz bench maps`: times reverse maps side by side in one process.
struct BenchMaps: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maps",
    abstract: "Time reverse maps side by side, on one core.",
    usage: "revfuzz bench maps [<options>]",
    discussion: """
      The subjects take turns in every round. Every answer is checked: a wrong one ends the \
      command with exit code 1. A library that is only sound is judged before it is timed: no \
      answer may miss a live mapping; how much more it reports than needed is printed below the \
      times. With --trace it only has to answer alike in each round; 'revfuzz trace' judges it. \
      The measurements, in this order:

      \(MapMeasure.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

      Use a release build (-c release). Times differ between machines and between runs: compare \
      ratios within one run only.

      Examples:
        revfuzz bench maps --workload dense --workload sparse
        revfuzz bench maps --subject my-map.so --records 16384 --json bench.json
        revfuzz bench maps --grow
        revfuzz bench maps --trace Traces/run-f.txt.gz
      """)

  static let defaultRecords = 262_144

  @Option(
    help: ArgumentHelp(
      "Library whose map is timed as well; see docs/YourOwnMap.md. Repeatable.",
      valueName: "library"),
    completion: .file())
  var subject: [String] = []

  /// The project's own map with other node sizes, or a second time: two subjects of one kind show
  /// the noise of the measurement.
  @Option(help: .hidden)
  var slots: [MapSubject.Slots] = []

  @Option(help: "Measured rounds of each measurement, 1 to 1000.")
  var rounds = 9

  @Option(
    help: """
      Records in a map, 1000 to \(Growth.mostRecords); with --grow, in the largest map. (default: \
      \(defaultRecords); with --grow: \(Growth.mostRecords))
      """)
  var records: Int?

  @Option(
    help: "Workload to run: \(names(of: MapWorkload.self)). Repeatable. (default: all)",
    completion: .choices(of: MapWorkload.self), transform: choice(named:))
  var workload: [MapWorkload] = []

  @Option(
    help: ArgumentHelp(
      """
      Trace to replay in place of workloads (docs/Traces.md). Repeatable. Maps have direct maps if \
      all subjects can.
      """, valueName: "file"),
    completion: .file())
  var trace: [String] = []

  @Option(help: "Seed of the records and queries, a whole number from 0 to 2^64 - 1.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp("File for all measurements as one JSON document.", valueName: "file"),
    completion: .file())
  var json: String?

  @Flag(help: "Time maps of 1024, 4096, ... up to --records records. (default workload: dense)")
  var grow = false

  func validate() throws {
    guard (1...1000).contains(rounds) else {
      throw ValidationError("--rounds is \(rounds); it must be 1 to 1000.")
    }
    if let records, !(1000...Growth.mostRecords).contains(records) {
      throw ValidationError("--records is \(records); it must be 1000 to \(Growth.mostRecords).")
    }
    if !trace.isEmpty, grow || records != nil || !workload.isEmpty {
      throw ValidationError("--trace takes the place of --workload, --records and --grow.")
    }
  }

  func run() async throws {
    try await reportingProblems {
      var subjects = [MapSubject.production]
      for slots in slots {
        subjects.append(.reverseMap(slots))
      }
      for path in subject {
        subjects.append(.foreign(try SubjectOptions.load(path, ForeignOptions())))
      }
      var traces: [StudyLoad] = []
      for path in trace { traces.append(try StudyLoad(try await TraceFile(path))) }
      try time(MapSubject.distinct(subjects), traces)
    }
  }

  /// Times `subjects`, prints the tables, and writes the JSON file.
  ///
  /// - Throws: `CommandError` if the file cannot be written, or if a subject gives a wrong answer;
  ///   what reading a trace throws.
  private func time(_ subjects: [MapSubject], _ traces: [StudyLoad]) throws {
    let file = json.map { ResultFile(path: $0) }
    try file?.checkWritable()
    let core = Core.pin()
    if core == nil {
      try ScenarioFile.write("warning: cannot pin this process to one core, so times vary more\n")
    }
    var report = BenchReport(
      isGrowth: grow, core: core,
      subjects: subjects.map { BenchReport.Subject(name: $0.name, library: $0.library) })
    let race = MapRace(subjects: subjects, rounds: rounds, seed: seed)
    if grow {
      try self.grow(race, &report)
    } else {
      try ScenarioFile.write(BenchTable.legend(ofTraces: !traces.isEmpty))
      let all: [MapWorkload] = traces.isEmpty ? MapWorkload.allCases : []
      for workload in workload.isEmpty ? all : workload {
        try note(
          run(race, workload, records: records ?? Self.defaultRecords), &report)
      }
      for trace in traces { try note(run(race, trace), &report) }
    }
    guard let file else { return }
    do {
      try file.write(try report.json())
    } catch let problem as CommandError {
      throw problem
    } catch {
      throw CommandError.unwritable(file.path, "a measured time is not a finite number")
    }
  }

  /// Adds the results of a run to `report` and prints them.
  private func note(_ run: BenchReport.Run, _ report: inout BenchReport) throws(CommandError) {
    report.runs.append(run)
    try ScenarioFile.write("\n" + BenchTable.block(run))
  }

  /// Replays one trace and shows its progress.
  private func run(_ race: MapRace, _ trace: StudyLoad) throws -> BenchReport.Run {
    let load = try TraceLoad(
      trace, hasDirectMaps: race.subjects.allSatisfy(\.hasDirectMaps), seed: race.seed)
    var progress = Progress(total: race.turns, unit: "rounds of \(trace.name)")
    defer { progress.end() }
    return try race.run(load) { progress.advance(to: $0) }
  }

  /// Runs one workload and shows its progress.
  private func run(
    _ race: MapRace, _ workload: MapWorkload, records: Int
  ) throws(CommandError) -> BenchReport.Run {
    var progress = Progress(total: race.turns, unit: "rounds of \(workload.rawValue)")
    defer { progress.end() }
    return try race.run(workload, records: records) { progress.advance(to: $0) }
  }

  /// Runs the workloads on maps of increasing size.
  private func grow(_ race: MapRace, _ report: inout BenchReport) throws(CommandError) {
    for workload in workload.isEmpty ? [.dense] : workload {
      try ScenarioFile.write(BenchTable.growthHeader(workload))
      for step in Growth.steps(upTo: records ?? Growth.mostRecords) {
        let race = MapRace(
          subjects: race.subjects, rounds: Growth.rounds(race.rounds, records: step),
          seed: race.seed)
        let run = try run(race, workload, records: step)
        report.runs.append(run)
        try ScenarioFile.write(BenchTable.step(run) + BenchTable.sound(run))
      }
    }
  }
}
