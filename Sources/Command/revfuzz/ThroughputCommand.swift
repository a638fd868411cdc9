import ArgumentParser
import Campaign
import Files
import Foundation

/// `revfuzz throughput`: how fast the targets fuzz.
struct ThroughputCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "throughput",
    abstract: "Measure how fast the targets fuzz, beside a target that does nothing.",
    discussion: """
      One process at a time, nothing written to disk, and two rows for each target: fuzzing from 64 \
      generated scenarios of 32 operations, lengths around 32, and fuzzing from the committed corpus. A \
      target that takes any bytes has the second only. Rates depend on the machine; the column to compare \
      is the share of the empty target's rate.

      To be run in the project's folder.
      """)

  @Option(help: "How long each measurement takes, in seconds.")
  var seconds = 5

  @Option(help: "Measurements of each, in turn; medians are printed.")
  var rounds = 3

  @Option(parsing: .upToNextOption, help: "The targets (every one with a committed corpus).")
  var targets: [String] = []

  @Flag(help: "Instrument every module alike (see scripts/build).")
  var everything = false

  @Option(help: "The folder of the targets, as scripts/build prints it (it is called).")
  var build: String?

  func validate() throws {
    guard (1...10_000).contains(seconds), (1...1000).contains(rounds) else {
      throw ValidationError("--seconds may be 1 to 10000, and --rounds 1 to 1000.")
    }
  }

  func run() async throws {
    try await reportingProblems {
      let table = try TargetTable()
      let measured = try table.entries(
        asked: targets, of: table.entries.filter { $0.subject == .ours })
      let folder: String
      if let build {
        folder = build
      } else {
        folder = try await FuzzBuild.make(everything ? ["--everything"] : [])
      }
      let throughput = try Throughput(
        of: measured, in: folder,
        seconds: seconds)
      defer { throughput.removeScratch() }
      try await ScenarioFile.write(throughput.measure(rounds: rounds))
    }
  }
}
