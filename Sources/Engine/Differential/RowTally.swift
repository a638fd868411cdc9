import ReverseMapping

/// Counts the rows of a map. If each is held by the dictionary, they ascend, so that no two are the
/// same, and together they have as many pages as the dictionary's, then they are all of them.
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
