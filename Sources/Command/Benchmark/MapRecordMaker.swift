import ReverseMapping

/// Generates the records of a workload.
///
/// Nested addresses are a scattered image of the canonical ones. Pages lie in one nested area and
/// blocks in another, so that no two records claim the same nested page. Nested and canonical
/// addresses begin at `GuestMemory.base`.
struct MapRecordMaker {
  /// The size of a block, 2 MiB, in bytes.
  static let blockSize = GuestMemory.blockPages << Page.shift
  private static let blockShift: UInt64 = 21

  struct Made {
    /// The records, in the order in which they are made.
    var records: [MapRecord] = []
    /// The number of records that intersected no earlier one.
    var stored = 0
  }

  /// What has been recorded in an aligned 2 MiB: pages, a block or several, or both.
  private struct Touched: OptionSet {
    let rawValue: UInt8
    static let page = Touched(rawValue: 1)
    static let block = Touched(rawValue: 2)
  }

  private let workload: MapWorkload
  private let count: Int
  /// The number of records of blocks. These are the items from 0 on; those of pages follow.
  private let blockCount: Int
  private let windowBlocks: Int
  private let order: Permutation
  private let pages: Permutation
  private let blocks: Permutation
  private let nestedPages: Permutation
  private let nestedBlocks: Permutation
  private let hosts: HostBlocks

  /// A maker of `count` records.
  init(_ workload: MapWorkload, count: Int, seed: UInt64) {
    self.workload = workload
    self.count = count
    let hasBlocks = workload == .blocks || workload == .overlapping
    blockCount = hasBlocks ? count / 10 : 0
    let windowPages = workload.windowPages(records: count)
    windowBlocks = windowPages / Int(GuestMemory.blockPages)
    let freePages =
      workload == .blocks
      ? (windowBlocks - blockCount) * Int(GuestMemory.blockPages) : windowPages
    // A dense window is rounded up to whole blocks, so it may have room for more pages.
    let pageRoom = workload == .dense ? count : freePages
    order = Permutation(count: count, seed: seed)
    pages = Permutation(count: pageRoom, seed: seed &+ 1)
    blocks = Permutation(count: windowBlocks, seed: seed &+ 2)
    nestedPages = Permutation(count: windowPages, seed: seed &+ 3)
    nestedBlocks = Permutation(count: windowBlocks, seed: seed &+ 4)
    hosts = HostBlocks(count: count, seed: seed &+ 8)
  }

  /// Makes all records. O(records + blocks of the window).
  func make() -> Made {
    var touched = [Touched](repeating: [], count: windowBlocks)
    var made = Made()
    made.records.reserveCapacity(count)
    for turn in 0..<count {
      let record = record(turn)
      let block = Self.block(of: record)
      let met: Touched = record.isBlock ? .page : .block
      made.stored += touched[block].contains(met) ? 0 : 1
      touched[block].insert(record.isBlock ? .block : .page)
      made.records.append(record)
    }
    for index in made.records.indices
    where touched[Self.block(of: made.records[index])] == [.page, .block] {
      made.records[index] = made.records[index].unknown
    }
    return made
  }

  /// The number of the window's block that `record` lies in.
  private static func block(of record: MapRecord) -> Int {
    Int((record.start - GuestMemory.base) >> blockShift)
  }

  /// The record with index `turn`.
  private func record(_ turn: Int) -> MapRecord {
    switch workload {
    case .ascending: return page(turn)
    case .dense, .sparse: return page(Int(pages(turn)))
    case .blocks, .overlapping, .hosts: break
    }
    let item = Int(order(turn))
    if workload == .hosts { return hosts.record(item) }
    guard item >= blockCount else { return block(Int(blocks(item))) }
    let page = Int(pages(item - blockCount))
    guard workload == .blocks else { return self.page(page) }
    // Pages lie in the blocks that are not recorded as a whole, which follow in the random order.
    let blockPages = Int(GuestMemory.blockPages)
    let block = Int(blocks(blockCount + page / blockPages))
    return self.page(block * blockPages + page % blockPages)
  }

  /// The record of page `number` of the window.
  private func page(_ number: Int) -> MapRecord {
    MapRecord(
      start: GuestMemory.base + UInt64(number) << Page.shift, shift: Page.shift,
      nested: GuestMemory.base + nestedPages(number) << Page.shift)
  }

  /// The record of block `number` of the window.
  private func block(_ number: Int) -> MapRecord {
    let area = GuestMemory.base + UInt64(windowBlocks) << Self.blockShift
    return MapRecord(
      start: GuestMemory.base + UInt64(number) << Self.blockShift, shift: Self.blockShift,
      nested: area + nestedBlocks(number) << Self.blockShift)
  }
}

/// The sorted entries after all records of a workload, from which the expected answers follow.
struct MapEntries {
  private let sorted: [MapRecord]

  /// The entries that `records` make in an empty map. `isUnknown` must already be set in those
  /// whose entry is unknown. O(records log records).
  init(_ records: [MapRecord]) {
    // A page whose entry is unknown lies in a recorded block and shares the block's entry.
    sorted = records.filter { $0.isBlock || !$0.isUnknown }.sorted { $0.start < $1.start }
  }

  var count: Int { sorted.count }

  /// The entries that intersect `range`, ascending. The nested base of an unknown entry has no
  /// meaning. O(log entries).
  func intersecting(_ range: IPARange) -> ArraySlice<MapRecord> {
    let from = index { $0.canonical.last >= range.start }
    let to = index { $0.start > range.last }
    return sorted[from..<max(from, to)]
  }

  /// The first index whose entry satisfies `condition`, which must be monotonic. O(log entries).
  private func index(where condition: (MapRecord) -> Bool) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if condition(sorted[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The first bytes of the aligned ranges of 2 MiB in which an entry begins, ascending.
  /// O(entries).
  var touchedBlocks: [UInt64] {
    var blocks: [UInt64] = []
    for entry in sorted {
      let block = entry.start & ~(MapRecordMaker.blockSize - 1)
      if blocks.last != block { blocks.append(block) }
    }
    return blocks
  }
}
