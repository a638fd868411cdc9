import ReverseMapping

/// Counts the canonical pages that have more than one nested page in one MMU: at some time, and at
/// once.
struct AliasCount {
  private let cells: EventCells
  /// For each MMU and canonical cell, the nested byte that its first byte was first mapped at in
  /// the present context.
  private var firstNested: [[UInt64?]]
  /// For each canonical cell.
  private var atSomeTime: [Bool]
  private var atOnce: [Bool]
  private var records = 0

  init(_ cells: EventCells) {
    self.cells = cells
    let count = cells.canonical.count
    firstNested = Array(repeating: Array(repeating: nil, count: count), count: cells.mmus)
    atSomeTime = Array(repeating: false, count: count)
    atOnce = Array(repeating: false, count: count)
  }

  /// Notes a mapping that was just made in the table `live` of an MMU. O(cells).
  mutating func note(_ canonical: IPARange, nested: UInt64, mmu: Int, _ live: LiveMappings) {
    var isShared = false
    for cell in cells.canonical.numbers(of: canonical) {
      let own = nested &+ (cells.canonical.start(of: cell) &- canonical.start)
      if let first = firstNested[mmu][cell] {
        if first != own { atSomeTime[cell] = true }
      } else {
        firstNested[mmu][cell] = own
      }
      if live.isShared(cell) {
        atOnce[cell] = true
        isShared = true
      }
    }
    if isShared { records += 1 }
  }

  /// Begins another context in an MMU. O(cells).
  mutating func recycle(_ mmu: Int) {
    for cell in firstNested[mmu].indices { firstNested[mmu][cell] = nil }
  }

  /// The counts so far. O(cells).
  var counts: TraceTally.Aliases {
    var counts = TraceTally.Aliases(records: records)
    for cell in atSomeTime.indices {
      if atSomeTime[cell] { counts.atSomeTime += cells.canonical.pages(of: cell) }
      if atOnce[cell] { counts.atOnce += cells.canonical.pages(of: cell) }
    }
    return counts
  }
}
