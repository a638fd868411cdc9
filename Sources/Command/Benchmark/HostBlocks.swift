import ReverseMapping

/// The records of the workload `hosts`: naturally aligned blocks of every size that hosts map.
///
/// Each size has an area of the window. Half of the places in it are recorded, at random; of those
/// for pages, one in 64. The nested areas are the same, so no two records overlap in either space.
struct HostBlocks {
  /// log2 of a size in bytes, and how many of 1024 records have it. The rest are 4K pages.
  private static let shares: [(shift: UInt64, count: Int)] = [
    (30, 2), (29, 4), (25, 26), (21, 192), (16, 96), (14, 64),
  ]

  private struct Area {
    let shift: UInt64
    /// The first byte, counted from `GuestMemory.base`.
    let start: UInt64
    /// The number of its first record.
    let first: Int
    let places: Permutation
    let nested: Permutation
  }

  private let areas: [Area]
  /// The size of the window in pages, whole blocks of 2 MiB.
  let windowPages: Int

  /// The blocks of `count` records.
  init(count: Int, seed: UInt64) {
    var areas: [Area] = []
    var start: UInt64 = 0
    var first = 0
    var seeds = SplitMix64(seed: seed)
    func add(_ shift: UInt64, records: Int, places: Int) {
      areas.append(
        Area(
          shift: shift, start: start, first: first,
          places: Permutation(count: places, seed: seeds.next()),
          nested: Permutation(count: places, seed: seeds.next())))
      first += records
      // The sizes descend, so every area is aligned to its size.
      let block = MapRecordMaker.blockSize
      start += (UInt64(places) << shift + block - 1) / block * block
    }
    for (shift, share) in Self.shares {
      let records = count * share / 1024
      if records > 0 { add(shift, records: records, places: 2 * records) }
    }
    add(Page.shift, records: count - first, places: 64 * (count - first))
    self.areas = areas
    windowPages = Int(start >> Page.shift)
  }

  /// Record `item`; the largest blocks come first. O(sizes).
  func record(_ item: Int) -> MapRecord {
    let area = areas[(areas.firstIndex { $0.first > item } ?? areas.count) - 1]
    let place = area.places(item - area.first)
    let base = GuestMemory.base + area.start
    return MapRecord(
      start: base + place << area.shift, shift: area.shift,
      nested: base + area.nested(Int(place)) << area.shift)
  }
}
