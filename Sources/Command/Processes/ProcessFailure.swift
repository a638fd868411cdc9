import Differential

/// How a run ended its process.
package struct ProcessFailure: Sendable {
  /// What the run did, as the verb of a failure's name.
  package enum Symptom: String, Sendable {
    case traps
    /// It took longer than it may.
    case hangs
    case exits
    case leaksMemory = "leaks-memory"
    case failsUnderASanitizer = "fails-under-a-sanitizer"
    case needsTooMuchMemory = "needs-too-much-memory"
    /// A fuzz target saw a divergence and ended.
    case differs
  }

  package var symptom: Symptom
  /// Where, as far as is known: the innermost function of the executable, or a sanitizer's summary.
  package var place: String
  /// The last line on standard error, or the one with the fatal error.
  package var stderrTail: String
  /// The call into a library that was running.
  package var call: String
  /// The time that a run may take, in milliseconds, if it took longer.
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

  /// What is known beside symptom and place, in one line.
  package var detail: String {
    if let limit { return "it takes more than \(limit) ms" + (call.isEmpty ? "" : ", in " + call) }
    return !stderrTail.isEmpty || call.isEmpty ? stderrTail : "during " + call
  }

  /// The detail without numbers, as far as it tells this failure from others: that of a hang is about
  /// the limit.
  package var signature: String {
    symptom == .hangs ? "" : FailureSignature.withoutNumbers(detail)
  }
}

extension ProcessFailure: CustomStringConvertible {
  /// As in `traps (signal 4; Map.swift:9: Fatal error: no node)`.
  package var description: String {
    let known = [place, detail].filter { !$0.isEmpty }.joined(separator: "; ")
    return known.isEmpty ? symptom.rawValue : "\(symptom.rawValue) (\(known))"
  }

  /// The report on the file at `path`, whose scenario ends the process that runs it.
  package func report(of path: String) -> String {
    "\(path): \(self)\n  'revfuzz shrink' finds the operations that it takes; --here runs it in this "
      + "process, for a debugger\n"
  }
}

extension ProcessFailure: Hashable {
  /// Failures are equal if symptom and place are; traps, if their details are as well, without numbers: a
  /// fatal error has its place in the source there.
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
