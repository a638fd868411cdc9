import ArgumentParser
import Benchmark

/// `revfuzz bench tree`: how fast and how large a range tree is.
struct BenchTree: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree",
    abstract: "Time the range tree with \(RangeTreeBenchmark.entries) ranges of one page.",
    discussion: """
      Build with -c release. Prints the minimum and the median of the rounds: nanoseconds per \
      operation, and bytes of nodes per entry. Times differ from machine to machine and from run to \
      run; compare ratios within one run only.
      """)

  @Option(help: "Rounds of each measurement.")
  var rounds = 9

  @Flag(help: "Also with 16, 32 and 128 slots a node, beside the production size.")
  var all = false

  func validate() throws {
    guard (1...1000).contains(rounds) else {
      throw ValidationError("--rounds is \(rounds), and may be 1 to 1000.")
    }
  }

  func run() throws {
    try RangeTreeBenchmark.run(rounds: rounds, all: all) { print($0) }
  }
}
