import ReverseMapping

/// What a page table holds: something that begins and ends at the bounds of pages.
@usableFromInline
protocol PageRun: Equatable {
  /// The first byte.
  var first: UInt64 { get }
  /// The last byte, inclusive.
  var last: UInt64 { get }
}

extension PageRun {
  /// The page numbers of its bytes.
  var pages: ClosedRange<UInt64> { first / 4096...last / 4096 }
}

extension Entry: PageRun {}
extension DirectEntry: PageRun {}

/// A dictionary from page number to the run that the page belongs to.
///
/// Pages lie in chunks of 64, and a chunk is found by looking through the chunks in turn: scenarios
/// touch a handful, and a hash would cost more than it saves. Emptying starts a new generation:
/// what a page was given in an older one does not count.
@usableFromInline
struct PageTable<Run: PageRun> {
  /// Pages per chunk: what one window of a fuzzing world covers.
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
  /// How many pages belong to a run.
  @usableFromInline private(set) var count: UInt64 = 0

  /// The run that `page` belongs to. O(chunks).
  subscript(page: UInt64) -> Run? {
    guard let index = index(of: page), slots[index].generation == generation else { return nil }
    return slots[index].run
  }

  /// Gives every page of `run` to it. O(pages x chunks).
  mutating func insert(_ run: Run) {
    for page in run.pages {
      let index = index(of: page) ?? addChunk(for: page, filledWith: run)
      if slots[index].generation != generation { count += 1 }
      slots[index] = Slot(run: run, generation: generation)
    }
  }

  /// Takes every page of `run` from whatever it belongs to. O(pages x chunks).
  mutating func remove(_ run: Run) {
    for page in run.pages {
      guard let index = index(of: page), slots[index].generation == generation else { continue }
      slots[index].generation = 0
      count -= 1
    }
  }

  /// Whether the page that `run` begins with belongs to exactly this run. O(chunks).
  @inlinable
  func holds(_ run: Run) -> Bool {
    guard let index = index(of: run.first / 4096) else { return false }
    return slots[index].generation == generation && slots[index].run == run
  }

  /// Each run once, ascending: a page that begins its run stands for all of it.
  /// O(chunks + runs x log runs).
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

  /// Why not every page of a run has that run, or why another page has one; nil if all is well.
  /// O(pages x chunks).
  func fault() -> String? {
    var pages: UInt64 = 0
    for run in runs {
      for page in run.pages where self[page] != run {
        return "page \(hexadecimal(page)) of \(run) belongs to another entry"
      }
      pages += UInt64(run.pages.count)
    }
    return pages == count
      ? nil : "\(count) pages have an entry, and the entries have \(pages) pages"
  }

  /// Forgets every page, and keeps the memory.
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

  /// Adds the chunk of `page`; its pages belong to nothing, and `filler` is what memory holds.
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
