import ArgumentParser
import Benchmark
import Files
import Foundation
import Traces

/// `revfuzz study`: measures the cost of design decisions.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the design under made-up loads and traces.",
    discussion: """
      Examples:
        revfuzz study precision --trace Traces/run-p-phases-4-to-8.txt.gz
        revfuzz study allocation --workload boot
      """,
    subcommands: [StudyPrecision.self, StudyAllocation.self])
}

/// The loads of a study.
struct LoadOptions: ParsableArguments {
  @Option(help: "Records of each made-up load, 1000 to 1000000000.")
  var records = 200_000

  @Option(help: "Seed of the made-up loads and refusals, a whole number from 0 to 2^64 - 1.")
  var seed: UInt64 = 1

  @Option(
    help: """
      Made-up load to run: \(names(of: Workload.self)). Repeatable. (default: all, or none with \
      --trace)
      """,
    completion: .choices(of: Workload.self), transform: choice(named:))
  var workload: [Workload] = []

  @Option(
    help: ArgumentHelp(
      "Trace to run (docs/Traces.md), text or packed by gzip; - is standard input. Repeatable.",
      valueName: "file"),
    completion: .file())
  var trace: [String] = []

  func validate() throws {
    guard (1000...1_000_000_000).contains(records) else {
      throw ValidationError("--records is \(records); it must be 1000 to 1000000000.")
    }
  }

  /// The loads in the order in which they run. Those of traces are opened at once, so that a bad
  /// one ends the command before a long run; the made-up ones are prepared when they run.
  func loads() async throws -> [() throws -> StudyLoad] {
    var loads: [() throws -> StudyLoad] = []
    for workload in Workload.allCases
    where self.workload.contains(workload) || self.workload.isEmpty && trace.isEmpty {
      loads.append { StudyLoad(workload, records: records, seed: seed) }
    }
    for path in trace {
      let load = try StudyLoad(try await TraceFile(path))
      loads.append { load }
    }
    return loads
  }

  /// What `body` does with one load. A broken rule of the specification ends the command with 1.
  static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let fault as StudyFault {
      throw CommandError(description: fault.description, exitCode: ExitCode(1))
    }
  }
}

/// The list of the made-up loads, for the help.
private let loadList = Workload.allCases.map { "  \($0): \($0.summary)" }.joined(separator: "\n")

/// `revfuzz study precision`: counts the mappings that unmaps kill needlessly.
struct StudyPrecision: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "precision",
    abstract: "Count the mappings that unmaps kill needlessly.",
    usage: "revfuzz study precision [<options>]",
    discussion: """
      Runs each load with no reverse map, where every unmap tears down every table; with a reverse \
      map that the guest's own changes do not reach; and with one that has a direct map as well. \
      The ground truth runs beside them and shows which of the mappings that died had no page in \
      the unmapped range.

      \(loadList)

      The events of a load do not depend on the answers: a mapping that is killed returns only if \
      the load maps it again.

      Use a release build (-c release). The same seed gives the same numbers on every machine. \
      Exits with 1 if a rule of the specification is broken.

      Examples:
        revfuzz study precision --csv precision.csv
        revfuzz study precision --trace Traces/run-p-phases-4-to-8.txt.gz
      """)

  @OptionGroup var options: LoadOptions

  @Option(
    help: ArgumentHelp("File for the results as comma-separated values.", valueName: "file"),
    completion: .file())
  var csv: String?

  func run() async throws {
    try await reportingProblems {
      let file = csv.map { ResultFile(path: $0) }
      try file?.checkWritable()
      let loads = try await options.loads()
      try ScenarioFile.write(PrecisionTable.legend + "\n")
      var rows: [PrecisionStudy.Row] = []
      var progress = Progress(total: loads.count, unit: "loads")
      for (index, load) in loads.enumerated() {
        progress.advance(to: index)
        let row = try LoadOptions.reporting { try PrecisionStudy.row(load()) }
        progress.end()
        try ScenarioFile.write("\n" + PrecisionTable.block(row))
        rows.append(row)
      }
      try file?.write(PrecisionTable.commaSeparated(rows))
    }
  }
}

/// `revfuzz study allocation`: counts how often refused memory breaks a map, and what that kills.
struct StudyAllocation: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocation",
    abstract: "Count how often refused memory breaks a map.",
    usage: "revfuzz study allocation [<options>]",
    discussion: """
      Also counts the mappings that a broken map kills. Runs every load with node requests \
      refused at random, with probabilities from 0 to 0.1: without a reserve, with a reserve that \
      is filled once, and with a reserve that is topped up before each fault. The ground truth \
      runs beside the map and shows which mappings died needlessly.

      \(loadList)

      The events of a load do not depend on the map's answers: a mapping killed by a full unmap \
      returns only if the load maps it again. At most \(WorkloadStream.mostMappings) mappings are \
      live at a time in a made-up load. Refusals are independent of each other; real shortages \
      last longer, and a reserve helps less against them. Each load has \
      \(AllocationStudy.cellsPerLoad) runs: one for each probability and use of the reserve.

      Use a release build (-c release). The same seed gives the same numbers on every machine. \
      Exits with 1 if a rule of the specification is broken.

      Examples:
        revfuzz study allocation
        revfuzz study allocation --trace Traces/run-d-start.txt.gz
        revfuzz study allocation --records 1000000 --workload boot --csv boot.csv
      """)

  @OptionGroup var options: LoadOptions

  @Option(
    help: "Whether maps have a direct map: \(names(of: Switch.self)). (default: on)",
    completion: .choices(of: Switch.self), transform: choice(named:))
  var direct: Switch = .on

  @Option(
    help: ArgumentHelp("File for the results as comma-separated values.", valueName: "file"),
    completion: .file())
  var csv = "allocation-study.csv"

  func run() async throws {
    try await reportingProblems {
      let file = ResultFile(path: csv)
      try file.checkWritable()
      let loads = try await options.loads()
      let study = AllocationStudy(hasDirectMap: direct == .on, seed: options.seed)
      try ScenarioFile.write(
        "seed \(options.seed), \(options.records) records in each cell of a made-up load, "
          + "direct map \(direct)\n" + AllocationTable.legend + "\n")
      var cells: [AllocationStudy.Cell] = []
      for load in loads {
        let load = try load()
        let block = try self.cells(of: load, in: study)
        try ScenarioFile.write("\n" + AllocationTable.block(load, block))
        cells += block
      }
      try file.write(AllocationTable.commaSeparated(cells))
    }
  }

  /// Measures the cells of one load and shows the progress.
  private func cells(
    of load: StudyLoad, in study: AllocationStudy
  ) throws -> [AllocationStudy.Cell] {
    var progress = Progress(total: AllocationStudy.cellsPerLoad, unit: "cells of \(load.name)")
    defer { progress.end() }
    return try LoadOptions.reporting { try study.cells(of: load) { progress.advance(to: $0) } }
  }
}
