import ReverseMapping
import TestSupport
import Testing

@testable import Oracle

@Suite("The cells of a scenario")
struct CellsTests {
  /// The bounds in pages.
  static func pageBounds(_ cells: Cells) -> [UInt64] { cells.bounds.map { $0 / 4096 } }

  /// Cells of a space of `limit` bytes, after operations that name `ranges`.
  static func cells(_ ranges: [IPARange], limit: UInt64 = 1 << 56) -> Cells {
    var cells = Cells(limit: limit)
    for range in ranges { cells.add(boundsOf: range) }
    cells.finish()
    return cells
  }

  @Test("the bounds are the first byte of each range and the byte after its last, each once")
  func bounds() {
    #expect(Self.pageBounds(Self.cells([], limit: 1 << 20)) == [0, 256])
    let cells = Self.cells([pages(7...9), pages(2...7), pages(7...9), pages(10...10)])
    #expect(Self.pageBounds(cells) == [0, 2, 7, 8, 10, 11, 1 << 44])
    #expect(cells.count == 6)
    #expect(cells.size(of: 1) == 5 * 4096)
    #expect(cells.size(of: 5) == (1 << 56) - 11 * 4096)
  }

  @Test("both ends of the space are bounds, whether a range names them or not")
  func ends() {
    let top = (UInt64(1) << 56) - 4096
    let whole = IPARange(start: 0, size: 1 << 56)
    #expect(Self.cells([whole]).bounds == [0, 1 << 56])
    #expect(Self.cells([whole, IPARange(start: top, size: 4096)]).bounds == [0, top, 1 << 56])
  }

  @Test("a range has exactly the cells with a byte in it, also if it begins or ends inside one")
  func numbers() {
    let cells = Self.cells([pages(2...4), pages(8...8)], limit: 16 * 4096)
    let starts: [ClosedRange<UInt64>] = [0...1, 2...4, 5...7, 8...8, 9...15]
    for first in UInt64(0)...15 {
      for last in first...15 {
        let expected = starts.indices.filter { starts[$0].overlaps(first...last) }
        let numbers = cells.numbers(from: first * 4096, through: last * 4096 + 4095)
        check(Array(numbers) == expected, "\(first)...\(last)")
      }
    }
    #expect(cells.number(startingAt: 8 * 4096) == 3)
    #expect(cells.number(startingAt: 16 * 4096) == 5)
    #expect(cells.number(startingAt: 3 * 4096) == nil)
    // Bytes that no valid argument has.
    for byte: UInt64 in [1, 2 * 4096 + 1, .max] { #expect(cells.number(startingAt: byte) == nil) }
  }

  @Test("a split makes one bound, and reports the cell that had it")
  func split() {
    var cells = Self.cells([pages(2...4)], limit: 16 * 4096)
    #expect(cells.split(at: 5 * 4096) == nil)
    #expect(cells.split(at: 9 * 4096) == 2)
    #expect(cells.split(at: 9 * 4096) == nil)
    #expect(Self.pageBounds(cells) == [0, 2, 5, 9, 16])
    #expect((0...4).allSatisfy { cells.number(startingAt: cells.start(of: $0)) == $0 })
  }

  @Test("thousands of bounds are found, and none is left for the next scenario")
  func many() {
    var numbers = Numbers(seed: 1)
    var cells = Cells(limit: 1 << 56)
    for count in [3000, 5, 0, 200] {
      cells.restart(limit: 1 << 56)
      var named: Set<UInt64> = [0, 1 << 56]
      for index in 0..<count {
        // Some are close together, some share their low bits, and some are far apart.
        let shift = [0, 20, 32][index % 3]
        let start = UInt64.random(in: 0..<4096, using: &numbers) << (12 + UInt64(shift))
        let size = UInt64.random(in: 1...64, using: &numbers) * 4096
        cells.add(boundsOf: IPARange(start: start, size: size))
        named.formUnion([start, start + size])
      }
      cells.finish()
      #expect(cells.bounds == named.sorted())
      for (number, byte) in cells.bounds.enumerated() {
        check(cells.number(startingAt: byte) == number)
        check(named.contains(byte + 4096) || cells.number(startingAt: byte + 4096) == nil)
      }
    }
  }

  @Test("arguments that the rules reject name no bounds", arguments: [false, true])
  func rejected(direct: Bool) throws {
    let limit = UInt64(1) << 40
    var cells = MapCells(
      try MapConfiguration(ipaBits: 40, layout: .mailed, hasDirectMap: direct))
    let bad = [
      IPARange(start: 0x1800, size: 4096), IPARange(start: 4096, size: 0x1800),
      IPARange(start: 4096, size: 0), IPARange(start: 4096, size: 0 &- 4096),
      IPARange(start: limit - 4096, size: 8192), IPARange(start: limit, size: 4096),
      IPARange(start: 0 &- 4096, size: 4096),
    ]
    for range in bad {
      cells.addCanonical(range)
      cells.addNested(range)
      cells.addRecord(range, nested: 0)
      cells.addRecord(pages(5...6), nested: range.start | 1)
    }
    cells.addRecord(pages(5...6), nested: limit - 4096)
    cells.finish()
    #expect(cells.canonical.bounds == [0, limit])
    #expect(cells.nested.bounds == [0, limit])
  }

  @Test("a record names bounds in both spaces, if there is a direct map", arguments: [false, true])
  func spaces(direct: Bool) throws {
    var cells = MapCells(
      try MapConfiguration(ipaBits: 40, layout: .mailed, hasDirectMap: direct))
    cells.addRecord(pages(5...6), nested: 9 * 4096)
    cells.addNested(pages(20...20))
    cells.addCanonical(pages(30...31))
    cells.finish()
    let limit = UInt64(1) << 28
    #expect(Self.pageBounds(cells.canonical) == [0, 5, 7, 30, 32, limit])
    #expect(Self.pageBounds(cells.nested) == (direct ? [0, 9, 11, 20, 21, limit] : [0, limit]))
  }
}
