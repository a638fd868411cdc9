import ReverseMapping

/// A dictionary from page number to the entry that the page belongs to.
///
/// Pages lie in chunks of 64, and a chunk is found by looking through the chunks in turn: scenarios
/// touch a handful, and a hash would cost more than it saves. Emptying starts a new generation:
/// what a page was given in an older one does not count.
@usableFromInline
struct PageTable {
  /// Pages per chunk: what one window of a fuzzing world covers.
  @inlinable static var chunkPages: UInt64 { 64 }

  @usableFromInline
  struct Slot {
    @usableFromInline var entry: Entry
    @usableFromInline var generation: UInt64
  }

  /// The number (page / 64) of each chunk, in order of first use.
  @usableFromInline var chunkNumbers: [UInt64] = []
  /// 64 slots for each chunk, in the same order.
  @usableFromInline var slots: [Slot] = []
  @usableFromInline var generation: UInt64 = 1
  /// How many pages belong to an entry.
  @usableFromInline private(set) var count: UInt64 = 0

  /// The entry that `page` belongs to. O(chunks).
  subscript(page: UInt64) -> Entry? {
    get {
      guard let index = index(of: page), slots[index].generation == generation else { return nil }
      return slots[index].entry
    }
    set {
      let index = index(of: page) ?? addChunk(for: page)
      if slots[index].generation == generation { count -= 1 }
      if let newValue {
        slots[index] = Slot(entry: newValue, generation: generation)
        count += 1
      } else {
        slots[index].generation = 0
      }
    }
  }

  /// Whether the page that `entry` begins with belongs to exactly this entry. O(chunks).
  @inlinable
  func holds(_ entry: Entry) -> Bool {
    guard let index = index(of: entry.first / 4096) else { return false }
    return slots[index].generation == generation && slots[index].entry == entry
  }

  /// Each entry once, in no order: a page that begins its entry stands for all of it. O(chunks).
  func forEachEntry(_ body: (Entry) -> Void) {
    for (chunk, number) in chunkNumbers.enumerated() {
      let start = chunk * Int(Self.chunkPages)
      for offset in 0..<Int(Self.chunkPages) where slots[start + offset].generation == generation {
        let page = number * Self.chunkPages + UInt64(offset)
        if slots[start + offset].entry.first / 4096 == page { body(slots[start + offset].entry) }
      }
    }
  }

  /// Forgets every page, and keeps the memory. O(1).
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

  private mutating func addChunk(for page: UInt64) -> Int {
    let start = chunkNumbers.count * Int(Self.chunkPages)
    chunkNumbers.append(page / Self.chunkPages)
    if start == slots.count {
      let nothing = Slot(entry: Entry(first: 0, last: 0, content: .unknown, word: 0), generation: 0)
      slots.append(contentsOf: repeatElement(nothing, count: Int(Self.chunkPages)))
    }
    return start + Int(page % Self.chunkPages)
  }
}
