import ArgumentParser
import Campaign
import Files
import Foundation
import Processes

/// `revfuzz campaign`: a long run of every target, from the build to the report.
struct CampaignCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign",
    abstract: "Fuzz for hours, keep what is found, and report.",
    discussion: """
      Builds the fuzz targets, has the doctor look at the machine, and refuses to run if it is not content. \
      Then each target gets processes by its weight, in jobs: with tiny nodes and with nodes as in use, \
      guided by compared values too, and under AddressSanitizer. What fails is run again, sorted and \
      shrunk as it comes. At the end the corpora are minimised, the source that they reach is measured, \
      and report.html says what came of it all.

      Everything that is found lies in the state folder from the moment at which it was found, and the \
      next campaign goes on from there, however this one ends. An interrupt (Ctrl-C) ends it in order, \
      with a report; a second one at once.

      Exits with 0 if nothing new has failed, 1 if something has, and 2 if it could not work or its \
      silence is not to be believed. To be run in the project's folder.
      """)

  @Option(help: "How long to fuzz, in hours; the build, the doctor and the end come on top.")
  var hours: Double?

  @Option(help: "The same in minutes (30).")
  var minutes: Double?

  @Option(
    parsing: .upToNextOption,
    help: "The targets, as in FuzzShadow (all but FuzzForeign; with --subject, FuzzForeign).")
  var targets: [String] = []

  @Option(name: .customLong("jobs"), help: "Processes at a time (one for each core).")
  var concurrency: Int?

  @Option(help: "The folder that keeps what is found.")
  var state = "out/campaign"

  @Option(help: "What every process's seed is made of (a new one each time).")
  var seed: UInt64?

  @Option(
    help: "A folder of targets that scripts/build has made, in place of building all four kinds.")
  var build: String?

  @Option(
    help: ArgumentHelp(
      "With --build: a folder made with --everything, for jobs with a value profile.",
      valueName: "build"))
  var everything: String?

  @Option(
    help: ArgumentHelp(
      "With --build: a folder made with --sanitized, for the sanitized job.", valueName: "build"))
  var sanitized: String?

  @Option(
    help: ArgumentHelp(
      "With --build: a folder made with --coverage, to measure the source that is reached.",
      valueName: "build"))
  var coverage: String?

  /// For tests of the campaign: its silence is not to be believed then, and it says so.
  @Flag(help: .hidden)
  var withoutDoctor = false

  @OptionGroup var subject: SubjectOptions

  /// As sysexits has no number for "could not work" in general, and callers of fuzzers know these three.
  private static let couldNotWork = ExitCode(2)

  /// The longest campaign, in seconds: a month.
  private static let longest = 31.0 * 24 * 3600

  private var seconds: Double { hours.map { $0 * 3600 } ?? (minutes ?? 30) * 60 }

  func validate() throws {
    if hours != nil, minutes != nil {
      throw ValidationError("Give --hours or --minutes, not both.")
    }
    guard seconds >= 1, seconds <= Self.longest else {
      throw ValidationError("The campaign is to last \(seconds) s, and may last 1 s to 31 days.")
    }
    if let concurrency, !(1...1024).contains(concurrency) {
      throw ValidationError("--jobs is \(concurrency), and may be 1 to 1024.")
    }
    if build == nil, everything ?? sanitized ?? coverage != nil {
      throw ValidationError(
        "--everything, --sanitized and --coverage go with --build; without it they are built.")
    }
  }

  func run() async throws {
    Interrupt.watch()
    // Nobody may be there to read, and a process that is written to may have gone.
    signal(SIGPIPE, SIG_IGN)
    do {
      try await campaign()
    } catch let code as ExitCode {
      throw code
    } catch {
      // With 1, which is what an error that nobody has caught exits with, it would be a finding.
      let problem = error as? CommandError ?? .unfinished("the campaign", "\(error)")
      problem.print()
      throw Self.couldNotWork
    }
  }

  private func campaign() async throws {
    // Before anything takes time: whether there can be a campaign at all.
    _ = try subject.load()
    let options = CampaignOptions(
      seconds: Int(seconds), targets: targets, concurrency: concurrency, state: state, seed: seed,
      build: build,
      everything: everything, sanitized: sanitized, coverage: coverage,
      hasDoctor: !withoutDoctor, subject: subject.choice,
      command: CommandLine.arguments.dropFirst().reduce("revfuzz") { $0 + " " + $1 })
    let result = try await options.run()
    switch result.verdict {
    // What was found is worse than that nobody can read of it.
    case .failed: throw ExitCode(1)
    case .inconclusive: throw Self.couldNotWork
    case .clean: if !result.isReported { throw Self.couldNotWork }
    }
  }
}
