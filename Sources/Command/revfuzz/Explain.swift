import ArgumentParser
import Differential
import Files
import Foundation
import Presentation
import Processes
import Scenario

/// `revfuzz explain`: a scenario step by step, with what subject and oracle hold.
struct Explain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a scenario step by step, down to where subject and oracle part.",
    discussion: """
      Prints each operation with its answer and, where it changed something, the entries of the \
      oracle ('oracle') and of the subject along one axis of addresses, then the divergence as \
      replay prints it. Lines are as wide as the terminal, or as COLUMNS says, or 100 characters. \
      A scenario that traps or hangs in a child process is not drawn. Exits with 1 if it does, or if \
      the two differ.
      """)

  @Argument(help: "A scenario file, text or bytes.")
  var file: String

  @Option(help: "The first step to show.")
  var from = 1

  @Option(help: "The last step to show (default: the last there is).")
  var to: Int?

  func validate() throws {
    guard from >= 1 else { throw ValidationError("--from is \(from), and steps begin with 1.") }
    if let to, to < from {
      throw ValidationError("--to is \(to), and must not be less than --from, which is \(from).")
    }
  }

  @Flag(help: "Run it in this process alone: a trap ends it.")
  var here = false

  @OptionGroup var subject: SubjectOptions

  func run() async throws {
    try await reportingProblems {
      let library = try subject.load()
      let scenario = try ScenarioFile.load(file, for: library)
      if !here,
        case .failure(let failure) = try await subject.workers.outcomes(of: [scenario]).first
      {
        try ScenarioFile.write(failure.report(of: library.run(of: file)))
        throw ExitCode(1)
      }
      var harness = ScenarioHarness(subject: library, canary: subject.canary)
      let trace = harness.trace(scenario)
      let explanation = Explanation(of: trace, width: Terminal.width)
      var text = ""
      if let library, !library.listsEntries {
        text += "\(library.name) lists no entries, so none are drawn.\n"
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

/// What standard output is.
private enum Terminal {
  private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Characters in a line.
  static var width: Int {
    var size = winsize()
    if isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    let said = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
    return said.flatMap { $0 > 0 ? $0 : nil } ?? 100
  }

  /// The line with colour, where that is wanted: not in a file, and not with NO_COLOR.
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
