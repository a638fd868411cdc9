import ArgumentParser

/// `revfuzz bench`: measures speed and memory of reverse maps, and of the range tree alone.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time reverse maps, or the range tree alone.",
    discussion: """
      'bench' alone is 'bench maps'.

      Examples:
        revfuzz bench --workload dense
        revfuzz bench maps --subject my-map.so --records 16384
        revfuzz bench tree
      """,
    subcommands: [BenchMaps.self, BenchTree.self],
    defaultSubcommand: BenchMaps.self)
}
