import ArgumentParser

/// `revfuzz bench`: how fast and how large maps are, and the tree that ours is made of.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time reverse maps side by side, or the range tree alone.",
    subcommands: [BenchMaps.self, BenchTree.self],
    defaultSubcommand: BenchMaps.self)
}
