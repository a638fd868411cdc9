import ArgumentParser
import Differential
import Exploration
import Files
import Presentation
import RangeTree
import ReverseMap
import Scenario

/// `revfuzz enumerate`: tries every sequence of operations in a small world, as a state search.
struct Enumerate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try every sequence of operations in a small world.",
    usage: "revfuzz enumerate [<options>]",
    discussion: """
      The world has \(StateSearch.pages) canonical pages, \(StateSearch.pages) nested pages and \
      \(StateSearch.mmus) MMUs. It is searched once without and once with direct maps.

      Every state that a sequence of up to --length operations can reach is checked as the fuzz \
      targets check it, against the ground truth too. Sequences that reach the same state are \
      continued once. Prints the number of states and transitions.

      Exits with 1 at the first divergence; no shorter sequence has one.

      Examples:
        revfuzz enumerate
        revfuzz enumerate --length 4 --blocks pages
      """)

  @Option(help: "Longest sequence in operations, 1 to \(StateSearch.longest).")
  var length = 3

  @Option(
    help: "Ranges that records cover: \(names(of: World.Blocks.self)). (default: laminar)",
    completion: .choices(of: World.Blocks.self), transform: choice(named:))
  var blocks: World.Blocks = .laminar

  @Flag(help: "Report unsoundness only: subject and oracle may differ.")
  var groundTruthOnly = false

  func validate() throws {
    guard (1...StateSearch.longest).contains(length) else {
      throw ValidationError("--length is \(length); it must be 1 to \(StateSearch.longest).")
    }
  }

  func run() throws {
    try reportingProblems {
      for hasDirectMap in [false, true] {
        let search = StateSearch(
          hasDirectMap: hasDirectMap, blocks: blocks, comparesWithOracle: !groundTruthOnly)
        let tally = search.run(length: length) { configuration, mmus in
          VirtualMachine(configuration, mmus: mmus, memory: NodePool()) {
            ReverseMap<4>($0, memory: $1)
          }
        }
        let name = "direct map \(hasDirectMap ? "on" : "off"), \(blocks)"
        if let divergence = tally.divergence {
          try ScenarioFile.write(divergence.report(of: name))
          throw ExitCode(1)
        }
        try ScenarioFile.write("\(name): \(tally) in sequences of up to \(length) steps\n")
      }
    }
  }
}
