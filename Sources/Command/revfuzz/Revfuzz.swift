import ArgumentParser

/// The command-line program.
@main
struct Revfuzz: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revfuzz",
    abstract: "Find and explain bugs in nested stage-2 reverse maps.",
    discussion: """
      A scenario file is text (it begins with 'revfuzz-scenario') or bytes, as a fuzz target saves \
      them. replay, explain, shrink, show, sweep and triage take both.

      Examples:
        revfuzz campaign --hours 8
        revfuzz replay out/fuzz/FuzzShadow/findings
        revfuzz shrink crash-1a2b

      Exit codes: 0 done, nothing differed; 1 a divergence, a failed check, or a wrong answer in \
      bench; 64 wrong usage; 65 a file is not a scenario, has an unknown version, or (shrink) does \
      not fail; 66 a file cannot be read; 71 a child process failed; 73 a file cannot be written; \
      130 interrupted or out of time. 'campaign' exits with 0, 1, 2 or 64. docs/Command.md has the \
      full table.
      """,
    groupedSubcommands: [
      CommandGroup(
        name: "Find",
        subcommands: [Generate.self, Enumerate.self, SweepCommand.self, TraceCommand.self]),
      CommandGroup(
        name: "Understand",
        subcommands: [
          Replay.self, Explain.self, Shrink.self, TriageCommand.self, Show.self, Assemble.self,
        ]),
      CommandGroup(
        name: "Long-running",
        subcommands: [CampaignCommand.self, ReportCommand.self, CorpusCommand.self]),
      CommandGroup(name: "Measure", subcommands: [Bench.self, ThroughputCommand.self, Study.self]),
      CommandGroup(name: "Check", subcommands: [Doctor.self]),
      // Started by revfuzz itself, and hidden. A group, because the help omits its last line if the
      // ungrouped subcommands are hidden.
      CommandGroup(name: "Internal", subcommands: [WorkerCommand.self, SuperviseCommand.self]),
    ])
}
