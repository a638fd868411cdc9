import Differential

/// A run that ended its process: how, and where.
package struct ProcessFailure: Sendable {
  /// How the run ended, as the verb in the failure's name.
  package enum Symptom: String, Sendable {
    case traps
    /// The run exceeded its time limit.
    case hangs
    case exits
    case leaksMemory = "leaks-memory"
    case failsUnderASanitizer = "fails-under-a-sanitizer"
    case needsTooMuchMemory = "needs-too-much-memory"
    /// A fuzz target found a divergence and ended.
    case differs
  }

  package var symptom: Symptom
  /// Where it failed, if known: a signal and the innermost function of the executable, an exit
  /// code, or a sanitizer's summary line.
  package var place: String
  /// The last line on standard error, or the line with the fatal error.
  package var stderrTail: String
  /// The call into a library that was running; empty if none was.
  package var call: String
  /// The time limit in milliseconds, if the run exceeded it.
  package var limit: Int?

  package init(
    symptom: Symptom, place: String = "", stderrTail: String = "", call: String = "",
    limit: Int? = nil
  ) {
    self.symptom = symptom
    self.place = place
    self.stderrTail = stderrTail
    self.call = call
    self.limit = limit
  }

  /// What is known besides symptom and place, in one line.
  package var detail: String {
    if let limit { return "it takes more than \(limit) ms" + (call.isEmpty ? "" : ", in " + call) }
    return !stderrTail.isEmpty || call.isEmpty ? stderrTail : "during " + call
  }

  /// The part of the detail that identifies the failure, without numbers. Empty for a hang, whose
  /// detail is the time limit.
  package var signature: String {
    symptom == .hangs ? "" : FailureSignature.withoutNumbers(detail)
  }
}

extension ProcessFailure: CustomStringConvertible {
  /// For example, `traps (signal 4; Map.swift:9: Fatal error: no node)`.
  package var description: String {
    let known = [place, detail].filter { !$0.isEmpty }.joined(separator: "; ")
    return known.isEmpty ? symptom.rawValue : "\(symptom.rawValue) (\(known))"
  }

  /// The report on the file at `path`, whose scenario ends the process that runs it.
  package func report(of path: String) -> String {
    "\(path): \(self)\n  'revfuzz shrink' reduces the scenario; --here runs it in this process, "
      + "for a debugger\n"
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
