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

      Checks every state that --length or fewer operations can reach, as the fuzz targets do, \
      against the oracle and the ground truth. A state that several sequences reach is continued \
      from only once. Prints the number of states and transitions.

      Exits with 1 at the first divergence, which ends a sequence that is as short as possible.

      Examples:
        revfuzz enumerate
        revfuzz enumerate --length 4 --blocks pages
      """)

  @Option(help: "Most operations in a sequence, 1 to \(StateSearch.longest).")
  var length = 3

  @Option(
    help: "Ranges that records cover: \(names(of: World.Blocks.self)). (default: laminar)",
    completion: .choices(of: World.Blocks.self), transform: choice(named:))
  var blocks: World.Blocks = .laminar

  @Flag(help: "Report only unsoundness, not differences from the oracle.")
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
        let operations = "\(length) operation\(length == 1 ? "" : "s")"
        try ScenarioFile.write("\(name): \(tally) in sequences of up to \(operations)\n")
      }
    }
  }
}
