import ReverseMapping
import TestSupport
import Testing

@testable import Oracle

/// An operation with its canonical and nested pages.
private enum Step {
  case record(ClosedRange<UInt64>, nested: UInt64)
  case unmap(ClosedRange<UInt64>)
  case invalidate(ClosedRange<UInt64>)
  case clear, begin, end

  /// Every operation on pages 0 to `last` of either space, except single ones.
  static func all(through last: UInt64) -> [Step] {
    var steps: [Step] = [.clear, .begin, .end]
    for first in 0...last {
      for end in first...last {
        steps += [.unmap(first...end), .invalidate(first...end)]
        for nested in 0...last - (end - first) {
          steps.append(.record(first...end, nested: nested))
        }
      }
    }
    return steps
  }

  func addBounds(to cells: inout MapCells) {
    switch self {
    case .record(let range, let nested): cells.addRecord(pages(range), nested: nested * 4096)
    case .unmap(let range): cells.addCanonical(pages(range))
    case .invalidate(let range): cells.addNested(pages(range))
    case .clear, .begin, .end: break
    }
  }

  func perform(on map: inout BothDictionaries) throws {
    switch self {
    case .record(let range, let nested): _ = try map.record(pages(range), nested: nested * 4096)
    case .unmap(let range): _ = try map.unmapped(range)
    case .invalidate(let range): try map.invalidate(pages(range))
    case .clear: map.clear()
    case .begin: map.beginFullUnmap()
    case .end: if map.fullUnmapsInProgress > 0 { try map.endFullUnmap() }
    }
  }
}

@Suite("The dictionary of cells agrees with the dictionary of pages")
struct CellDictionaryTests {
  @Test(
    "on every sequence of three operations in a small world, whose ranges are known beforehand",
    arguments: [false, true])
  func everySequence(direct: Bool) throws {
    let configuration = try MapConfiguration(ipaBits: 20, layout: .mailed, hasDirectMap: direct)
    let steps = Step.all(through: 2)
    var map = BothDictionaries(configuration)
    for one in steps {
      for two in steps {
        for three in steps {
          let sequence = [one, two, three]
          map.restart(configuration) { cells in
            for step in sequence { step.addBounds(to: &cells) }
          }
          let bounds = (map.cells.table.cells.bounds, map.cells.directTable.cells.bounds)
          for step in sequence { try step.perform(on: &map) }
          // A range that is known beforehand splits no cell.
          check((map.cells.table.cells.bounds, map.cells.directTable.cells.bounds) == bounds)
        }
      }
    }
  }

  @Test("if some ranges are known beforehand and others are not", arguments: [false, true])
  func someKnown(direct: Bool) throws {
    let configuration = try MapConfiguration(ipaBits: 20, layout: .tagged, hasDirectMap: direct)
    let steps = Step.all(through: 5)
    var numbers = Numbers(seed: 9)
    var map = BothDictionaries(configuration)
    var splits = 0
    for _ in 0..<400 {
      let sequence = (0..<12).map { _ in steps[Int.random(in: steps.indices, using: &numbers)] }
      map.restart(configuration) { cells in
        for step in sequence.prefix(4) { step.addBounds(to: &cells) }
      }
      let before = map.cells.table.cells.count
      for step in sequence { try step.perform(on: &map) }
      splits += map.cells.table.cells.count - before
    }
    #expect(splits > 100)
  }

  /// A 56-bit dictionary.
  static func dictionary(direct: Bool = true) throws -> CellDictionary {
    CellDictionary(try MapConfiguration(ipaBits: 56, layout: .mailed, hasDirectMap: direct))
  }

  @Test("one entry covers the whole space of 2^44 pages", arguments: [false, true])
  func wholeSpace(direct: Bool) throws {
    let whole = IPARange(start: 0, size: 1 << 56)
    var map = try Self.dictionary(direct: direct)
    #expect(try map.record(whole, nested: 0) == .stored)
    #expect(map.pageCount == 1 << 44)
    #expect(map.directPageCount == (direct ? 1 << 44 : 0))
    #expect(try map.record(whole, nested: 0) == .unchanged)
    #expect(try map.query(pages(1 << 43...1 << 43)) == .ranges([whole]))
    #expect(try map.query(IPARange(start: (1 << 56) - 4096, size: 4096)) == .ranges([whole]))
    #expect(map.checkInvariants() == nil)

    var polluted = map
    // The nested range is stale, so with a direct map the old entry goes first.
    let page = IPARange(start: (1 << 56) - 4096, size: 4096)
    #expect(try polluted.record(page, nested: 0) == (direct ? .stored : .polluted))
    #expect(polluted.pageCount == (direct ? 1 : 1 << 44))
    #expect(polluted.entries.first?.last == (1 << 56) - 1)
    #expect(polluted.checkInvariants() == nil)

    #expect(try map.unmap(pages(77...77)) == .ranges([whole]))
    #expect(map.checkEmpty() == nil)
  }

  @Test("2^32 + 1 pages, as the sum of two entries and as one unknown entry")
  func beyond32Bits() throws {
    let count = UInt64(1) << 32 + 1
    let range = IPARange(start: 5 * 4096, size: count * 4096)
    var map = try Self.dictionary()
    #expect(try map.record(range, nested: 0x7000) == .stored)
    #expect(map.pageCount == count)
    let next = IPARange(start: range.last + 1, size: 4096)
    #expect(try map.record(next, nested: 0) == .stored)
    #expect(map.pageCount == count + 1)
    #expect(
      try map.query(IPARange(start: range.last - 4095, size: 8192))
        == .ranges([
          IPARange(start: 0x7000, size: count * 4096), IPARange(start: 0, size: 4096),
        ]))
    // An alias of its last page.
    let alias = IPARange(start: range.last - 4095, size: 4096)
    #expect(try map.record(alias, nested: 1 << 55) == .polluted)
    #expect(map.entries.map(\.content.isUnknown) == [true, false])
    #expect(map.entries[0].last == range.last)
    #expect(map.pageCount == count + 1)
    #expect(map.directPageCount == 1)
    #expect(map.checkInvariants() == nil)
  }

  @Test("blocks of 1 GiB beside pages of 4 KiB, and a page that cuts a block")
  func blocksBesidePages() throws {
    let giga = UInt64(1) << 30
    var map = try Self.dictionary()
    let (block, page) = (IPARange(start: 4 * giga, size: giga), UInt64(4096))
    let (before, after) = (
      IPARange(start: 4 * giga - page, size: page), IPARange(start: 5 * giga, size: page)
    )
    #expect(try map.record(block, nested: 8 * giga) == .stored)
    #expect(try map.record(before, nested: 8 * giga - page) == .stored)
    #expect(try map.record(after, nested: 9 * giga) == .stored)
    #expect(map.pageCount == (1 << 18) + 2)
    #expect(
      try map.query(IPARange(start: block.start - page, size: giga + 2 * page))
        == .ranges([
          IPARange(start: 8 * giga - page, size: page), IPARange(start: 8 * giga, size: giga),
          IPARange(start: 9 * giga, size: page),
        ]))
    // 7.2: one page of the nested block is mapped to another place, so the block goes.
    let other = IPARange(start: 0, size: page)
    #expect(try map.record(other, nested: 8 * giga + 77 * page) == .stored)
    #expect(map.pageCount == 3)
    #expect(map.entries.map(\.first) == [0, before.start, after.start])
    try map.invalidate(IPARange(start: 8 * giga + page, size: giga))
    #expect(map.entries.map(\.first) == [before.start])
    #expect(map.checkInvariants() == nil)
  }
}
