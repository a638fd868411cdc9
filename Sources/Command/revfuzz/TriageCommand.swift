import ArgumentParser
import Campaign
import Files

/// `revfuzz triage`: which of the inputs that failed are new, and what there is to know of each.
struct TriageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "triage",
    abstract: "Sort failing inputs into what is known and what is new, and file the new.",
    discussion: """
      Each file is run \(Reproducibility.runs) times in child processes: it fails steadily, or now and \
      then, or not at all. What fails is classed as the shrinker does: the same check, after the same \
      kind of operation, in the same kind of way. A class that the folder of findings has is counted \
      there; a new one is shrunk, and gets a folder of its own with the input, the scenario that is \
      left, a Swift test, the run drawn step by step, and what is known about it.

      What passes in every run here is run as often by the target that has saved it, if --target names \
      one: a sanitizer, or a limit of time or memory, may see what is not seen here. It is filed as the \
      target's own words have it, and is not shrunk.

      Exits with 0 if there is nothing new, 1 if there is, 71 or 73 if it could not work, and with 65 \
      or 66 if there is nothing new and a file is no scenario, or cannot be read.
      """)

  @Argument(help: "Files that failed, as a fuzz target saves them, or folders of them.")
  var files: [String]

  @Option(help: "Where findings are kept, in a folder each.")
  var findings = "out/findings"

  @Option(help: "The longest to shrink one finding, in seconds.")
  var seconds = 60

  @Option(help: "What was run, for the record: a command line, a build, a seed.")
  var origin = ""

  @Option(help: "The executable that has saved the files.")
  var target: String?

  @Flag(
    help:
      "Print a JSON object for each file and one for the summary, a line each, problems included.")
  var json = false

  @OptionGroup var subject: SubjectOptions

  func validate() throws {
    guard (1...100_000).contains(seconds) else {
      throw ValidationError("--seconds is \(seconds), and may be 1 to 100000.")
    }
  }

  func run() async throws {
    do {
      try await triage()
    } catch let problem as CommandError {
      try report(problem, of: nil)
      throw problem.exitCode
    }
  }

  private func triage() async throws {
    let library = try subject.load()
    var triage = try Triage(
      findings: findings, seconds: seconds, origin: origin, target: target,
      subject: subject.choice, library: library)
    var bad: CommandError?
    for path in try ScenarioFile.files(at: files) {
      do throws(CommandError) {
        let line = try await triage.sort(path)
        try ScenarioFile.write((json ? line.json : "\(line)") + "\n")
      } catch {
        guard error.isOfInput else { throw error }
        try report(error, of: path)
        bad = bad ?? error
      }
    }
    let summary = TriageSummary(triage.tally)
    try ScenarioFile.write((json ? summary.json : "\(summary)") + "\n")
    if triage.tally.new > 0 { throw ExitCode(1) }
    if let bad { throw bad.exitCode }
  }

  /// Reports what is wrong with a file, or with triage itself: in words on standard error, or as JSON
  /// where the results go.
  private func report(_ problem: CommandError, of path: String?) throws(CommandError) {
    guard json else { return problem.print() }
    try ScenarioFile.write(TriageLine(path, problem).json + "\n")
  }
}
