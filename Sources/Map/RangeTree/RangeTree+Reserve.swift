import ReverseMapping

// Nodes set aside beforehand, where the code may sleep, so that a later edit cannot fail.
//
// The bound. An `insert` or a `replaceIntersecting` puts one element into a leaf, in place of some or
// none. That leaf then holds one item more than before at the most: it becomes two, or, if the
// element is of another region than its leaf, a leaf of its own beside it; either way one node more.
// To the level above this is again one item more at the most, and so on; each level needs one node
// at the most, and a root that becomes two nodes one above them. So `height + 1` nodes are enough,
// whatever the range, and 1 for an empty tree, whose height is 0. Taking a neighbour in only moves
// items, and what is removed only gives room.
//
// The height grows by one when the bound is reached, and the next edit may need one node more than
// this one did: a reserve is for the next edit alone, and one for a shorter tree is not full.

extension RangeTree {
  /// The nodes set aside, those beyond the bound left out, and the most that the next `insert` or
  /// `replaceIntersecting` asks for (Specification 4.4). O(1).
  @inlinable
  public var reserve: Reserve {
    let bound = height &+ 1
    return Reserve(held: min(reserved.count, bound), bound: bound)
  }

  /// Nodes that the tree has, set aside or in use. O(1).
  @inlinable
  public var heldNodes: Int { nodes &+ reserved.count }

  /// Sets nodes aside until the reserve is full; false if it isn't, because one was refused. What
  /// was set aside until then stays. For a context that may sleep. O(height).
  @inlinable
  public mutating func topUpReserve() -> Bool {
    while reserved.count < height &+ 1 {
      guard let node = pool.recycle() ?? pool.allocate(maySleep: true) else { return false }
      reserved.push(node)
    }
    return true
  }

  /// Sets `needed` nodes aside for an edit, or throws and has set none aside.
  ///
  /// In atomic context they come from the reserve first, and the pool is asked not to sleep; where
  /// it may, the reserve is for what the pool refuses.
  @inlinable
  mutating func setAside(_ needed: Int) throws(RangeTreeError) {
    let reservedBefore = reserved.count
    for _ in 0..<needed {
      guard let node = takeNode() else {
        // To where they came from.
        while let node = spares.pop() {
          if reserved.count < reservedBefore { reserved.push(node) } else { pool.free(node) }
        }
        pool.noteFailure()
        throw .outOfMemory
      }
      spares.push(node)
    }
  }

  @inlinable
  mutating func takeNode() -> Node<slots>? {
    if let node = pool.recycle() { return node }
    if pool.context == .atomic { return reserved.pop() ?? pool.allocate(maySleep: false) }
    return pool.allocate(maySleep: true) ?? reserved.pop()
  }

  /// A number that depends on every node, where it is and what is in it: after an edit that failed
  /// it is what it was (Specification 4.1). O(nodes).
  @inlinable @inline(never)
  public func fingerprint() -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: size) &+ UInt64(truncatingIfNeeded: levels) << 32
    if let root { Self.mix(root, level: height &- 1, into: &hash) }
    return hash
  }

  @inlinable
  static func mix(_ node: Node<slots>, level: Int, into hash: inout UInt64) {
    hash = (hash ^ UInt64(UInt(bitPattern: node.raw))) &* 0x9e37_79b9_7f4a_7c15
    var offset = 0
    while offset < Node<slots>.byteCount {
      let word = node.raw.load(fromByteOffset: offset, as: UInt64.self)
      hash = ((hash ^ word) &* 0xbf58_476d_1ce4_e5b9) ^ hash >> 29
      offset &+= 8
    }
    if level == 0 { return }
    for index in 0..<node.count { mix(node.child(index), level: level &- 1, into: &hash) }
  }
}
