import Differential
import Presentation
import Scenario

/// A run that ended its process: how, and where.
package struct ProcessFailure: Sendable {
  /// How the run ended, as the verb in the failure's name.
  package enum Symptom: String, Sendable {
    case traps
    /// The run exceeded its time limit.
    case hangs
    case exits
    /// SIGKILL ended the process, twice in a row.
    case isKilled = "is-killed"
    case leaksMemory = "leaks-memory"
    case failsUnderASanitizer = "fails-under-a-sanitizer"
    case needsTooMuchMemory = "needs-too-much-memory"
    /// A fuzz target found a divergence and ended.
    case differs
  }

  /// An instruction in a library.
  package struct Instruction: Hashable, Sendable {
    /// The library's path.
    package var library: String
    /// The offset from the library's start.
    package var address: UInt64

    package init(library: String, address: UInt64) {
      self.library = library
      self.address = address
    }
  }

  package var symptom: Symptom
  /// Where it failed, if known: a signal and the innermost function of the executable or of the
  /// library, an exit code, or a sanitizer's summary without files and lines.
  package var place: String
  /// The same place for a reader, with the file and the line if they are known. May be empty. It is
  /// no part of the failure's identity: it depends on the tools of this machine, and changes with
  /// every edit of the source.
  package var location: String
  /// The instruction that failed, if it is in a library.
  package var instruction: Instruction?
  /// The last line on standard error, or the line with the fatal error.
  package var stderrTail: String
  /// The call into a library that was running; empty if none was.
  package var call: String
  /// The time limit in milliseconds, if the run exceeded it.
  package var limit: Int?

  package init(
    symptom: Symptom, place: String = "", location: String = "", instruction: Instruction? = nil,
    stderrTail: String = "", call: String = "", limit: Int? = nil
  ) {
    self.symptom = symptom
    self.place = place
    self.location = location
    self.instruction = instruction
    self.stderrTail = stderrTail
    self.call = call
    self.limit = limit
  }

  /// What is known besides symptom and place, in one line.
  package var detail: String {
    if let limit { return "it takes more than \(limit) ms" + (call.isEmpty ? "" : ", in " + call) }
    return [stderrTail, call.isEmpty ? "" : "during " + call].filter { !$0.isEmpty }
      .joined(separator: "; ")
  }

  /// The part of the detail that identifies the failure, without numbers. Empty for a hang, whose
  /// detail is the time limit.
  package var signature: String {
    symptom == .hangs ? "" : FailureSignature.withoutNumbers(detail)
  }

  /// A sanitizer's summary reduced to the error and the function: paths, lines and addresses differ
  /// between checkouts and builds. O(summary).
  package static func withoutPlaces(_ summary: String) -> String {
    summary.replacing(#/ \(BuildId: [^)]*\)/#, with: "").split(separator: " ")
      .filter { !$0.contains("/") && !$0.contains(#/^0x|:[0-9]/#) }.joined(separator: " ")
  }
}

extension ProcessFailure: CustomStringConvertible {
  /// For example, `traps (signal 11 in insert at map.c:9; during record of [0x0, 0xfff] -> 0x0 in
  /// NAME)`.
  package var description: String {
    let known = [location.isEmpty ? place : location, detail].filter { !$0.isEmpty }
      .joined(separator: "; ")
    return known.isEmpty ? symptom.rawValue : "\(symptom.rawValue) (\(known))"
  }

  /// The report on the file at `path`, whose `scenario` ends the process that runs it.
  package func report(of path: String, _ scenario: Scenario) -> String {
    "\(path): \(self)\n" + scenario.listing(indent: "  ")
      + "  'revfuzz shrink' reduces the scenario; --here runs it in this process, for a debugger\n"
  }
}

extension ProcessFailure: Hashable {
  /// Failures are equal if symptom and place are. For traps the signatures must be equal too,
  /// because the source position of a fatal error is in the detail.
  package static func == (one: ProcessFailure, other: ProcessFailure) -> Bool {
    one.symptom == other.symptom && one.place == other.place
      && (one.symptom != .traps || one.signature == other.signature)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(symptom)
    hasher.combine(place)
    if symptom == .traps { hasher.combine(signature) }
  }
}
