import CReverseMap
import ReverseMapping

/// A buffer for the ranges that a library reports, with a guard behind it that shows if it wrote too
/// much.
struct GuardedRanges: ~Copyable {
  private var start: UnsafeMutablePointer<reverse_map_range>
  /// Ranges that there are, those of the guard included.
  private var allocated: Int
  /// Ranges that the library was last told it may write.
  private var capacity = 0

  /// Ranges of the guard: whoever is off by more is likely to be off by one as well.
  private static let guardRanges = 2
  private static let mark: UInt64 = 0x5afe_b0a7_5afe_b0a7

  /// Room for some.
  init() {
    allocated = 64 + Self.guardRanges
    start = .allocate(capacity: allocated)
  }

  deinit { start.deallocate() }

  /// Where a library may write `capacity` ranges; with `isMarked`, each of them shows whether it did.
  /// O(1), or O(capacity) if they are marked or more than ever.
  mutating func room(
    for capacity: Int, marked isMarked: Bool
  ) -> UnsafeMutablePointer<reverse_map_range> {
    if capacity + Self.guardRanges > allocated {
      start.deallocate()
      allocated = 2 * capacity + Self.guardRanges
      start = .allocate(capacity: allocated)
    }
    self.capacity = capacity
    let mark = reverse_map_range(start: Self.mark, size: Self.mark)
    if isMarked { start.initialize(repeating: mark, count: capacity) }
    (start + capacity).initialize(repeating: mark, count: Self.guardRanges)
    return start
  }

  /// Whether nothing was written behind the room that was last given.
  var isIntact: Bool {
    var differs: UInt64 = 0
    for index in capacity..<(capacity + Self.guardRanges) {
      differs |= (start[index].start ^ Self.mark) | (start[index].size ^ Self.mark)
    }
    return differs == 0
  }

  /// Whether the range at `index`, which was marked, is as it was.
  func isUnwritten(_ index: Int) -> Bool {
    start[index].start == Self.mark && start[index].size == Self.mark
  }

  /// A range that was written.
  subscript(index: Int) -> IPARange { IPARange(start: start[index].start, size: start[index].size) }
}
