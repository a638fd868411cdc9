import ArgumentParser

/// The command: everything that is done to a scenario by hand.
@main
struct Revfuzz: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revfuzz",
    abstract:
      "Replays, explains and makes scenarios for nested stage-2 reverse maps, and fuzzes for hours.",
    discussion: """
      A scenario file is text (it begins with 'revfuzz-scenario') or bytes as a fuzz target \
      saves them; replay, explain and show take both.

      Exit codes: 0 done, and nothing differed; 1 a divergence was found, or a map that \
      was timed gave a wrong answer; 64 wrong usage; 65 a file is no scenario, or one of an \
      unknown version, or does not fail where it has to; 66 a file cannot be read; 71 a child \
      process cannot be started; 73 a file cannot be written; 130 shrinking was ended before it \
      was done. A campaign has three of its own: see 'revfuzz campaign --help'.
      """,
    subcommands: [
      Replay.self, Shrink.self, Explain.self, Show.self, Assemble.self, Generate.self,
      Enumerate.self, SweepCommand.self, Bench.self, CampaignCommand.self, ReportCommand.self,
      Doctor.self, TriageCommand.self, CorpusCommand.self, ThroughputCommand.self, Study.self,
      WorkerCommand.self, SuperviseCommand.self,
    ])
}
