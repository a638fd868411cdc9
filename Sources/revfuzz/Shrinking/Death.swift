import Differential

/// How a run ended its process.
struct Death {
  /// What the run did, as a verb of a failure's name: `traps`, `hangs`, ...
  var deed: String
  /// Where, as far as is known: the innermost function of the executable, or a sanitizer's summary.
  var place = ""
  /// The last words on standard error.
  var lastWords = ""

  /// The deed of a run that takes longer than it may.
  static let hang = "hangs"
}

extension Death: Hashable {
  /// Deaths are the same in the same place and with the same words, their numbers left out; of a
  /// hang, the words are about the limit.
  static func == (one: Death, other: Death) -> Bool {
    one.deed == other.deed && one.place == other.place && one.sense == other.sense
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(deed)
    hasher.combine(place)
    hasher.combine(sense)
  }

  /// The words of a trap: a fatal error has its place in the source there.
  private var sense: String {
    deed == "traps" ? FailureKind.withoutNumbers(lastWords) : ""
  }
}
