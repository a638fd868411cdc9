import ArgumentParser
import Benchmark
import Files
import Foundation

/// `revfuzz study`: what the design costs, measured.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure what the design costs under made-up loads.",
    subcommands: [StudyAllocation.self])
}

/// `revfuzz study allocation`: how often a map breaks for want of memory, and what it costs.
struct StudyAllocation: ParsableCommand {
  /// Whether something is there.
  enum Switch: CaseIterable { case on, off }

  static let configuration = CommandConfiguration(
    commandName: "allocation",
    abstract: "Count how often refused memory breaks a map, and what that kills.",
    discussion: """
      Runs every workload with requests for nodes refused at random, from never to one in ten; \
      without a reserve, with one that is topped up once, and with one that is topped up before \
      each fault. Beside the map runs the ground truth, which knows what died needlessly.

      \(Workload.allCases.map { "  \($0): \($0.summary)" }.joined(separator: "\n"))

      The steps of a workload do not depend on what the map answers: what a full unmap kills comes \
      back only where the workload faults there again. At most \(WorkloadStream.mostMappings) \
      mappings live at one time. Requests are refused independently of each other; real shortages \
      last, and a reserve helps less against those. Build with -c release. The same seed gives the \
      same numbers on every machine. Exits with 1 if a rule of the specification was seen broken.
      """)

  @Option(help: "Records in each of the \(AllocationStudy.cellsPerWorkload) cells of a workload.")
  var records = 200_000

  @Option(help: "What workloads and refusals are drawn from.")
  var seed: UInt64 = 1

  @Option(
    help: "A workload to run: \(names(of: Workload.self)). Repeatable (default: all).",
    transform: choice(named:))
  var workload: [Workload] = []

  @Option(
    help: "Whether maps have a direct map: \(names(of: Switch.self)) (default: on).",
    transform: choice(named:))
  var direct: Switch = .on

  @Option(help: "The file of comma-separated values that is written.")
  var csv = "allocation-study.csv"

  func validate() throws {
    guard (1000...1_000_000_000).contains(records) else {
      throw ValidationError("--records is \(records), and may be 1000 to 1000000000.")
    }
  }

  func run() throws {
    try reportingProblems {
      let file = ResultFile(path: csv)
      try file.checkWritable()
      let study = AllocationStudy(records: records, hasDirectMap: direct == .on, seed: seed)
      try ScenarioFile.write(
        "seed \(seed), \(records) records a cell, direct map \(direct)\n"
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

  /// The cells of one workload, with a word on how far they are.
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
