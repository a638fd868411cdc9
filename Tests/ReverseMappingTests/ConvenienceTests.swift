import Testing

@testable import ReverseMapping

@Suite("Answers as single values")
struct ConvenienceTests {
  private let pages = (0..<3).map { IPARange(start: $0 * 0x1000, size: 0x1000) }

  @Test("8.6: each visit gets its own ranges, in the order reported")
  func visits() {
    let visits = [
      MMUVisit(mmu: 0, result: .ranges, ranges: 2),
      MMUVisit(mmu: 1, result: .everything, ranges: 0),
      MMUVisit(mmu: 3, result: .ranges, ranges: 1),
    ]
    #expect(
      MMUAnswer.answers(visits, pages) == [
        MMUAnswer(mmu: 0, .ranges([pages[0], pages[1]])), MMUAnswer(mmu: 1, .everything),
        MMUAnswer(mmu: 3, .ranges([pages[2]])),
      ])
    #expect(MMUAnswer.answers([], []) == [])
  }

  @Test("wrong counts lose no range and do not trap", arguments: [-1, 0, 2, 4])
  func wrongCounts(count: Int) {
    let visits = [
      MMUVisit(mmu: 0, result: .ranges, ranges: count),
      MMUVisit(mmu: 1, result: .ranges, ranges: 0),
    ]
    let first = min(max(0, count), 3)
    #expect(
      MMUAnswer.answers(visits, pages) == [
        MMUAnswer(mmu: 0, .ranges(Array(pages.prefix(first)))),
        MMUAnswer(mmu: 1, .ranges(Array(pages.dropFirst(first)))),
      ])
  }
}
