import FileNames
import ReverseMap
import ReverseMapping

/// Parses the lines of a trace, one after the other. It works on bytes and allocates only for
/// errors, because a trace has millions of lines.
struct TraceLineParser {
  /// The bytes that hold the line, and where the unread part of it begins and ends.
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int

  /// Parses the bytes `range` of `bytes`, which are one line without its end.
  ///
  /// - Throws: what is wrong and what was expected.
  static func parse(
    _ bytes: [UInt8], _ range: Range<Int>
  ) throws(TraceLineError) -> TraceLine {
    var parser = TraceLineParser(bytes, range)
    return try parser.line()
  }

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    // A line may end as on Windows.
    end = range.last.map { bytes[$0] == 13 ? $0 : $0 + 1 } ?? range.upperBound
  }

  private mutating func line() throws(TraceLineError) -> TraceLine {
    let time = nextWord()
    guard let first = time.first, bytes[first] != UInt8(ascii: "#") else { return .nothing }
    guard number(time) != nil else {
      throw TraceLineError(
        description: "expected a time in microseconds, such as 20385, and not \(text(time))")
    }
    let word = nextWord()
    if isWord(word, "record") {
      let mmu = try mmu("record")
      let canonical = try address("the canonical address")
      let nested = try address("the nested address")
      let size = try size()
      let range = try Self.range(canonical, size)
      _ = try Self.range(nested, size)
      return .event(.record(range, nested: nested, mmu: mmu))
    }
    if isWord(word, "unmap") {
      return .event(.unmap(try Self.range(address("the canonical address"), size())))
    }
    if isWord(word, "invalidate") {
      let mmu = try mmu("invalidate")
      let range = try Self.range(address("the nested address"), size())
      return .event(.invalidate(range, mmu: mmu))
    }
    if isWord(word, "full-unmap") { return try fullUnmap() }
    if let other = TraceLine.OtherWord.allCases.first(where: { isWord(word, $0.rawValue) }) {
      return .other(other)
    }
    let known = ["record", "unmap", "invalidate", "full-unmap"]
    let others = TraceLine.OtherWord.allCases.map(\.rawValue).filter { !$0.contains(" ") }
    throw TraceLineError(
      description: (word.isEmpty ? "there is no event" : "unknown event \(text(word))")
        + "; events are \((known + others).joined(separator: ", "))")
  }

  /// The rest of a full unmap: `s0 tlbi:alle1`, `s1 notifier:clear lost=5 needed=1`.
  private mutating func fullUnmap() throws(TraceLineError) -> TraceLine {
    let start = position
    if isWord(nextWord(), "none-valid") { return .other(.emptyFullUnmap) }
    position = start
    let mmu = try mmu("full-unmap")
    let reason = nextWord()
    guard !reason.isEmpty else {
      throw TraceLineError(
        description: "expected why the table was torn down, such as tlbi:alle1, at the end")
    }
    if hasPrefix(reason, "recycle") { return .recycle(mmu: mmu) }
    guard hasPrefix(reason, "notifier:") else { return .event(.fullUnmap(mmu: mmu)) }
    var lost: Int?
    var needed: Int?
    var note = nextWord()
    while !note.isEmpty {
      if hasPrefix(note, "lost=") { lost = number(note.dropFirst(5)) }
      if hasPrefix(note, "needed=") { needed = number(note.dropFirst(7)) }
      note = nextWord()
    }
    return .hostFullUnmap(mmu: mmu, lost: lost, needed: needed)
  }

  // MARK: - Words

  /// The next word; empty at the end of the line.
  private mutating func nextWord() -> Range<Int> {
    while position < end, Self.isBlank(bytes[position]) { position += 1 }
    let start = position
    while position < end, !Self.isBlank(bytes[position]) { position += 1 }
    return start..<position
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

  private func isWord(_ range: Range<Int>, _ word: String) -> Bool {
    range.count == word.utf8.count && hasPrefix(range, word)
  }

  private func hasPrefix(_ range: Range<Int>, _ prefix: String) -> Bool {
    guard range.count >= prefix.utf8.count else { return false }
    var place = range.lowerBound
    for byte in prefix.utf8 {
      if bytes[place] != byte { return false }
      place += 1
    }
    return true
  }

  /// The word for a message: shortened, on one line, in quotes.
  private func text(_ range: Range<Int>) -> String {
    if range.isEmpty { return "the end of the line" }
    let most = 40
    let text = FileName.shown(FileName.text(of: bytes[range.prefix(most)]))
    return "'\(text)\(range.count > most ? "..." : "")'"
  }

  /// The decimal number that is the whole word, or nil.
  private func number(_ range: Range<Int>) -> Int? {
    guard !range.isEmpty, range.count <= 18 else { return nil }
    var number = 0
    for place in range {
      let digit = Int(bytes[place]) - 48
      guard (0...9).contains(digit) else { return nil }
      number = number * 10 + digit
    }
    return number
  }

  // MARK: - Arguments

  /// The number of the MMU that the next word names.
  private mutating func mmu(_ event: String) throws(TraceLineError) -> Int {
    let word = nextWord()
    let most = VirtualMachine<ProductionReverseMap>.mostMMUs - 1
    if let first = word.first, bytes[first] == UInt8(ascii: "s"),
      let number = number(word.dropFirst()), number <= most
    {
      return number
    }
    throw TraceLineError(
      description: "\(event) needs an MMU, s0 to s\(most), and not \(text(word))")
  }

  /// The hexadecimal address or size that the next word is.
  private mutating func address(
    _ what: String, example: String = "0x80200000"
  ) throws(TraceLineError) -> UInt64 {
    let word = nextWord()
    if let value = hexadecimalNumber(word) { return value }
    throw TraceLineError(
      description: "expected \(what) in bytes, such as \(example), and not \(text(word))")
  }

  private mutating func size() throws(TraceLineError) -> UInt64 {
    try address("the size", example: "0x1000")
  }

  private func hexadecimalNumber(_ range: Range<Int>) -> UInt64? {
    guard range.count > 2, range.count <= 18, hasPrefix(range, "0x") else { return nil }
    var number: UInt64 = 0
    for place in range.dropFirst(2) {
      guard let digit = Self.digit(bytes[place]) else { return nil }
      number = number << 4 | digit
    }
    return number
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 48...57: UInt64(byte - 48)
    case 97...102: UInt64(byte - 87)
    case 65...70: UInt64(byte - 55)
    default: nil
    }
  }

  /// The range, if it is one that maps take.
  private static func range(
    _ start: UInt64, _ size: UInt64
  ) throws(TraceLineError) -> IPARange {
    let limit = UInt64(1) << UInt64(TraceLimits.ipaBits)
    if size == 0 { throw TraceLineError(description: "the size is 0") }
    guard (start | size) % Page.size == 0 else {
      throw TraceLineError(
        description: "\(hexadecimal(start)) and the size \(hexadecimal(size)) must be multiples of "
          + hexadecimal(Page.size))
    }
    guard start < limit, size <= limit - start else {
      throw TraceLineError(
        description: "the \(hexadecimal(size)) bytes from \(hexadecimal(start)) go beyond "
          + "\(TraceLimits.ipaBits) bits")
    }
    return IPARange(start: start, size: size)
  }
}

/// The limits of a trace.
package enum TraceLimits {
  /// The width of addresses: the widest that a map supports, so that any host's trace fits.
  package static let ipaBits = 56
  /// The most bytes in a line. A file with a longer one is not a trace.
  static let lineBytes = 1 << 16
}
