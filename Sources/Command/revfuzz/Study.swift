import ArgumentParser
import Benchmark
import Files
import Foundation

/// `revfuzz study`: measures the cost of design decisions.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the design under synthetic loads.",
    discussion: """
      Example:
        revfuzz study allocation --workload boot
      """,
    subcommands: [StudyAllocation.self])
}

/// `revfuzz study allocation`: counts how often refused memory breaks a map, and what that kills.
struct StudyAllocation: ParsableCommand {
  /// The values of --direct.
  enum Switch: CaseIterable { case on, off }

  static let configuration = CommandConfiguration(
    commandName: "allocation",
    abstract: "Count how often refused memory breaks a map.",
    usage: "revfuzz study allocation [<options>]",
    discussion: """
      Also counts the mappings that a broken map kills. Runs every workload with node requests \
      refused at random, with probabilities from 0 to 0.1: without a reserve, with a reserve that \
      is filled once, and with a reserve that is topped up before each fault. The ground truth \
      runs beside the map and shows which mappings died needlessly.

      \(Workload.allCases.map { "  \($0): \($0.summary)" }.joined(separator: "\n"))

      The steps of a workload do not depend on the map's answers: a mapping killed by a full unmap \
      returns only if the workload faults there again. At most \(WorkloadStream.mostMappings) \
      mappings are live at a time. Refusals are independent of each other; real shortages last \
      longer, and a reserve helps less against them.

      Use a release build (-c release). The same seed gives the same numbers on every machine. \
      Exits with 1 if a rule of the specification is broken.

      Examples:
        revfuzz study allocation
        revfuzz study allocation --records 1000000 --workload boot --csv boot.csv
      """)

  @Option(
    help: """
      Records in each run, 1000 to 1000000000. A workload has \
      \(AllocationStudy.cellsPerWorkload) runs: one for each probability and use of the reserve.
      """)
  var records = 200_000

  @Option(help: "Seed of the workloads and refusals, a whole number from 0 to 2^64 - 1.")
  var seed: UInt64 = 1

  @Option(
    help: "Workload to run: \(names(of: Workload.self)). Repeatable. (default: all)",
    completion: .choices(of: Workload.self), transform: choice(named:))
  var workload: [Workload] = []

  @Option(
    help: "Whether maps have a direct map: \(names(of: Switch.self)). (default: on)",
    completion: .choices(of: Switch.self), transform: choice(named:))
  var direct: Switch = .on

  @Option(
    help: ArgumentHelp("File for the results as comma-separated values.", valueName: "file"),
    completion: .file())
  var csv = "allocation-study.csv"

  func validate() throws {
    guard (1000...1_000_000_000).contains(records) else {
      throw ValidationError("--records is \(records); it must be 1000 to 1000000000.")
    }
  }

  func run() throws {
    try reportingProblems {
      let file = ResultFile(path: csv)
      try file.checkWritable()
      let study = AllocationStudy(records: records, hasDirectMap: direct == .on, seed: seed)
      try ScenarioFile.write(
        "seed \(seed), \(records) records in each cell, direct map \(direct)\n"
          + AllocationTable.legend + "\n")
      let workloads = Workload.allCases.filter { workload.isEmpty || workload.contains($0) }
      var cells: [AllocationStudy.Cell] = []
      for workload in workloads {
        let block = try self.cells(of: workload, in: study)
        try ScenarioFile.write("\n" + AllocationTable.block(workload, block))
        cells += block
      }
      try file.write(AllocationTable.commaSeparated(cells))
    }
  }

  /// Measures the cells of one workload and shows the progress.
  private func cells(
    of workload: Workload, in study: AllocationStudy
  ) throws -> [AllocationStudy.Cell] {
    var progress = Progress(total: AllocationStudy.cellsPerWorkload, unit: "cells of \(workload)")
    defer { progress.end() }
    do {
      return try study.cells(of: workload) { progress.advance(to: $0) }
    } catch {
      throw CommandError(description: error.description, exitCode: ExitCode(1))
    }
  }
}
