import ArgumentParser
import Campaign
import Files
import Foundation
import Presentation
import Processes

/// `revfuzz campaign`: runs every target for hours, from the build to the report.
struct CampaignCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign",
    abstract: "Fuzz for hours and write a report.",
    usage: "revfuzz campaign [<options>]",
    discussion: """
      Builds the fuzz targets and runs the checks of 'revfuzz doctor'; if one fails, the campaign \
      does not start. It then runs each target as several jobs: with tiny and with production \
      nodes, with a value profile, and under AddressSanitizer. Failures are run again, classified \
      and shrunk as they arrive. At the end it minimises the corpora, measures source coverage, \
      and writes report.html.

      Findings are saved in the state folder at once, and the next campaign continues from there, \
      however this one ends. After Ctrl-C the campaign stops fuzzing and writes its report; a \
      second Ctrl-C ends it immediately.

      Run it in the project's folder. Exit codes: 0 nothing new failed; 1 something new failed; 2 \
      the campaign could not run, or its result is INCONCLUSIVE; 64 wrong usage.

      Examples:
        revfuzz campaign --hours 8
        revfuzz campaign --minutes 30 --targets FuzzShadow FuzzRangeTree
        revfuzz campaign --hours 8 --subject my-map.so --state out/my-map
      """)

  @Option(
    help: "Fuzzing time in hours, such as 8 or 0.5. Building, checking and reporting come on top.")
  var hours: Double?

  @Option(help: "Fuzzing time in minutes. (default: 30)")
  var minutes: Double?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Targets to run. (default: all but FuzzForeign; with --subject: FuzzForeign)",
      valueName: "target"),
    completion: .targets)
  var targets: [String] = []

  @Option(
    name: .customLong("jobs"),
    help: ArgumentHelp(
      "Processes to run at a time, 1 to 1024. (default: one for each core)",
      valueName: "processes"))
  var concurrency: Int?

  @Option(
    help: ArgumentHelp("Folder for corpora, findings and reports.", valueName: "folder"),
    completion: .directory)
  var state = "out/campaign"

  @Option(
    help: """
      Seed, a whole number from 0 to 2^64 - 1, from which the seed of each process is derived. \
      (default: a random one)
      """)
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Folder of targets that scripts/build has built. (default: build every variant)",
      valueName: "folder"),
    completion: .directory)
  var build: String?

  @Option(
    help: ArgumentHelp(
      "With --build: folder built with 'scripts/build --everything', for value-profile jobs.",
      valueName: "folder"),
    completion: .directory)
  var everything: String?

  @Option(
    help: ArgumentHelp(
      "With --build: folder built with 'scripts/build --sanitized', for AddressSanitizer jobs.",
      valueName: "folder"),
    completion: .directory)
  var sanitized: String?

  @Option(
    help: ArgumentHelp(
      "With --build: folder built with 'scripts/build --coverage', to measure source coverage.",
      valueName: "folder"),
    completion: .directory)
  var coverage: String?

  /// For tests of the campaign: skips the doctor. The result is then INCONCLUSIVE at best.
  @Flag(help: .hidden)
  var withoutDoctor = false

  @OptionGroup(title: "Subject Options") var subject: SubjectOptions

  /// The exit code for "could not run" and INCONCLUSIVE. Fuzzer drivers expect 0, 1 and 2, and
  /// sysexits.h has no code for a general failure.
  private static let couldNotWork = ExitCode(2)

  /// The longest campaign, in seconds: 31 days.
  private static let longest = 31.0 * 24 * 3600

  private var seconds: Double { hours.map { $0 * 3600 } ?? (minutes ?? 30) * 60 }

  func validate() throws {
    if hours != nil, minutes != nil {
      throw ValidationError("Give --hours or --minutes, not both.")
    }
    guard seconds >= 1, seconds <= Self.longest else {
      let given = hours.map { "--hours is \($0)" } ?? "--minutes is \(minutes ?? 30)"
      throw ValidationError("\(given); the fuzzing time must be 1 second to 31 days (744 hours).")
    }
    if let concurrency, !(1...1024).contains(concurrency) {
      throw ValidationError("--jobs is \(concurrency); it must be 1 to 1024.")
    }
    if build == nil, everything ?? sanitized ?? coverage != nil {
      throw ValidationError(
        "--everything, --sanitized and --coverage need --build; "
          + "without it the campaign builds every variant.")
    }
  }

  func run() async throws {
    Interrupt.watch()
    // The reader of standard output, or a child process, may be gone when this process writes.
    signal(SIGPIPE, SIG_IGN)
    do {
      try await campaign()
    } catch let code as ExitCode {
      throw code
    } catch {
      // An uncaught error exits with 1, which means a finding.
      let problem = error as? CommandError ?? .unfinished("the campaign", "\(error)")
      problem.print()
      throw Self.couldNotWork
    }
  }

  private func campaign() async throws {
    // Report an unusable library before the build, which takes minutes.
    var choice = subject.choice
    choice.name = try subject.load()?.name
    let options = CampaignOptions(
      seconds: Int(seconds), targets: targets, concurrency: concurrency, state: state, seed: seed,
      build: build,
      everything: everything, sanitized: sanitized, coverage: coverage,
      hasDoctor: !withoutDoctor, subject: choice,
      command: (["revfuzz"] + CommandLine.arguments.dropFirst().map(shellWord))
        .joined(separator: " "))
    let result = try await options.run()
    switch result.verdict {
    // A finding takes precedence over a report that could not be written.
    case .failed: throw ExitCode(1)
    case .inconclusive: throw Self.couldNotWork
    case .clean: if !result.isReported { throw Self.couldNotWork }
    }
  }
}
