import ReverseMapping

/// An element of a page table: a range that begins and ends on page boundaries.
@usableFromInline
protocol PageRun: Equatable {
  /// The first byte.
  var first: UInt64 { get }
  /// The last byte, inclusive.
  var last: UInt64 { get }
  /// A 64-bit hash of the run and all that it holds.
  var rowHash: UInt64 { get }
}

extension PageRun {
  /// The page numbers of its bytes.
  var pages: ClosedRange<UInt64> { first / 4096...last / 4096 }
}

extension Entry: PageRun {}
extension DirectEntry: PageRun {}

/// A dictionary from page number to the run that the page belongs to.
///
/// Pages are grouped in chunks of 64. Chunks are found by linear search: scenarios touch only a
/// handful, and hashing would cost more than it saves. Emptying the table starts a new generation,
/// and slots of older generations count as empty.
@usableFromInline
struct PageTable<Run: PageRun> {
  /// Pages per chunk, the size of one window of a fuzzing world.
  @inlinable static var chunkPages: UInt64 { 64 }

  @usableFromInline
  struct Slot {
    @usableFromInline var run: Run
    @usableFromInline var generation: UInt64
  }

  /// The number (page / 64) of each chunk, in order of first use.
  @usableFromInline var chunkNumbers: [UInt64] = []
  /// 64 slots for each chunk, in the same order.
  @usableFromInline var slots: [Slot] = []
  @usableFromInline var generation: UInt64 = 1
  /// The number of pages that belong to a run.
  @usableFromInline private(set) var count: UInt64 = 0

  /// The run that `page` belongs to. O(chunks).
  subscript(page: UInt64) -> Run? {
    guard let index = index(of: page), slots[index].generation == generation else { return nil }
    return slots[index].run
  }

  /// Assigns every page of `run` to it. O(pages x chunks).
  mutating func insert(_ run: Run) {
    for page in run.pages {
      let index = index(of: page) ?? addChunk(for: page, filledWith: run)
      if slots[index].generation != generation { count += 1 }
      slots[index] = Slot(run: run, generation: generation)
    }
  }

  /// Clears every page of `run`, whichever run it belongs to. O(pages x chunks).
  mutating func remove(_ run: Run) {
    for page in run.pages {
      guard let index = index(of: page), slots[index].generation == generation else { continue }
      slots[index].generation = 0
      count -= 1
    }
  }

  /// Whether the first page of `run` belongs to exactly this run. O(chunks).
  @inlinable
  func holds(_ run: Run) -> Bool {
    guard let index = index(of: run.first / 4096) else { return false }
    return slots[index].generation == generation && slots[index].run == run
  }

  /// Each run once, ascending. A run is found by its first page. O(chunks + runs x log runs).
  var runs: [Run] {
    var runs: [Run] = []
    for (chunk, number) in chunkNumbers.enumerated() {
      let start = chunk * Int(Self.chunkPages)
      for offset in 0..<Int(Self.chunkPages) where slots[start + offset].generation == generation {
        let page = number * Self.chunkPages + UInt64(offset)
        if slots[start + offset].run.first / 4096 == page { runs.append(slots[start + offset].run) }
      }
    }
    return runs.sorted { $0.first < $1.first }
  }

  /// A sentence if a page of a run does not belong to that run, or if another page belongs to a
  /// run; otherwise nil. O(pages x chunks).
  func fault() -> String? {
    var pages: UInt64 = 0
    for run in runs {
      for page in run.pages where self[page] != run {
        return "page \(hexadecimal(page)) of \(run) belongs to another entry"
      }
      pages += UInt64(run.pages.count)
    }
    return pages == count
      ? nil : "\(count) pages have an entry, but the entries have \(pages) pages"
  }

  /// Clears every page and keeps the memory.
  mutating func removeAll() {
    generation += 1
    chunkNumbers.removeAll(keepingCapacity: true)
    count = 0
  }

  @inlinable
  func index(of page: UInt64) -> Int? {
    for chunk in chunkNumbers.indices where chunkNumbers[chunk] == page / Self.chunkPages {
      return chunk &* Int(Self.chunkPages) &+ Int(page % Self.chunkPages)
    }
    return nil
  }

  /// Adds the chunk of `page`. Its pages belong to no run; `filler` only initialises the memory.
  private mutating func addChunk(for page: UInt64, filledWith filler: Run) -> Int {
    let start = chunkNumbers.count * Int(Self.chunkPages)
    chunkNumbers.append(page / Self.chunkPages)
    if start == slots.count {
      let nothing = Slot(run: filler, generation: 0)
      slots.append(contentsOf: repeatElement(nothing, count: Int(Self.chunkPages)))
    }
    return start + Int(page % Self.chunkPages)
  }
}
