/// The columns of a node, or of the wider scratch area that edits gather items in.
///
/// Each slot takes 16 bytes, laid out for fast searches. A leaf has three columns: `lasts` and
/// `firsts`, the low 32 bits of the keys, and `words`. An inner node has two: `keys`, the highest
/// key of each child, and `children`. `lasts` and `firsts` together occupy the same bytes as
/// `keys`, so all nodes have the same size.
///
/// Only this type and `Node` access raw memory.
@usableFromInline
struct Columns {
  @usableFromInline let start: UnsafeMutableRawPointer
  @usableFromInline let capacity: Int

  @inlinable
  init(start: UnsafeMutableRawPointer, capacity: Int) {
    self.start = start
    self.capacity = capacity
  }

  // The products and sums below are bounded by the byte size of an existing allocation.

  /// Leaf: the low half of each element's last key; `UInt32.max` if the key is beyond the region.
  @inlinable var lasts: UnsafeMutablePointer<UInt32> {
    start.assumingMemoryBound(to: UInt32.self)
  }

  /// Leaf: the low half of each element's first key.
  @inlinable var firsts: UnsafeMutablePointer<UInt32> {
    (start + 4 &* capacity).assumingMemoryBound(to: UInt32.self)
  }

  /// Leaf: each element's word.
  @inlinable var words: UnsafeMutablePointer<UInt64> {
    (start + 8 &* capacity).assumingMemoryBound(to: UInt64.self)
  }

  /// Inner node: the last key of the last element below each child.
  @inlinable var keys: UnsafeMutablePointer<UInt64> {
    start.assumingMemoryBound(to: UInt64.self)
  }

  /// Inner node: the children.
  @inlinable var children: UnsafeMutablePointer<UnsafeMutableRawPointer> {
    (start + 8 &* capacity).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
  }

  /// Copies `count` items of `source` from index `from` to index `to`; the areas may overlap.
  /// Level 0 is a leaf.
  ///
  /// `copyMemory` is one call of `memmove` without a branch. `update(from:count:)` has branches,
  /// and a fuzzing build would instrument nine of them.
  @inlinable
  func copy(_ source: Columns, from: Int, to: Int, count: Int, level: Int) {
    if level == 0 {
      UnsafeMutableRawPointer(lasts + to).copyMemory(
        from: source.lasts + from, byteCount: 4 &* count)
      UnsafeMutableRawPointer(firsts + to).copyMemory(
        from: source.firsts + from, byteCount: 4 &* count)
    } else {
      UnsafeMutableRawPointer(keys + to).copyMemory(from: source.keys + from, byteCount: 8 &* count)
    }
    // Words and children have the same offset.
    UnsafeMutableRawPointer(words + to).copyMemory(from: source.words + from, byteCount: 8 &* count)
  }

  /// Writes an element whose first key lies in `region`.
  @inlinable
  func put(_ element: RangeTreeElement, at index: Int, region: UInt32) {
    let isInside = Region.of(element.last) == region
    lasts[index] = isInside ? UInt32(truncatingIfNeeded: element.last) : .max
    firsts[index] = UInt32(truncatingIfNeeded: element.first)
    words[index] = element.word
  }
}

/// The key space is divided into regions of 2^32 keys. An element belongs to the region of its
/// first key, and a leaf holds elements of one region only.
@usableFromInline
enum Region {
  @inlinable
  static func of(_ key: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: key &>> 32)
  }

  /// The lowest key of a region.
  @inlinable
  static func base(_ region: UInt32) -> UInt64 {
    UInt64(region) &<< 32
  }
}
