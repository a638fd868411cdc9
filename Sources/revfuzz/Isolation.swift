import CTrial
import Foundation
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// How a run ended its process.
struct Death: Hashable {
  /// What the run did, as a verb of a failure's name: `traps`, `hangs`, ...
  var deed: String
  /// Where, as far as is known: the innermost function of the executable, or a sanitizer's summary.
  var place: String
  /// The last words on standard error. Not part of which death it is: they may have addresses.
  var lastWords = ""

  /// The deed of a run that takes longer than it may.
  static let hang = "hangs"

  static func == (one: Death, other: Death) -> Bool {
    one.deed == other.deed && one.place == other.place
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(deed)
    hasher.combine(place)
  }
}

/// What came of a run.
enum TrialOutcome {
  case answer(TrialAnswer)
  case death(Death)
}

/// Runs scenarios in a child process, which lives on from run to run until one ends it; then there is
/// a new one. So a run that traps, hangs or dies under a sanitizer is an outcome like any other.
enum Isolation {
  /// The most that a child may say on standard error, in bytes: many times a sanitizer's report.
  private static let mostWords = 1 << 22

  /// Gives each scenario that `next` hands out to a child, and what came of it to `take`, until
  /// there is none.
  ///
  /// - Parameter child: the command that the child is; `revfuzz trial` but in tests.
  /// - Throws: `unstartable` if there can be no child.
  static func run(
    by child: (path: String, arguments: [String]) = (executable, ["trial"]),
    next: () -> TrialRequest?, take: (TrialOutcome) -> Void
  ) async throws(FileProblem) {
    var request = next()
    // A child that has died takes no request; that shows when its answer is missing.
    signal(SIGPIPE, SIG_IGN)
    while request != nil {
      var lastLine = ""
      let status: TerminationStatus
      let words: String
      do {
        // An interrupt from the keyboard is for the parent, which then ends its children.
        var options = PlatformOptions()
        options.processGroupID = 0
        let result = try await Subprocess.run(
          .path(FilePath(child.path)), arguments: Arguments(child.arguments),
          environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]),
          platformOptions: options, input: .inputWriter, output: .sequence,
          error: .string(limit: Self.mostWords)
        ) { process in
          var lines = process.standardOutput.strings().makeAsyncIterator()
          while let current = request {
            let line = try JSONEncoder().encode(current) + [10]
            _ = try? await process.standardInputWriter.write([UInt8](line))
            // A subject may print, too.
            var answer: TrialAnswer?
            while answer == nil, let text = try await lines.next() {
              answer = try? JSONDecoder().decode(TrialAnswer.self, from: Data(text.utf8))
              if Trial.isLastLine(text) { lastLine = text }
            }
            guard let answer else { return }
            take(.answer(answer))
            request = next()
          }
          try? await process.standardInputWriter.finish()
        }
        status = result.terminationStatus
        words = result.standardError
      } catch {
        throw .unstartable("a child process", "\(error)")
      }
      if let late = request {
        take(.death(try death(status, lastLine, words, limit: late.limit)))
        request = next()
      }
    }
  }

  private static func death(
    _ status: TerminationStatus, _ line: String, _ words: String, limit: Int
  ) throws(FileProblem) -> Death {
    let said = words.split(separator: "\n").map(String.init)
    let lastWords = said.last ?? ""
    if let summary = said.last(where: { $0.hasPrefix("SUMMARY: ") }) {
      return Death(deed: "fails-under-a-sanitizer", place: summary)
    }
    if line == Trial.leakLine {
      return Death(deed: "leaks-memory", place: "", lastWords: lastWords)
    }
    switch status {
    case .signaled(SIGALRM):
      return Death(deed: Death.hang, place: "", lastWords: "it takes more than \(limit) ms")
    case .signaled(let number):
      // The words of a fatal error say where it is; else the innermost function does.
      let place = said.first { $0.contains("Fatal error") }
      let function = line.split(separator: " ").dropFirst(2).first
      return Death(
        deed: "traps",
        place: place ?? "signal \(number)" + (function.map { " in the function at \($0)" } ?? ""))
    case .exited(let code):
      // No scenario does that.
      throw .unstartable("a child process", "it ends with code \(code); \(lastWords)")
    }
  }

  /// This executable.
  static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }
}
