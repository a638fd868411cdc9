import ArgumentParser
import Campaign
import Files
import Foundation

/// `revfuzz corpus`: the committed corpus, made again.
struct CorpusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Make the committed corpus again: the seeds, and what runs have added.",
    discussion: """
      Corpus/TARGET/ gets the seeds of Seeds/TARGET/ as bytes, and of what it had and of what was found \
      the inputs that reach something new, the smallest first, while the folder stays small enough to \
      commit. What was found is what scripts/fuzz has left in out/fuzz/, or a campaign in --state.

      To be run in the project's folder.
      """)

  @Option(help: "A folder of campaigns whose corpora are taken (out/fuzz).")
  var state: String?

  @Option(parsing: .upToNextOption, help: "The targets (every one that has seeds).")
  var targets: [String] = []

  @Option(help: "The folder of the targets, as scripts/build prints it (it is called).")
  var build: String?

  func run() async throws {
    try await reportingProblems {
      let table = try TargetTable()
      // A corpus of bytes is written by hand.
      let made = try table.entries(
        asked: targets, of: table.entries.filter { $0.subject == .ours && $0.family != "bytes" })
      // Held, so that no campaign writes there meanwhile.
      if let state { try ResultFolder(path: "\(state)/targets").checkThere() }
      let runs = try state.map { state throws(CommandError) in try StateFolder(state) }
      let folder: String
      if let build { folder = build } else { folder = try await FuzzBuild.make() }
      let corpora =
        try made
        .map { CommittedCorpus(target: $0.name, executable: "\(folder)/\($0.name)") }
        // All seeds before any corpus is replaced: one that is no scenario must not cost the others.
        .map { ($0, seeds: try $0.seeds()) }
      for (corpus, seeds) in corpora {
        let found =
          runs?.inputs(of: corpus.target) ?? "out/fuzz/\(corpus.target)/corpus"
        let size = try await corpus.make(seeds, and: found)
        try ScenarioFile.write("\(corpus.target): \(size.inputs) files, \(size.bytes) bytes\n")
      }
    }
  }
}
