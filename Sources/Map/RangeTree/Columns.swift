/// The columns of a node, or of the wider scratch area that edits gather into.
///
/// Sixteen bytes a slot, in an order that serves the search. A leaf holds three columns: `lasts`
/// and `firsts`, the low 32 bits of the keys, and `words`. An inner node holds two: `keys`, the
/// highest key of each child, and `children`. The first two of a leaf lie where the keys of an
/// inner node lie, so a node has one size.
///
/// This type and `Node` are the only places that turn addresses into values.
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

  /// Leaf: the low half of each element's last key; `UInt32.max` if that key is beyond the region.
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
  /// `copyMemory` is one call of `memmove` and no branch, unlike `update(from:count:)`, which a
  /// fuzzing build would instrument nine times over.
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
    // Words and children lie in the same place.
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

/// The key space is cut into regions of 2^32 keys; the region of an element is that of its first
/// key. A leaf holds elements of one region.
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
