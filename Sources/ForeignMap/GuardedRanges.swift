import CReverseMap
import ReverseMapping

/// A buffer for the ranges that a library reports, with a guard behind it that shows if it wrote too
/// much.
struct GuardedRanges {
  private var storage: [reverse_map_range] = []
  private var capacity = 0

  /// Ranges of the guard: whoever is off by more is likely to be off by one as well.
  private static let guardRanges = 2
  private static let mark: UInt64 = 0x5afe_b0a7_5afe_b0a7

  /// Calls `body` with room for `capacity` ranges and a count of 0; its result and the count.
  mutating func withRoom(
    for capacity: Int,
    _ body: (UnsafeMutablePointer<reverse_map_range>?, UnsafeMutablePointer<Int>) -> CInt
  ) -> (CInt, Int) {
    self.capacity = capacity
    if storage.count < capacity + Self.guardRanges {
      storage = Array(repeating: reverse_map_range(), count: 2 * capacity + Self.guardRanges)
    }
    for index in capacity..<(capacity + Self.guardRanges) {
      storage[index] = reverse_map_range(start: Self.mark, size: Self.mark)
    }
    var count = 0
    let code = storage.withUnsafeMutableBufferPointer { body($0.baseAddress, &count) }
    return (code, count)
  }

  /// Whether nothing was written behind the room that was last given. O(1).
  var isIntact: Bool {
    storage[capacity..<(capacity + Self.guardRanges)].allSatisfy {
      $0.start == Self.mark && $0.size == Self.mark
    }
  }

  /// Appends the first `count` ranges, which were written, to `nested`. O(count).
  func append(_ count: Int, to nested: inout [IPARange]) {
    nested.append(
      contentsOf: storage[..<count].lazy.map { IPARange(start: $0.start, size: $0.size) })
  }

  /// A range that was written. O(1).
  subscript(index: Int) -> reverse_map_range { storage[index] }
}
