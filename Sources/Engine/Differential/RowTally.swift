import ReverseMapping

/// Checks that the rows of a map are exactly those of a dictionary of cells. They are if the
/// dictionary holds each of them, they ascend (so none is counted twice), and together they cover
/// as many pages as the dictionary's rows.
@usableFromInline
struct RowTally {
  @usableFromInline var isHeld = true
  /// The sum of the sizes of the rows. A space has at most 2^56 bytes, so the sum fits if the rows
  /// are disjoint, and otherwise it does not matter.
  @usableFromInline var bytes: UInt64 = 0
  @usableFromInline var end: UInt64 = 0
  @usableFromInline var directBytes: UInt64 = 0
  @usableFromInline var directEnd: UInt64 = 0

  @inlinable
  init() {}

  @inlinable
  mutating func add(_ row: MapRow, isHeld isRowHeld: Bool) {
    switch row {
    case .entry(let entry):
      isHeld = isHeld && isRowHeld && entry.first >= end
      end = entry.last
      bytes &+= entry.last &- entry.first &+ 1
    case .direct(let entry):
      isHeld = isHeld && isRowHeld && entry.first >= directEnd
      directEnd = entry.last
      directBytes &+= entry.last &- entry.first &+ 1
    }
  }

  @inlinable
  func isAll(pages: UInt64, directPages: UInt64) -> Bool {
    isHeld && bytes == pages &<< Page.shift && directBytes == directPages &<< Page.shift
  }
}
