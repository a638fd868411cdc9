import ArgumentParser
import Campaign
import Files
import Foundation

/// `revfuzz corpus`: rebuilds the committed corpus.
struct CorpusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Rebuild the committed corpus.",
    usage: "revfuzz corpus [<options>]",
    discussion: """
      Writes the seeds of Seeds/TARGET/ to Corpus/TARGET/ as bytes. Then adds inputs that reach \
      new coverage, the smallest first, up to 400 KB for each target. The candidates come from the \
      present corpus, and from what scripts/fuzz left in out/fuzz/ or, with --state, what \
      campaigns left in that folder. The corpora of a library and of plain bytes are made by hand.

      Run it in the project's folder.

      Examples:
        revfuzz corpus --targets FuzzShadow
        revfuzz corpus --state out/campaign
      """)

  @Option(
    help: ArgumentHelp(
      "State folder of campaigns to take inputs from, in place of out/fuzz.",
      valueName: "folder"),
    completion: .directory)
  var state: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Targets to rebuild. (default: every target of our own map)", valueName: "target"),
    completion: .targets)
  var targets: [String] = []

  @Option(
    help: ArgumentHelp(
      "Folder of targets that scripts/build has built. (default: build them)",
      valueName: "folder"),
    completion: .directory)
  var build: String?

  func run() async throws {
    try await reportingProblems {
      let table = try TargetTable()
      let made = try table.entries(asked: targets, of: CommittedCorpus.targets(of: table))
      if let state, !FileManager.default.fileExists(atPath: "\(state)/targets") {
        throw CommandError.unreadable(
          "\(state)/targets",
          "no campaign has used this --state; start one with 'revfuzz campaign'")
      }
      // This locks the folder, so that no campaign writes there meanwhile.
      let runs = try state.map { state throws(CommandError) in try StateFolder(state) }
      let folder: String
      if let build { folder = build } else { folder = try await FuzzBuild.make(made.map(\.name)) }
      let corpora =
        try made
        .map { CommittedCorpus(target: $0.name, executable: "\(folder)/\($0.name)") }
        // Read all seeds before any corpus is replaced, because a bad seed ends the command.
        .map { ($0, seeds: try $0.seeds()) }
      var failed = false
      for (corpus, seeds) in corpora {
        let found =
          runs?.inputs(of: corpus.target) ?? "out/fuzz/\(corpus.target)/corpus"
        let made = try await corpus.make(seeds, and: found)
        try ScenarioFile.write(
          "\(corpus.target): \(made.inputs) files, \(made.bytes) bytes, \(made.new) new; "
            + "\(made.edges.after) edges, \(made.edges.before) before\n")
        if made.failing > 0 {
          failed = true
          CommandError.note(
            "\(corpus.target): inputs that fail were left out: \(made.failing); "
              + "./revfuzz replay \(made.findings)")
        }
      }
      if failed { throw ExitCode(1) }
    }
  }
}
