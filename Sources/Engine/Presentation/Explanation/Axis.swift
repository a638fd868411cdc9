import ReverseMapping

/// An axis of addresses from left to right, not to scale: windows lie terabytes apart, and what
/// matters in each is a page. There is one column between each two neighbouring bounds, as wide as
/// its address and the labels drawn in it require.
struct Axis {
  /// The addresses between two neighbouring bounds.
  struct Column {
    /// The first address.
    var first: UInt64
    /// The last address, inclusive.
    var last: UInt64
    /// The width in characters.
    var width: Int
    /// Whether ranges that are not drawn begin or end in it.
    var isElided: Bool
  }

  /// All columns, ascending, without gaps.
  private(set) var columns: [Column] = []
  /// The columns of each line of text.
  private(set) var blocks: [Range<Int>] = []
  /// The bound after the last column, or nil if that is 2^64.
  private var end: UInt64?

  /// An axis with the bounds of `marks`, in lines of at most `room` characters, 40 or more.
  ///
  /// Each of `pieces` whose bounds are on the axis has room for its label. Columns in which other
  /// pieces begin or end are elided. Reversed ranges are ignored. O(pieces x columns).
  init(through marks: [Piece], holding pieces: [Piece], room: Int) {
    let pieces = pieces.filter { $0.first <= $0.last }
    var bounds: Set<UInt64> = []
    var reachesEnd = false
    for mark in marks where mark.first <= mark.last {
      bounds.insert(mark.first)
      let (after, isEnd) = mark.last.addingReportingOverflow(1)
      if isEnd { reachesEnd = true } else { bounds.insert(after) }
    }
    let starts = bounds.sorted()
    end = reachesEnd ? nil : starts.last
    for (start, next) in zip(starts, starts.dropFirst()) { addColumn(start, next &- 1) }
    if reachesEnd, let start = starts.last { addColumn(start, .max) }
    for index in columns.indices {
      let column = columns[index]
      columns[index].isElided = pieces.contains {
        column.first < $0.first && $0.first <= column.last
          || column.first <= $0.last && $0.last < column.last
      }
    }
    for piece in pieces {
      guard let own = columnsOf(piece) else { continue }
      let width = own.reduce(0) { $0 + columns[$1].width }
      // The label and a bracket on either side.
      columns[own.upperBound - 1].width += max(0, piece.label.count + 2 - width)
    }
    breakLines(room)
  }

  private mutating func addColumn(_ first: UInt64, _ last: UInt64) {
    let label = Self.label(first, after: columns.last?.first)
    columns.append(Column(first: first, last: last, width: label.count + 1, isElided: false))
  }

  /// Fills each line with as many columns as fit, followed by the bound after them.
  private mutating func breakLines(_ room: Int) {
    var start = 0
    var used = 0
    for index in columns.indices {
      if index > start, used + columns[index].width + boundAfter(index).count > room {
        blocks.append(start..<index)
        start = index
        used = 0
      }
      // The first address of a line is not abbreviated.
      if index == start {
        columns[index].width = max(
          columns[index].width, hexadecimal(columns[index].first).count + 1)
      }
      used += columns[index].width
    }
    if start < columns.count { blocks.append(start..<columns.count) }
  }

  /// The columns that `piece` covers, or nil if its bounds are not on the axis. O(log(columns)).
  func columnsOf(_ piece: Piece) -> Range<Int>? {
    let start = index(at: piece.first)
    let last = index(at: piece.last)
    guard columns.indices.contains(start), columns.indices.contains(last), start <= last,
      columns[start].first == piece.first, columns[last].last == piece.last
    else { return nil }
    return start..<(last + 1)
  }

  /// The first column that ends at `address` or after it.
  private func index(at address: UInt64) -> Int {
    var range = columns.startIndex..<columns.endIndex
    while !range.isEmpty {
      let middle = (range.lowerBound + range.upperBound) / 2
      if columns[middle].last < address {
        range = (middle + 1)..<range.upperBound
      } else {
        range = range.lowerBound..<middle
      }
    }
    return range.lowerBound
  }

  /// The addresses above the columns of `block`. O(columns).
  func ruler(_ block: Range<Int>) -> String {
    var text = ""
    for index in block {
      let previous = index == block.lowerBound ? nil : columns[index - 1].first
      let label = Self.label(columns[index].first, after: previous)
      text += label + String(repeating: " ", count: columns[index].width - label.count)
    }
    return text + boundAfter(block.upperBound - 1)
  }

  private func boundAfter(_ index: Int) -> String {
    let next = index + 1 < columns.count ? columns[index + 1].first : end
    return next.map { Self.label($0, after: columns[index].first) } ?? "2^64"
  }

  /// For example `0x7fffffffe000`, or `..fe000` if the upper digits are those of the previous
  /// address.
  private static func label(_ address: UInt64, after previous: UInt64?) -> String {
    guard let previous, address >> 20 != 0, previous >> 20 == address >> 20 else {
      return hexadecimal(address)
    }
    let digits = String(address & 0xfffff, radix: 16)
    return ".." + String(repeating: "0", count: 5 - digits.count) + digits
  }
}
