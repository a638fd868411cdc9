/// Splits a text into lines and words, and keeps their positions for errors.
///
/// It works on bytes: the language is ASCII, and the input may be invalid UTF-8.
struct Tokenizer {
  /// A word, as the offsets of its bytes in the text.
  typealias Word = Range<Int>

  private let bytes: [UInt8]
  private var line = 0
  private var lineStart = 0
  /// Where the words of the line end: at its comment, or at its end.
  private var wordsEnd = 0
  private var nextLineStart: Int? = 0
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private static let newline = UInt8(ascii: "\n")
  private static let comment = UInt8(ascii: "#")

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }

  // MARK: - Lines and words

  /// Moves to the next line that has a word. Returns false, at the end of the text, if none has.
  mutating func nextLine() -> Bool {
    while let start = nextLineStart {
      let end = bytes[start...].firstIndex(of: Self.newline)
      line += 1
      lineStart = start
      position = start
      let lineEnd = end ?? bytes.count
      nextLineStart = end.map { $0 + 1 }
      wordsEnd = bytes[start..<lineEnd].firstIndex(of: Self.comment) ?? lineEnd
      skipSpace()
      if position < wordsEnd { return true }
    }
    return false
  }

  /// The next word of the line, or nil at the end of the line.
  mutating func next() -> Word? {
    skipSpace()
    guard position < wordsEnd else { return nil }
    let start = position
    while position < wordsEnd, !Self.isSpace(bytes[position]) { position += 1 }
    return start..<position
  }

  /// The next word of the line. An error at the end of the line names `what` as expected.
  mutating func next(_ what: String) throws(ScenarioTextError) -> Word {
    guard let word = next() else { throw error("unexpected end of line; expected \(what)") }
    return word
  }

  /// The next word of the line, which must be `text`.
  mutating func expect(_ text: String) throws(ScenarioTextError) -> Word {
    let word = try next("'\(text)'")
    guard self.text(word) == text else {
      throw error(at: word, "expected '\(text)', found \(quoted(word))")
    }
    return word
  }

  /// Throws if the line has another word.
  mutating func endOfLine() throws(ScenarioTextError) {
    guard let word = next() else { return }
    throw error(at: word, "expected the end of the line, found \(quoted(word))")
  }

  private mutating func skipSpace() {
    while position < wordsEnd, Self.isSpace(bytes[position]) { position += 1 }
  }

  // MARK: - Contents of words

  /// The word as text, with invalid UTF-8 replaced.
  func text(_ word: Word) -> String { String(decoding: bytes[word], as: UTF8.self) }

  /// The parts of `word` before and after the first `separator`, or nil if it has none.
  func split(_ word: Word, at separator: StaticString) -> (Word, Word)? {
    let width = separator.utf8CodeUnitCount
    var start = word.lowerBound
    while start + width <= word.upperBound {
      let isHere = separator.withUTF8Buffer { $0.elementsEqual(bytes[start..<start + width]) }
      if isHere { return (word.lowerBound..<start, start + width..<word.upperBound) }
      start += 1
    }
    return nil
  }

  /// The next word of the line as a number. If the line has no more words, the error says that
  /// `what` was expected.
  mutating func number(_ what: String) throws(ScenarioTextError) -> (UInt64, Word) {
    let word = try next(what)
    return (try number(word), word)
  }

  /// `word` as a number: decimal, or hexadecimal after `0x`.
  func number(_ word: Word) throws(ScenarioTextError) -> UInt64 {
    var digits = bytes[word]
    var radix: UInt64 = 10
    if digits.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) {
      digits = digits.dropFirst(2)
      radix = 16
    }
    var value: UInt64 = 0
    var isTooLarge = false
    for byte in digits {
      guard let digit = Self.digit(byte), digit < radix else {
        throw error(at: word, "\(quoted(word)) is not a number; write one like 0x1000 or 4096")
      }
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(digit)
      value = sum
      if overflow || carry { isTooLarge = true }
    }
    if digits.isEmpty {
      throw error(at: word, "\(quoted(word)) is not a number; write one like 0x1000 or 4096")
    }
    if isTooLarge {
      throw error(at: word, "\(quoted(word)) is too large; a number has at most 64 bits")
    }
    return value
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): return UInt64(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): return UInt64(byte - UInt8(ascii: "A")) + 10
    default: return nil
    }
  }

  // MARK: - Errors

  /// The word as errors show it: quoted, cut after 32 bytes, with all but printable ASCII escaped.
  func quoted(_ word: Word) -> String {
    var text = "'"
    for byte in bytes[word].prefix(32) {
      if (0x20..<0x7f).contains(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return text + (word.count > 32 ? "...'" : "'")
  }

  /// An error at the end of the line, or of the text.
  func error(_ message: String) -> ScenarioTextError {
    ScenarioTextError(line: max(line, 1), column: wordsEnd - lineStart + 1, message: message)
  }

  /// An error at `word`.
  func error(at word: Word, _ message: String) -> ScenarioTextError {
    ScenarioTextError(line: line, column: word.lowerBound - lineStart + 1, message: message)
  }
}
