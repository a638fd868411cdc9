import Oracle
import ReverseMapping

/// A layout of stored words beside the table of Specification 2.3, for one number of 64 bits.
///
/// The number is taken for a word, for a nested base as it is, which may have stray bits, and for a
/// nested base without them:
///
///     byte 0      the layout, modulo 2: mailed, tagged
///     bytes 1-8   the number, lowest byte first
///
/// Bytes that are missing are 0, and more do not count.
public struct WordLayoutCheck: Sendable {
  /// The bytes that an input has.
  public static let bytes = 9

  /// The layout that is checked.
  let layout: WordLayout
  private let table: ReferenceWords

  /// A check of `layout`. O(1).
  init(_ layout: WordLayout) {
    self.layout = layout
    table = ReferenceWords(layout)
  }

  /// What is wrong, in a sentence, with what the layout makes of `bytes`; nil if nothing is. O(1).
  public static func failure(in bytes: UnsafeRawBufferPointer) -> String? {
    let choices = WordLayout.allCases
    let check = WordLayoutCheck(choices[Int(bytes.first ?? 0) % choices.count])
    var number: UInt64 = 0
    for (index, byte) in bytes.dropFirst().prefix(8).enumerated() {
      number |= UInt64(byte) << UInt64(8 * index)
    }
    return check.failure(of: number)
  }

  /// What is wrong with what the layout makes of `number`. O(1).
  func failure(of number: UInt64) -> String? {
    let valid = number % (1 << 56) / 4096 * 4096
    return failure(ofUnknown: layout.unknownWord) ?? failure(ofWord: number)
      ?? failure(ofNested: number) ?? failure(ofNested: valid)
  }

  /// Specification 2.3: the word of an unknown entry is the table's, and stands for one.
  private func failure(ofUnknown word: UInt64) -> String? {
    if word != table.unknown {
      return "\(layout): unknown is \(hexadecimal(word)), and in the table "
        + hexadecimal(table.unknown)
    }
    return failure(ofWritten: word)
  }

  /// Specification 2.3: a word stands for what the table says, or for nothing.
  private func failure(ofWord word: UInt64) -> String? {
    let (content, expected) = (layout.content(of: word), table.content(of: word))
    if content != expected {
      return "\(layout): the word \(hexadecimal(word)) is \(Self.text(content)), and in the table "
        + Self.text(expected)
    }
    // Written again it is the same.
    guard let nested = content?.nested else { return nil }
    return failure(ofNested: nested)
  }

  /// Specification 2.3: a nested base is written as the table says and read back, or refused.
  private func failure(ofNested nested: UInt64) -> String? {
    let (word, expected) = (
      try? layout.word(known: nested), try? table.word(forKnown: nested)
    )
    guard word == expected else {
      return "\(layout): the nested base \(hexadecimal(nested)) is written as \(Self.text(word)), "
        + "and in the table \(Self.text(expected))"
    }
    guard let word else { return nil }
    if let failure = failure(ofWritten: word) { return failure }
    guard layout.content(of: word) == .known(nested: nested) else {
      return "\(layout): the nested base \(hexadecimal(nested)) is written as \(hexadecimal(word)) "
        + "and read as \(Self.text(layout.content(of: word)))"
    }
    // A tag shift drops the top bit of what it is given, and nothing else.
    let shifted = WordLayout.payload(ofTagged: WordLayout.tagged(payload: word))
    guard shifted == word % (1 << 63) else {
      return "\(layout): a tag shift leaves \(hexadecimal(shifted)) of \(hexadecimal(word))"
    }
    return nil
  }

  /// Specification 2.3: a range tree takes every word that is written.
  private func failure(ofWritten word: UInt64) -> String? {
    let isForbidden = word == 0 || word < 4096 && word % 4 == 2
    if isForbidden == WordLayout.isStorable(word) {
      return "\(layout): a range tree \(isForbidden ? "stores" : "refuses") \(hexadecimal(word))"
    }
    guard isForbidden else { return nil }
    return "\(layout): \(hexadecimal(word)) is written, which is 0 or reserved"
  }

  private static func text(_ content: EntryContent?) -> String {
    content.map { "\($0)" } ?? "no word of the layout"
  }

  private static func text(_ word: UInt64?) -> String { word.map(hexadecimal) ?? "refused" }
}
