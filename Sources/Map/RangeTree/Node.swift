/// A handle for the memory of one node: a 16-byte header, then `Columns` of `slots` slots.
///
/// | bytes | leaf | inner node |
/// |---|---|---|
/// | 0, 1 | number of elements | number of children |
/// | 2, 3 | level: 0 | level, 1 or more |
/// | 4 to 7 | region | 0 |
/// | 8 to 15 | `limit`: the last key of the last element | - |
///
/// Empty slots have all bits set in `lasts` or `keys`. A search can therefore run over all slots, a
/// number known at compile time, and ignore the count.
@usableFromInline
struct Node<let slots: Int>: Equatable {
  @usableFromInline let raw: UnsafeMutableRawPointer

  @inlinable
  init(_ raw: UnsafeMutableRawPointer) {
    self.raw = raw
  }

  @inlinable static var headerBytes: Int { 16 }
  @inlinable static var byteCount: Int { headerBytes &+ 16 &* slots }

  /// A node with fewer items is underfull.
  @inlinable static var minimum: Int { slots / 2 }

  @inlinable var columns: Columns {
    Columns(start: raw + Self.headerBytes, capacity: slots)
  }

  @inlinable var count: Int {
    get { Int(raw.load(as: UInt16.self)) }
    nonmutating set { raw.storeBytes(of: UInt16(truncatingIfNeeded: newValue), as: UInt16.self) }
  }

  @inlinable var level: Int {
    get { Int(raw.load(fromByteOffset: 2, as: UInt16.self)) }
    nonmutating set {
      raw.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 2, as: UInt16.self)
    }
  }

  @inlinable var region: UInt32 {
    get { raw.load(fromByteOffset: 4, as: UInt32.self) }
    nonmutating set { raw.storeBytes(of: newValue, toByteOffset: 4, as: UInt32.self) }
  }

  /// Leaf: the last key of the last element.
  @inlinable var limit: UInt64 {
    get { raw.load(fromByteOffset: 8, as: UInt64.self) }
    nonmutating set { raw.storeBytes(of: newValue, toByteOffset: 8, as: UInt64.self) }
  }

  /// The next node of the list, while this node is in a list and not in a tree.
  @inlinable var nextSpare: Node? {
    get { raw.load(fromByteOffset: 8, as: Node?.self) }
    nonmutating set { raw.storeBytes(of: newValue, toByteOffset: 8, as: Node?.self) }
  }

  @inlinable
  func child(_ index: Int) -> Node {
    Node(columns.children[index])
  }

  /// Leaf: the lowest key of the region.
  @inlinable var base: UInt64 { Region.base(region) }

  /// Leaf: the first key of the element at `index`.
  @inlinable
  func first(at index: Int) -> UInt64 {
    base | UInt64(columns.firsts[index])
  }

  /// Leaf: whether `key` is from the first element's first key to the last element's last key. One
  /// comparison, because each of two would be mispredicted every other time for a random key.
  @inlinable @inline(__always)
  func spans(_ key: UInt64) -> Bool {
    let start = first(at: 0)
    return key &- start <= limit &- start
  }

  /// Leaf: the last key of the element before `end`, which is above 0.
  @inlinable
  func lastKey(before end: Int) -> UInt64 {
    end == count ? limit : base | UInt64(columns.lasts[end &- 1])
  }

  /// Leaf: the element at `index`.
  @inlinable
  func element(at index: Int) -> RangeTreeElement {
    RangeTreeElement(
      first: first(at: index), last: lastKey(before: index &+ 1), word: columns.words[index])
  }

  /// Leaf or inner node: the highest key in it. Precondition: it is not empty.
  @inlinable var lastKey: UInt64 {
    level == 0 ? limit : columns.keys[count &- 1]
  }

  /// Leaf: the last key of the last element, if the key is in the region.
  @inlinable var lastOffsetKey: UInt64 {
    base | UInt64(columns.lasts[count &- 1])
  }
}
