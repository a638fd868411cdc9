import ArgumentParser
import Campaign
import Files
import Foundation

/// `revfuzz corpus`: rebuilds, extends or converts the committed corpus.
struct CorpusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Rebuild or convert the committed corpus.",
    discussion: """
      'corpus' alone is 'corpus rebuild'.

      Examples:
        revfuzz corpus --targets FuzzShadow
        revfuzz corpus --state out/campaign
        revfuzz corpus import cifuzz-corpus-FuzzShadow.zip
        revfuzz corpus convert Corpus/FuzzShadow
      """,
    subcommands: [CorpusRebuild.self, CorpusImport.self, CorpusConvert.self],
    defaultSubcommand: CorpusRebuild.self)
}

/// The options of the subcommands that rebuild.
struct CorpusOptions: ParsableArguments {
  @OptionGroup var builds: BuildOptions

  /// Rebuilds the corpora of `targets` from their seeds, the present corpora, and the folder that
  /// `found` returns for a target. Prints a line for each.
  ///
  /// - Throws: exit code 1 if an input failed; a `CommandError` if a corpus cannot be made.
  func rebuild(
    _ targets: [TargetTable.Entry], from found: (TargetTable.Entry) throws -> String
  ) async throws {
    // Read everything before any corpus is replaced, because a bad seed or input ends the command.
    let sources = try targets.map { (name: $0.name, found: try found($0)) }
    let folder = try await builds.folder(targets.map(\.name))
    let corpora =
      try sources
      .map { (CommittedCorpus(target: $0.name, executable: "\(folder)/\($0.name)"), $0.found) }
      .map { ($0, seeds: try $0.seeds(), found: $1) }
    var failed = false
    for (corpus, seeds, found) in corpora {
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

/// `revfuzz corpus rebuild`: rebuilds the committed corpus from what was found on this machine.
struct CorpusRebuild: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Rebuild it from what was found here.",
    usage: "revfuzz corpus rebuild [<options>]",
    discussion: """
      Writes the seeds of Seeds/TARGET/ to Corpus/TARGET/ as bytes. Then adds inputs that reach \
      all edges, and the smallest that reach other coverage, up to 1200 KB for each target. The \
      candidates come from the present corpus, and from what scripts/fuzz left in out/fuzz/ or, \
      with --state, what campaigns left in that folder. The corpora of a library and of plain \
      bytes are made by hand.

      Run it in the project's folder. Exits with 1 if an input failed; it is left out, and saved \
      in out/fuzz/TARGET/findings.

      Examples:
        revfuzz corpus rebuild --targets FuzzShadow
        revfuzz corpus rebuild --state out/campaign
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

  @OptionGroup var options: CorpusOptions

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
      try await options.rebuild(made) { target in
        runs?.inputs(of: target.name) ?? "out/fuzz/\(target.name)/corpus"
      }
    }
  }
}

/// `revfuzz corpus import`: adds inputs that other machines found to the committed corpus.
struct CorpusImport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Add what other machines found, as a fleet does.",
    usage: "revfuzz corpus import <archive or folder> [<options>]",
    discussion: """
      Rebuilds the committed corpus, as 'corpus rebuild' does, with the inputs in a zip file, a \
      tar file or a folder in place of those in out/fuzz/. It holds the inputs of one target, or a \
      folder or tar file for each target. The name of that folder, or else the given name, says \
      which target; it may be part of a longer name, as in cifuzz-corpus-FuzzShadow.zip.

      Run it in the project's folder. Only scenarios in bytes, of the target's family, are inputs; \
      other files are left out. Needs the program unzip for a zip file. Exits with 1 if an input \
      failed; it is left out, and saved in out/fuzz/TARGET/findings.

      Examples:
        revfuzz corpus import cifuzz-corpus-FuzzShadow.zip
        revfuzz corpus import public.zip --target FuzzShadow
        revfuzz corpus import ../storage/corpus
      """)

  @Argument(
    help: ArgumentHelp("Zip file, tar file or folder of inputs.", valueName: "archive or folder"),
    completion: .file())
  var path: String

  @Option(
    help: ArgumentHelp(
      "Target of the inputs. (default: as folders or the given name say)", valueName: "target"),
    completion: .targets)
  var target: String?

  @OptionGroup var options: CorpusOptions

  func run() async throws {
    try await reportingProblems {
      let fleet = try await FleetCorpus(at: path, in: TargetTable())
      defer { fleet.remove() }
      try await options.rebuild(fleet.targets(asked: target)) { target in
        let found = try fleet.inputs(of: target)
        if found.others > 0 {
          CommandError.note(
            "\(target.name): files that are no \(target.family) scenario in bytes were left out: "
              + "\(found.others) of \(found.inputs + found.others)")
        }
        return found.folder
      }
    }
  }
}
