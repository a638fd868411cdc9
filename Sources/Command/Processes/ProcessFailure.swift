import Differential

/// How a run ended its process.
package struct Death {
  /// What the run did, as a verb of a failure's name: `traps`, `hangs`, ...
  package var deed: String
  /// Where, as far as is known: the innermost function of the executable, or a sanitizer's summary.
  package var place = ""
  /// The last words on standard error.
  package var lastWords = ""

  package init(deed: String, place: String = "", lastWords: String = "") {
    self.deed = deed
    self.place = place
    self.lastWords = lastWords
  }

  /// The deed of a run that takes longer than it may.
  package static let hang = "hangs"
}

extension Death: CustomStringConvertible {
  /// `traps (signal 4 ...)`, with the last words.
  package var description: String {
    let words = [place, lastWords].filter { !$0.isEmpty }.joined(separator: "; ")
    return words.isEmpty ? deed : "\(deed) (\(words))"
  }

  /// One line about the file at `path`, whose scenario ends the process of whoever runs it.
  package func report(of path: String) -> String {
    "\(path): \(self)\n  'revfuzz shrink' finds the operations that it takes; --here runs it in this "
      + "process, for a debugger\n"
  }
}

extension Death: Hashable {
  /// Deaths are the same in the same place and with the same words, their numbers left out; of a
  /// hang, the words are about the limit.
  package static func == (one: Death, other: Death) -> Bool {
    one.deed == other.deed && one.place == other.place && one.sense == other.sense
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(deed)
    hasher.combine(place)
    hasher.combine(sense)
  }

  /// The words of a trap: a fatal error has its place in the source there.
  private var sense: String {
    deed == "traps" ? FailureKind.withoutNumbers(lastWords) : ""
  }
}
