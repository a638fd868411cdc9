import ArgumentParser
import Campaign
import Files
import Foundation

/// `revfuzz throughput`: measures the execution rate of the fuzz targets.
struct ThroughputCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "throughput",
    abstract: "Measure how fast the fuzz targets run.",
    usage: "revfuzz throughput [<options>]",
    discussion: """
      Compares each target with an empty one. Runs one process at a time and writes no inputs to \
      disk. Prints three rows for each target: one for runs that start from 64 generated scenarios \
      of about 32 operations in small worlds, one for the same in whole worlds, and one for runs \
      that start from the committed corpus. A target whose inputs are not scenarios has only the \
      last row.

      Rates depend on the machine. To compare machines, use the column 'share of empty': the rate \
      as a share of that of the empty target. Run it in the project's folder.

      Example:
        revfuzz throughput --seconds 10 --targets FuzzShadow
      """)

  @Option(help: ArgumentHelp("Length of a measurement, 1 to 10000 seconds.", valueName: "seconds"))
  var seconds = 5

  @Option(help: "Measurements of each row, 1 to 1000; the median is printed.")
  var rounds = 3

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Targets to measure. (default: every target with a committed corpus)", valueName: "target"),
    completion: .targets)
  var targets: [String] = []

  @Flag(help: "Build with 'scripts/build --everything', which instruments every module alike.")
  var everything = false

  @OptionGroup var builds: BuildOptions

  func validate() throws {
    guard (1...10_000).contains(seconds) else {
      throw ValidationError("--seconds is \(seconds); it must be 1 to 10000.")
    }
    guard (1...1000).contains(rounds) else {
      throw ValidationError("--rounds is \(rounds); it must be 1 to 1000.")
    }
  }

  func run() async throws {
    try await reportingProblems {
      let table = try TargetTable()
      let measured = try table.entries(
        asked: targets, of: table.entries.filter { $0.subject == .ours })
      let throughput = try await Throughput(
        of: measured, in: builds.folder(everything ? ["--everything"] : []), seconds: seconds)
      defer { throughput.removeScratch() }
      try await ScenarioFile.write(throughput.measure(rounds: rounds))
    }
  }
}
