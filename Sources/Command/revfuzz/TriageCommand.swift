import ArgumentParser
import Campaign
import Files
import Foundation

/// `revfuzz triage`: sorts failing inputs into known and new findings.
struct TriageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "triage",
    abstract: "Sort failing inputs into known and new findings.",
    usage: "revfuzz triage <files> ... [<options>]",
    discussion: """
      Runs each file \(Reproducibility.runs) times in child processes, to see how often it fails. \
      Two failures have the same signature if the same check fails, after the same kind of \
      operation, with the same symptom. A failure with a known signature is counted in the folder \
      of that finding. A failure with a new one is shrunk, and gets a folder with the input, the \
      shrunk scenario, a Swift test, the run drawn step by step, and about.json.

      A file that passes every run is run \(Reproducibility.runs) times by --target too, if given: \
      a sanitizer, or a limit of time or memory, may fail only there. Such a finding is stored \
      with the target's output and is not shrunk.

      Exit codes: 0 nothing new; 1 a new finding; 65 or 66 nothing new, but a file is not a \
      scenario or cannot be read; 71 or 73 triage could not work.

      Examples:
        revfuzz triage out/fuzz/FuzzShadow/findings
        revfuzz triage crash-1a2b --findings out/findings --json
        revfuzz triage crash-1a2b --sarif > triage.sarif
      """)

  @Argument(
    help: "Files that failed, as a fuzz target saves them, or folders of them.",
    completion: .file())
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Folder of findings; each finding is a folder in it.", valueName: "folder"),
    completion: .directory)
  var findings = "out/findings"

  @Option(
    help: ArgumentHelp(
      "Time limit for shrinking a finding, 1 to 100000 seconds.", valueName: "seconds"))
  var seconds = 60

  @Option(
    help: ArgumentHelp(
      "Where the files came from, for about.json: a command line, a build, a seed.",
      valueName: "text"))
  var origin = ""

  @Option(
    help: ArgumentHelp("Fuzz target (executable) that saved the files.", valueName: "file"),
    completion: .file())
  var target: String?

  @Flag(help: "Print JSON, an object on each line: for each file or problem, and for the summary.")
  var json = false

  @Flag(help: "Print one SARIF 2.1.0 document, with a result for each file that fails.")
  var sarif = false

  @OptionGroup(title: "Subject Options") var subject: SubjectOptions

  func validate() throws {
    if json, sarif { throw ValidationError("Give --json or --sarif, not both.") }
    guard (1...100_000).contains(seconds) else {
      throw ValidationError("--seconds is \(seconds); it must be 1 to 100000.")
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
      findings: findings, seconds: seconds, origin: origin,
      // A name without a slash would be looked up in PATH.
      target: target.map(FileSystem.absolute),
      subject: subject.choice, library: library)
    var bad: CommandError?
    var log = SarifLog()
    let paths = try ScenarioFile.files(at: files)
    // Not with --json, where a campaign reads both streams.
    defer { if !json { subject.noteMissingLibrary(for: paths) } }
    for path in paths {
      do throws(CommandError) {
        let line = try await triage.run(path)
        if sarif {
          log.add(line, path)
        } else {
          try ScenarioFile.write((json ? line.json : "\(line)") + "\n")
        }
      } catch {
        guard error.isOfInput else { throw error }
        try report(error, of: path)
        bad = bad ?? error
      }
    }
    let summary = TriageSummary(triage.tally)
    try ScenarioFile.write((sarif ? log.json : json ? summary.json : "\(summary)") + "\n")
    if triage.tally.notReproduced > 0, !json, !sarif, let hint = subject.hintOfState {
      CommandError.note("\(triage.tally.notReproduced) not reproduced: \(hint)")
    }
    if triage.tally.new > 0 { throw ExitCode(1) }
    if let bad { throw bad.exitCode }
  }

  /// Reports a problem of the file at `path`, or of triage itself if `path` is nil: as text on
  /// standard error, or with --json as an object on standard output.
  private func report(_ problem: CommandError, of path: String?) throws(CommandError) {
    guard json else { return problem.print() }
    try ScenarioFile.write(TriageLine(path, problem).json + "\n")
  }
}
