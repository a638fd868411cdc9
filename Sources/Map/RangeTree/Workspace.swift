/// The part of an edit that concerns one level of the tree. The items from index `keepLo` of `lo`
/// up to, not including, index `fromHi` of `hi`, and all nodes between the two, are replaced by
/// `inserted` items. The neighbours `left` and `right` may be drawn in, to fill an underfull node
/// or to relieve a full one.
///
/// `lo` with `loIndex`, and `hi` with `hiIndex`, are also the two paths from the root to the first
/// and the last affected leaf. The two paths may be the same.
@usableFromInline
struct LevelEdit<let slots: Int> {
  @usableFromInline var lo: Node<slots>
  @usableFromInline var hi: Node<slots>
  @usableFromInline var loIndex: Int
  @usableFromInline var hiIndex: Int

  /// The neighbours drawn in. Their items before `keepLeft` and from `fromRight` on are kept.
  @usableFromInline var left: Node<slots>?
  @usableFromInline var right: Node<slots>?
  @usableFromInline var keepLeft: Int
  @usableFromInline var keepLo: Int
  @usableFromInline var fromHi: Int
  @usableFromInline var fromRight: Int

  /// The number of new items.
  @usableFromInline var inserted: Int

  /// The number of nodes that hold the items after the edit.
  @usableFromInline var produced: Int

  /// The number of nodes that hold the items before the edit, without those between `lo` and `hi`.
  @inlinable var available: Int {
    (lo == hi ? 1 : 2) &+ (left == nil ? 0 : 1) &+ (right == nil ? 0 : 1)
  }

  /// Whether there is one node both before and after the edit.
  @inlinable var isInPlace: Bool { produced == 1 && available == 1 }
}

/// Consecutive items that may share a leaf because their first keys lie in one region. At an inner
/// level all items form one group.
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

/// The scratch memory of edits, about 4 KB at 32 slots. A pool makes this one allocation for all of
/// its trees, so an edit requests only nodes of the tree.
@usableFromInline
struct Workspace<let slots: Int> {
  /// More levels than any tree can have. A node is at least 80 bytes, so a 48-bit address space
  /// holds fewer than 2^42 nodes, and every inner node but the last of its level has at least
  /// `minimum` children.
  @inlinable static var maximumHeight: Int {
    let bitsPerLevel = Int.bitWidth &- 1 &- Node<slots>.minimum.leadingZeroBitCount
    return 42 / bitsPerLevel &+ 4
  }

  /// An upper bound of the groups, and of the nodes produced, at one level. In a leaf edit `left`,
  /// `lo`, three new elements, `hi` and `right` are 7 runs of at most one node each.
  @inlinable static var maximumRuns: Int { 8 }

  /// Items of four nodes, plus the inserted ones.
  @inlinable static var gatherCapacity: Int { 4 &* slots &+ maximumRuns }

  // The offsets of the parts of the allocation.
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

  /// The nodes that an edit of one level can reuse.
  @inlinable var pool: UnsafeMutablePointer<Node<slots>> {
    (base + Self.poolOffset).assumingMemoryBound(to: Node<slots>.self)
  }

  /// The nodes produced at one level, to be inserted at the next level: last keys and addresses.
  @inlinable var produced: Columns {
    Columns(start: base + Self.producedOffset, capacity: Self.maximumRuns)
  }

  /// All items of one level of an edit.
  @inlinable var gathered: Columns {
    Columns(start: base + Self.gatheredOffset, capacity: Self.gatherCapacity)
  }
}
