/// What one edit does at one level of the tree: the items from index `keepLo` of `lo` to index
/// `fromHi` of `hi`, across the nodes between, give way to `inserted` others. The neighbours
/// `left` and `right` may be drawn in, to fill or to relieve.
///
/// `lo` with `loIndex` and `hi` with `hiIndex` are also the two paths from the root to the first
/// and the last touched leaf. They may be the same.
@usableFromInline
struct LevelEdit<let slots: Int> {
  @usableFromInline var lo: Node<slots>
  @usableFromInline var hi: Node<slots>
  @usableFromInline var loIndex: Int
  @usableFromInline var hiIndex: Int

  /// The neighbours drawn in, of which the items before `keepLeft` and from `fromRight` stay.
  @usableFromInline var left: Node<slots>?
  @usableFromInline var right: Node<slots>?
  @usableFromInline var keepLeft: Int
  @usableFromInline var keepLo: Int
  @usableFromInline var fromHi: Int
  @usableFromInline var fromRight: Int

  /// Items that come in place of those that go.
  @usableFromInline var inserted: Int

  /// Nodes that hold the items afterwards.
  @usableFromInline var produced: Int

  /// Nodes that hold the items now, apart from those strictly between `lo` and `hi`.
  @inlinable var available: Int {
    (lo == hi ? 1 : 2) &+ (left == nil ? 0 : 1) &+ (right == nil ? 0 : 1)
  }

  /// One node before and after.
  @inlinable var isInPlace: Bool { produced == 1 && available == 1 }
}

/// Neighbouring items that may share a leaf, because their first keys lie in one region. All items
/// of an inner level are one group.
@usableFromInline
struct Group {
  @usableFromInline var region: UInt32
  @usableFromInline var count: Int

  /// The last key of the last item; leaves only.
  @usableFromInline var limit: UInt64

  @inlinable
  init(region: UInt32, count: Int, limit: UInt64) {
    self.region = region
    self.count = count
    self.limit = limit
  }
}

/// The memory that edits work in: one allocation, which a pool makes for all of its trees, so that
/// an edit asks for nodes of the tree and nothing else. About 4 KB at 32 slots.
@usableFromInline
struct Workspace<let slots: Int> {
  /// More levels than any tree can have: a node of 80 bytes or more in a 48-bit address space is
  /// one of 2^42, and every inner node but the last of its level has `minimum` children or more.
  @inlinable static var maximumHeight: Int {
    let bitsPerLevel = Int.bitWidth &- 1 &- Node<slots>.minimum.leadingZeroBitCount
    return 42 / bitsPerLevel &+ 4
  }

  /// Left, `lo`, three new elements, `hi` and right are at most 7 groups and 7 leaves more.
  @inlinable static var maximumRuns: Int { 8 }

  /// Four nodes and what is inserted.
  @inlinable static var gatherCapacity: Int { 4 &* slots &+ maximumRuns }

  // The parts of the allocation, one behind the other.
  @inlinable static var groupOffset: Int { maximumHeight &* MemoryLayout<LevelEdit<slots>>.stride }
  @inlinable static var elementOffset: Int {
    groupOffset &+ maximumRuns &* MemoryLayout<Group>.stride
  }
  @inlinable static var poolOffset: Int {
    elementOffset &+ 3 &* MemoryLayout<RangeTreeElement>.stride
  }
  @inlinable static var producedOffset: Int {
    poolOffset &+ 4 &* MemoryLayout<Node<slots>>.stride
  }
  @inlinable static var gatheredOffset: Int { producedOffset &+ 16 &* maximumRuns }
  @inlinable static var byteCount: Int { gatheredOffset &+ 16 &* gatherCapacity }

  @usableFromInline let base: UnsafeMutableRawPointer

  @inlinable
  init(allocating: Void) {
    base = .allocate(byteCount: Self.byteCount, alignment: 16)
  }

  @inlinable
  func deallocate() { base.deallocate() }

  @inlinable var levels: UnsafeMutablePointer<LevelEdit<slots>> {
    base.assumingMemoryBound(to: LevelEdit<slots>.self)
  }

  @inlinable var groups: UnsafeMutablePointer<Group> {
    (base + Self.groupOffset).assumingMemoryBound(to: Group.self)
  }

  @inlinable var elements: UnsafeMutablePointer<RangeTreeElement> {
    (base + Self.elementOffset).assumingMemoryBound(to: RangeTreeElement.self)
  }

  /// The nodes that an edit of one level may use again.
  @inlinable var pool: UnsafeMutablePointer<Node<slots>> {
    (base + Self.poolOffset).assumingMemoryBound(to: Node<slots>.self)
  }

  /// The nodes produced at one level, to be inserted at the next: their last keys and addresses.
  @inlinable var produced: Columns {
    Columns(start: base + Self.producedOffset, capacity: Self.maximumRuns)
  }

  /// All items of one level of an edit.
  @inlinable var gathered: Columns {
    Columns(start: base + Self.gatheredOffset, capacity: Self.gatherCapacity)
  }
}
