import Oracle
import ReverseMapping
import TestSupport
import Testing

@Suite("Sums of row hashes")
struct RowHashTests {
  private func entry(
    _ page: UInt64, pages: UInt64 = 1, nested: UInt64? = 7, word: UInt64 = 1
  ) -> Entry {
    Entry(
      first: page << 12, last: (page + pages) << 12 - 1,
      content: nested.map { .known(nested: $0 << 12) } ?? .unknown, word: word)
  }

  private func sum(_ entries: Entry...) -> UInt64 { entries.reduce(0) { $0 &+ $1.rowHash } }

  @Test("errors that cancel out in a plain sum change the sum")
  func opposite() {
    let right = sum(entry(1), entry(5, nested: 9, word: 2))
    #expect(right == sum(entry(5, nested: 9, word: 2), entry(1)))
    let wrong = [
      // One a page too high, the other a page too low; longer and shorter.
      sum(entry(2), entry(4, nested: 9, word: 2)),
      sum(entry(1, pages: 2), entry(5, pages: 0, nested: 9, word: 2)),
      // Contents, words or both exchanged.
      sum(entry(1, nested: 9), entry(5, nested: 7, word: 2)),
      sum(entry(1, word: 2), entry(5, nested: 9, word: 1)),
      sum(entry(1, nested: 9, word: 2), entry(5)),
      // Content and word exchanged, unknown for known, one entry twice, one missing.
      sum(entry(1), entry(5, nested: 2, word: 9)),
      sum(entry(1), entry(5, nested: nil, word: 2)),
      sum(entry(1), entry(1)), sum(entry(1)), sum(),
    ]
    #expect(Set(wrong + [right]).count == wrong.count + 1)
  }

  @Test("entries and direct entries with the same numbers differ")
  func kinds() {
    let numbers: [UInt64] = [0, 0x1000, 0x7000]
    for first in numbers {
      for base in numbers {
        let direct = DirectEntry(first: first, last: first + 0xfff, canonical: base)
        for word in [base, 0, 1] {
          let entry = Entry(
            first: first, last: first + 0xfff, content: .known(nested: base), word: word)
          #expect(entry.rowHash != direct.rowHash)
        }
      }
    }
  }

  @Test("no two of a quarter of a million small entries have one hash")
  func distinct() {
    var hashes: Set<UInt64> = []
    var count = 0
    for page in 0..<32 as Range<UInt64> {
      for pages in 1...32 as ClosedRange<UInt64> {
        for nested in 0..<32 as Range<UInt64> {
          for word in 1...8 as ClosedRange<UInt64> {
            hashes.insert(entry(page, pages: pages, nested: nested, word: word).rowHash)
            count += 1
          }
        }
      }
    }
    #expect(hashes.count == count)
  }
}
