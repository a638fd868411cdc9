import Oracle
import ReverseMapping

/// Checks a layout of stored words against the table of Specification 2.3, for one 64-bit number.
///
/// The number is decoded as a word. It is also encoded as a nested base, once as it is (it may have
/// stray bits) and once with the stray bits cleared. The input is:
///
///     byte 0      the layout, modulo 2: mailed, tagged
///     bytes 1-8   the number, lowest byte first
///
/// Missing bytes are 0. Further bytes are ignored.
public struct WordLayoutCheck: Sendable {
  /// The length of an input in bytes.
  public static let bytes = 9

  /// The layout under test.
  let layout: WordLayout
  private let table: ReferenceWords

  /// A check of `layout`.
  init(_ layout: WordLayout) {
    self.layout = layout
    table = ReferenceWords(layout)
  }

  /// The first difference from the table for the input `bytes`, as a sentence, or nil.
  public static func failure(in bytes: UnsafeRawBufferPointer) -> String? {
    let choices = WordLayout.allCases
    let check = WordLayoutCheck(choices[Int(bytes.first ?? 0) % choices.count])
    var number: UInt64 = 0
    for (index, byte) in bytes.dropFirst().prefix(8).enumerated() {
      number |= UInt64(byte) << UInt64(8 * index)
    }
    return check.failure(of: number)
  }

  /// The first difference from the table for `number`, as a sentence, or nil.
  func failure(of number: UInt64) -> String? {
    let valid = number % (1 << 56) / 4096 * 4096
    return failure(ofUnknown: layout.unknownWord) ?? failure(ofWord: number)
      ?? failure(ofNested: number) ?? failure(ofNested: valid)
  }

  /// Specification 2.3: the word of an unknown entry is the table's.
  private func failure(ofUnknown word: UInt64) -> String? {
    if word != table.unknown {
      return "\(layout): an unknown entry is encoded as \(hexadecimal(word)); the table has "
        + hexadecimal(table.unknown)
    }
    return failure(ofEncoded: word)
  }

  /// Specification 2.3: a word decodes to the content in the table, or to nothing.
  private func failure(ofWord word: UInt64) -> String? {
    let (content, expected) = (layout.content(of: word), table.content(of: word))
    if content != expected {
      return "\(layout): the word \(hexadecimal(word)) decodes to \(Self.text(content)); "
        + "the table has \(Self.text(expected))"
    }
    // Encoding the content again must give the same word.
    guard let nested = content?.nested else { return nil }
    return failure(ofNested: nested)
  }

  /// Specification 2.3: a nested base is encoded as in the table and decodes to itself, or is
  /// refused.
  private func failure(ofNested nested: UInt64) -> String? {
    let (word, expected) = (
      try? layout.word(known: nested), try? table.word(forKnown: nested)
    )
    guard word == expected else {
      return "\(layout): the nested base \(hexadecimal(nested)) is encoded as \(Self.text(word)); "
        + "the table has \(Self.text(expected))"
    }
    guard let word else { return nil }
    if let failure = failure(ofEncoded: word) { return failure }
    guard layout.content(of: word) == .known(nested: nested) else {
      return "\(layout): the nested base \(hexadecimal(nested)) is encoded as "
        + "\(hexadecimal(word)), which decodes to \(Self.text(layout.content(of: word)))"
    }
    // A tag shift must lose only the top bit.
    let shifted = WordLayout.payload(ofTagged: WordLayout.tagged(payload: word))
    guard shifted == word % (1 << 63) else {
      return "\(layout): the word \(hexadecimal(word)) is \(hexadecimal(shifted)) after a tag "
        + "shift and back"
    }
    return nil
  }

  /// Specification 2.3: a range tree stores every encoded word, and refuses 0 and reserved words.
  private func failure(ofEncoded word: UInt64) -> String? {
    let isForbidden = word == 0 || word < 4096 && word % 4 == 2
    if isForbidden == WordLayout.isStorable(word) {
      return "\(layout): a range tree \(isForbidden ? "stores" : "refuses") \(hexadecimal(word))"
    }
    guard isForbidden else { return nil }
    return "\(layout): the encoded word \(hexadecimal(word)) is 0 or reserved"
  }

  private static func text(_ content: EntryContent?) -> String {
    content.map { "\($0)" } ?? "no content"
  }

  private static func text(_ word: UInt64?) -> String { word.map(hexadecimal) ?? "an error" }
}
