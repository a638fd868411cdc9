import ArgumentParser
import Differential
import Exploration
import Files
import Presentation
import RangeTree
import ReverseMap
import Scenario

/// `revfuzz enumerate`: every sequence of operations in a small world, as a search of its states.
struct Enumerate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try every sequence of operations in a small world.",
    discussion: """
      The world has \(StateSearch.pages) canonical pages, \(StateSearch.pages) nested pages and \
      \(StateSearch.mmus) MMUs, once without and once with direct maps. Checks everything that the \
      fuzz targets check, the ground truth included, in every state that a sequence of up to so many \
      steps comes to; sequences that come to the same state go on as one. Prints the states and \
      transitions seen; exits with 1 at the first divergence, which no shorter sequence has.
      """)

  @Option(help: "The longest sequence, 1 to \(StateSearch.longest) steps.")
  var length = 3

  @Option(
    help: "Which ranges records cover: \(names(of: World.Blocks.self)) (default: laminar).",
    transform: choice(named:))
  var blocks: World.Blocks = .laminar

  @Flag(help: "Let subject and oracle differ, and look for what is unsound only.")
  var groundTruthOnly = false

  func validate() throws {
    guard (1...StateSearch.longest).contains(length) else {
      throw ValidationError("--length is \(length), and has to be 1 to \(StateSearch.longest).")
    }
  }

  func run() throws {
    try reportingProblems {
      for hasDirectMap in [false, true] {
        let search = StateSearch(
          hasDirectMap: hasDirectMap, blocks: blocks, comparesWithReference: !groundTruthOnly)
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
