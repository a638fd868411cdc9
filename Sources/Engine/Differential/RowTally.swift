import Oracle
import ReverseMapping

/// Adds up the rows of a map, to compare them with those of a dictionary of cells. They are the
/// same if they have the same sum of hashes and ascend.
@usableFromInline
struct RowTally {
  @usableFromInline var rowSum: UInt64 = 0
  @usableFromInline var isAscending = true
  /// One more than the last byte of the last entry; of the direct map, `directEnd`.
  @usableFromInline var end: UInt64 = 0
  @usableFromInline var directEnd: UInt64 = 0

  @inlinable
  init() {}

  @inlinable @inline(__always)
  mutating func add(_ row: MapRow) {
    switch row {
    case .entry(let entry):
      isAscending = isAscending && entry.first >= end
      end = entry.last &+ 1
      rowSum &+= entry.rowHash
    case .direct(let entry):
      isAscending = isAscending && entry.first >= directEnd
      directEnd = entry.last &+ 1
      rowSum &+= entry.rowHash
    }
  }

  /// Whether these are the rows, in order, that have the sum `sum`.
  @inlinable @inline(__always)
  func isAll(_ sum: UInt64) -> Bool { isAscending && rowSum == sum }
}
