import ReverseMapping

// Nodes reserved in advance, where the code may sleep, so that a later edit cannot fail.
//
// The bound. An `insert` or a `replaceIntersecting` puts one element into a leaf, in place of some
// or none. The leaf then holds at most one item more than before. Either it splits in two, or, if
// the element belongs to another region, the element gets a leaf of its own; both take one node.
// For the level above, this is again at most one item more, and so on. Each level needs at most one
// node, and a root that splits needs one more above it. So `height + 1` nodes are enough whatever
// the range, and 1 node for an empty tree, whose height is 0. Drawing in a neighbour only moves
// items, and removing items only makes room.
//
// When an edit uses the whole bound, the height grows by one, and the next edit may need one node
// more. A reserve therefore covers the next edit only, and a reserve that was full for a lower tree
// is not full for a higher one.

extension RangeTree {
  /// The nodes in reserve, counted up to the bound, and the bound: the most nodes that the next
  /// `insert` or `replaceIntersecting` can request (Specification 4.4).
  @inlinable
  public var reserve: Reserve {
    let bound = height &+ 1
    return Reserve(held: min(reserved.count, bound), bound: bound)
  }

  /// Nodes that the tree holds, in use or in reserve.
  @inlinable
  public var heldNodes: Int { nodes &+ reserved.count }

  /// Fills the reserve (Specification 4.4). Returns false if a request was refused; the nodes
  /// obtained before that stay in reserve. Call it only where the code may sleep. O(height).
  @inlinable
  public mutating func topUpReserve() -> Bool {
    while reserved.count < height &+ 1 {
      guard let node = pool.recycle() ?? pool.allocate(maySleep: true) else { return false }
      reserved.push(node)
    }
    return true
  }

  /// Collects `needed` nodes for an edit. If it throws, every node is back where it came from.
  ///
  /// In atomic context nodes come from the reserve first, and requests must not sleep. Otherwise
  /// the reserve is used only when the pool refuses a request (Specification 4.5).
  @inlinable
  mutating func setAside(_ needed: Int) throws(RangeTreeError) {
    let reservedBefore = reserved.count
    for _ in 0..<needed {
      guard let node = takeNode() else {
        // Return each node to where it came from.
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

  /// A hash of every node's address and contents. An edit that fails must leave it unchanged
  /// (Specification 4.1). O(nodes).
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
