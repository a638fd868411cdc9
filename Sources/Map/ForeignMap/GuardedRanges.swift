import CReverseMap
import ReverseMapping

/// A buffer for the ranges that a library reports. A guard at its end detects a library that writes
/// too much.
struct GuardedRanges: ~Copyable {
  private var start: UnsafeMutablePointer<reverse_map_range>
  /// The size of the buffer in ranges, including the guard.
  private var allocated: Int
  /// The number of ranges that the library may write, as of the last call of `room`.
  private var capacity = 0

  /// The size of the guard in ranges. It is small because most overruns also write the first range
  /// past the end.
  private static let guardRanges = 2
  private static let mark: UInt64 = 0x5afe_b0a7_5afe_b0a7

  /// A buffer with room for 64 ranges.
  init() {
    allocated = 64 + Self.guardRanges
    start = .allocate(capacity: allocated)
  }

  deinit { start.deallocate() }

  /// The most ranges that are marked for each call. A sound map may report a range for each page,
  /// and has room for a million.
  private static let mostMarked = 4096

  /// Returns a buffer for `capacity` ranges. With `isMarked`, the first `mostMarked` are filled
  /// with a mark, so `isUnwritten` can find those that the library did not write. O(1).
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
    if isMarked { start.initialize(repeating: mark, count: min(capacity, Self.mostMarked)) }
    (start + capacity).initialize(repeating: mark, count: Self.guardRanges)
    return start
  }

  /// Whether nothing was written past the capacity last given.
  var isIntact: Bool {
    var differs: UInt64 = 0
    for index in capacity..<(capacity + Self.guardRanges) {
      differs |= (start[index].start ^ Self.mark) | (start[index].size ^ Self.mark)
    }
    return differs == 0
  }

  /// Whether the range at `index` is marked and was not written.
  func isUnwritten(_ index: Int) -> Bool {
    index < Self.mostMarked && start[index].start == Self.mark && start[index].size == Self.mark
  }

  /// The rule of `reverse_map.h` that an answer other than `everything` breaks, without the subject
  /// of the sentence; nil if it breaks none. O(count).
  ///
  /// - Parameter isTrusted: whether the ranges are accepted without a look.
  func fault(
    _ code: CInt, _ count: Int, in configuration: MapConfiguration, isTrusted: Bool = false
  ) -> String? {
    guard code == REVERSE_MAP_RANGES else { return "returned \(code), \(ForeignMap.notAResult)" }
    guard count <= capacity, count >= 0, isIntact else {
      return count > capacity || count < 0
        ? "reported \(count) ranges, but the buffer has room for \(capacity)"
        : "wrote past the end of a buffer of \(capacity) ranges"
    }
    if isTrusted { return nil }
    for index in 0..<count {
      if isUnwritten(index) {
        return "reported \(count) ranges, but did not write number \(index + 1)"
      }
      let range = self[index]
      do throws(ReverseMapError) {
        try configuration.check(range)
      } catch {
        return
          "reported \(hexadecimal(range.size)) nested bytes at \(hexadecimal(range.start)), "
          + "which is not a valid range (\(error))"
      }
    }
    return nil
  }

  /// The range at `index`.
  subscript(index: Int) -> IPARange { IPARange(start: start[index].start, size: start[index].size) }
}
