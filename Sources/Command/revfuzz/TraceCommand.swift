import ArgumentParser
import Differential
import FileNames
import Files
import ForeignMap
import Harnesses
import Presentation
import Scenario
import Traces

/// `revfuzz trace`: replays what really happened on a host.
struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Replay what really happened on a host.",
    usage: "revfuzz trace <file> [<options>]",
    discussion: """
      Runs the events of a trace (docs/Traces.md) on the reverse map, its oracle and the ground \
      truth. Compares the answers to every event. Compares all entries, and checks that every live \
      mapping is covered and that the trees are intact, after every --check-every events and at \
      the end. Prints what the trace consists of and what the map made of it.

      If a check fails, prints the event, and cuts the events around it into a scenario that fails \
      too, of at most \(Limits.operations) operations, which 'replay' and 'shrink' take.

      The file may be packed by gzip, which must then be installed; - is standard input. Use a \
      release build (-c release).

      Exit codes: 0 nothing differed; 1 a check failed; 65 a line is not one of a trace.

      Examples:
        revfuzz trace Traces/run-b.txt.gz
        revfuzz trace --direct off --json figures.json my-trace.txt
      """)

  @Argument(
    help: "The trace, as text or packed by gzip; - for standard input.", completion: .file())
  var file: String

  @Option(
    help: "Whether maps have a direct map: \(names(of: Switch.self)). (default: on)",
    completion: .choices(of: Switch.self), transform: choice(named:))
  var direct: Switch = .on

  @Option(
    help: ArgumentHelp(
      "Events between two checks of everything, 1 to 1000000000.", valueName: "events"))
  var checkEvery = 10_000

  @Option(
    help: ArgumentHelp("File for the figures as one JSON document.", valueName: "file"),
    completion: .file())
  var json: String?

  @Option(
    name: .customLong("out"),
    help: ArgumentHelp("Folder for the scenario of a failure.", valueName: "folder"),
    completion: .directory)
  var folder = "out/traces"

  @Option(
    help: ArgumentHelp(
      "Library whose map runs in place of the project's own; see docs/YourOwnMap.md.",
      valueName: "library"),
    completion: .file())
  var subject: String?

  /// A faulty subject, with which tests show that failures are detected.
  @Option(help: .hidden)
  var canary: CanaryFault?

  func validate() throws {
    guard (1...1_000_000_000).contains(checkEvery) else {
      throw ValidationError("--check-every is \(checkEvery); it must be 1 to 1000000000.")
    }
  }

  func run() async throws {
    try await reportingProblems {
      let result = json.map { ResultFile(path: $0) }
      try result?.checkWritable()
      let trace = try await TraceFile(file)
      let run = try TraceRun(
        trace, on: try maps(), hasDirectMap: direct == .on, checkingEvery: checkEvery)
      let outcome = try self.outcome(of: run)
      if let fault = outcome.fault {
        try report(fault, shownBy: outcome.shownBy, of: run)
        throw ExitCode(1)
      }
      let report = TraceReport(
        trace: trace.name, lines: run.lines, directMap: run.hasDirectMap, figures: outcome.tally)
      try ScenarioFile.write(report.table)
      try result?.write(try report.json())
    }
  }

  /// The maps that the options name.
  private func maps() throws(CommandError) -> TraceSubject {
    if let canary { return .canary(canary) }
    guard let subject else { return .production }
    return .library(try SubjectOptions.load(subject, ForeignOptions()))
  }

  /// Runs the trace and shows the progress.
  private func outcome(of run: TraceRun) throws -> TraceRun.Result {
    var progress = Progress(total: run.lines, unit: "lines")
    defer { progress.end() }
    return try run.run { progress.advance(to: $0) }
  }

  /// Prints a failure, and cuts it out.
  private func report(
    _ fault: TraceFault, shownBy shown: TraceFault?, of run: TraceRun
  ) throws {
    let name = file == "-" ? "standard input" : FileName.shown(file)
    let event = try run.event(upTo: fault.line)
    var lines = [
      "revfuzz: DIVERGENCE in \(name):\(fault.line): \(fault.check.rawValue), mmu \(fault.mmu)",
      "event      \(event.map { "\($0)" } ?? "end of the trace")",
      "expected   \(fault.expected)",
      "actual     \(fault.actual)",
    ]
    if let shown {
      lines += [
        "shown at   line \(shown.line): \(shown.check.rawValue)",
        "expected   \(shown.expected)",
        "actual     \(shown.actual)",
      ]
    }
    try ScenarioFile.write(lines.joined(separator: "\n") + "\n\n")
    guard let cut = try TraceCut.cut(fault, of: run) else {
      try ScenarioFile.write(
        "no scenario of up to \(Limits.operations) of the events before it fails as well\n")
      return
    }
    let results = ResultFolder(path: folder)
    try results.make()
    let header = "# Cut from \(name), line \(fault.line).\n"
    let path = try results.write(
      header + cut.scenario.text, named: "line-\(fault.line)", "scenario")
    try ScenarioFile.write(
      cut.divergence.report(of: FileName.shown(path)) + "\nwrote \(FileName.shown(path))\n")
  }
}

/// The values of --direct.
enum Switch: CaseIterable { case on, off }
