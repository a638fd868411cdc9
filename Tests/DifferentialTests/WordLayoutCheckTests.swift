import Oracle
import ReverseMapping
import Testing

@testable import Differential

@Suite("Specification 2.3: both layouts match the table, bit by bit")
struct WordLayoutCheckTests {
  /// 0, every single bit and every pair of bits, and the complement of each.
  static let numbers: [UInt64] = {
    var numbers: [UInt64] = [0]
    for high in 0..<64 as Range<UInt64> {
      numbers.append(1 << high)
      for low in 0..<high { numbers.append(1 << high | 1 << low) }
    }
    return numbers + numbers.map { ~$0 }
  }()

  @Test(
    "every bit and pair of bits matches, as a word and as a nested base",
    arguments: WordLayout.allCases)
  func bits(_ layout: WordLayout) {
    #expect(Self.numbers.count == 2 * (1 + 64 + 64 * 63 / 2))
    let check = WordLayoutCheck(layout)
    for number in Self.numbers { #expect(check.failure(of: number) == nil) }
  }

  @Test("every valid word with one or two bits flipped matches", arguments: WordLayout.allCases)
  func nearMisses(_ layout: WordLayout) throws {
    let check = WordLayoutCheck(layout)
    let table = ReferenceWords(layout)
    let bases: [UInt64] = [0, 0x1000, 0x0080_0000_0000_0000, 0x00ff_ffff_ffff_f000]
    var known = 0
    for word in try [table.unknown] + bases.map({ try table.word(forKnown: $0) }) {
      for number in Self.numbers.prefix(1 + 64 + 64 * 63 / 2) {
        #expect(check.failure(of: word ^ number) == nil)
        if table.content(of: word ^ number)?.nested != nil { known += 1 }
      }
    }
    // Of each base: itself, 44 with one bit more or less, and the pairs of those.
    #expect(known >= 4 * (1 + 44 + 44 * 43 / 2))
  }

  @Test(
    "every word below 8192, and so every reserved one, matches", arguments: WordLayout.allCases)
  func small(_ layout: WordLayout) {
    let check = WordLayoutCheck(layout)
    for word in 0..<8192 as Range<UInt64> { #expect(check.failure(of: word) == nil) }
  }

  @Test("an input may be shorter or longer than nine bytes")
  func inputs() {
    func failure(_ bytes: [UInt8]) -> String? { bytes.withUnsafeBytes(WordLayoutCheck.failure) }
    for first in [0, 1, 2, 255] as [UInt8] {
      for count in 0...12 {
        let bytes = [first] + [UInt8](repeating: 0xff, count: 11)
        #expect(failure(Array(bytes.prefix(count))) == nil)
      }
    }
  }
}
