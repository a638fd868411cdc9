import ReverseMapping

/// Checks that the rows of a map are exactly those of a dictionary of cells. They are if the
/// dictionary holds each of them, they ascend (so none is counted twice), and together they cover
/// as many pages as the dictionary's rows.
@usableFromInline
struct RowTally {
  @usableFromInline var isHeld = true
  @usableFromInline var pages: UInt64 = 0
  @usableFromInline var end: UInt64 = 0
  @usableFromInline var directPages: UInt64 = 0
  @usableFromInline var directEnd: UInt64 = 0

  @inlinable
  init() {}

  @inlinable
  mutating func add(_ row: MapRow, isHeld isRowHeld: Bool) {
    switch row {
    case .entry(let entry):
      isHeld = isHeld && isRowHeld && entry.first >= end
      end = entry.last
      pages &+= entry.last / Page.size &- entry.first / Page.size &+ 1
    case .direct(let entry):
      isHeld = isHeld && isRowHeld && entry.first >= directEnd
      directEnd = entry.last
      directPages &+= entry.last / Page.size &- entry.first / Page.size &+ 1
    }
  }

  @inlinable
  func isAll(pages: UInt64, directPages: UInt64) -> Bool {
    isHeld && pages == self.pages && directPages == self.directPages
  }
}
