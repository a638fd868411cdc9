import ArgumentParser
import Differential
import Files
import Foundation
import Harnesses
import Presentation
import Processes
import Scenario

/// `revfuzz explain`: draws a scenario step by step, with the entries of subject and oracle.
struct Explain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a scenario step by step.",
    usage: "revfuzz explain <file> [<options>]",
    discussion: """
      Prints each operation up to the first difference, with its answer. Where an operation \
      changes entries, draws the entries of the oracle and of the subject along one axis of \
      addresses. Ends with the divergence, as 'revfuzz replay' prints it. Lines are as wide as the \
      terminal; in a file or a pipe they have COLUMNS characters, or 100 if that is not set.

      The scenario runs in a child process first; if it traps or hangs there, it is not drawn. \
      Exits with 1 if it diverges, traps or hangs.

      Examples:
        revfuzz explain crash-1a2b
        revfuzz explain my.scenario --from 5 --to 8
        revfuzz explain --subject my-map.so crash-1a2b
      """)

  @Argument(help: "Scenario file, text or bytes.", completion: .file())
  var file: String

  @Option(help: ArgumentHelp("Number of the first step to show.", valueName: "step"))
  var from = 1

  @Option(
    help: ArgumentHelp(
      "Number of the last step to show. (default: the last of all)", valueName: "step"))
  var to: Int?

  func validate() throws {
    guard from >= 1 else {
      throw ValidationError("--from is \(from); it must be 1 or more. The first step is step 1.")
    }
    if let to, to < from {
      throw ValidationError("--to is \(to); it must not be less than --from, which is \(from).")
    }
  }

  @Flag(help: "Run only in this process, for a debugger. A trap ends the command.")
  var here = false

  @OptionGroup(title: "Subject Options") var subject: SubjectOptions

  func run() async throws {
    try await reportingProblems {
      let library = try subject.load()
      let scenario = try ScenarioFile.load(file, for: library)
      defer { subject.noteMissingLibrary(for: [file]) }
      if !here,
        case .failure(let failure) = try await subject.workers.outcomes(of: [scenario]).first
      {
        try ScenarioFile.write(failure.report(of: library.run(of: file), scenario))
        throw ExitCode(1)
      }
      var harness = ScenarioHarness(subject: library, canary: subject.canary)
      let trace = harness.trace(scenario)
      let explanation = Explanation(of: trace, width: Terminal.width)
      var text = ""
      if let library, !trace.isCompared {
        let entries = library.listsEntries ? "" : " It lists no entries, so none are drawn."
        text += "\(library.name) only has to be sound, so it is not compared with the oracle."
        text += entries + "\n"
      }
      for line in explanation.lines(of: (from - 1)..<(to ?? .max)) {
        text += Terminal.styled(line) + "\n"
      }
      if let divergence = trace.divergence { text += divergence.report(of: library.run(of: file)) }
      try ScenarioFile.write(text)
      if trace.divergence != nil { throw ExitCode(1) }
    }
  }
}

/// The properties of standard output.
private enum Terminal {
  private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The width of a line, in characters.
  static var width: Int {
    var size = winsize()
    if isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
    return columns.flatMap { $0 > 0 ? $0 : nil } ?? 100
  }

  /// The line, coloured if standard output is a terminal and NO_COLOR is not set.
  static func styled(_ line: ExplanationLine) -> String {
    let noColor = ProcessInfo.processInfo.environment["NO_COLOR"] ?? ""
    guard isTerminal, noColor.isEmpty else { return line.text }
    switch line.emphasis {
    case .plain: return line.text
    case .heading: return "\u{1b}[1m\(line.text)\u{1b}[0m"
    case .mark: return "\u{1b}[31m\(line.text)\u{1b}[0m"
    }
  }
}
