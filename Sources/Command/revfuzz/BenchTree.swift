import ArgumentParser
import Benchmark
import Files

/// `revfuzz bench tree`: measures speed and memory of the range tree alone.
struct BenchTree: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree",
    abstract: "Time the range tree with \(RangeTreeBenchmark.entries) ranges of one page.",
    discussion: """
      Prints the minimum and the median of the rounds: nanoseconds per operation, and bytes of \
      nodes per entry.

      Use a release build (-c release). Times differ between machines and between runs: compare \
      ratios within one run only.

      Example:
        revfuzz bench tree --rounds 5 --all
      """)

  @Option(help: "Rounds of each measurement, 1 to 1000.")
  var rounds = 9

  @Flag(help: "Also time nodes of 16, 32 and 128 slots, not only the production size.")
  var all = false

  func validate() throws {
    guard (1...1000).contains(rounds) else {
      throw ValidationError("--rounds is \(rounds); it must be 1 to 1000.")
    }
  }

  func run() throws {
    try reportingProblems {
      try RangeTreeBenchmark.run(rounds: rounds, all: all) { try ScenarioFile.write($0 + "\n") }
    }
  }
}
