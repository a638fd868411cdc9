import ReverseMapping

extension RangeTree {
  /// Walks all nodes and returns a sentence about the first broken invariant, or nil if all hold
  /// (Specification 5.9). It checks order, bounds, counts, fill, levels and separators, that every
  /// live node is in the tree, and that the remembered leaf is too. O(nodes + elements).
  @inlinable @inline(never)
  public func checkInvariants() -> String? {
    if spares.count != 0 || spares.first != nil { return "a node is still set aside after an edit" }
    if let fault = reserved.fault() { return "in the reserve, " + fault }
    guard let root else {
      if height != 0 { return "an empty tree has height \(height)" }
      if count != 0 { return "an empty tree has count \(count)" }
      if recent != nil { return "an empty tree remembers a leaf" }
      return liveNodes == 0 ? nil : "an empty tree owns \(liveNodes) nodes"
    }
    if height < 1 { return "a tree with a root has height \(height)" }
    if height > 1, root.count < 2 { return "the inner root has \(root.count) children" }
    var audit = Audit(recent: recent)
    if let broken = audit(root, level: height &- 1, isLast: true, isRoot: true) { return broken }
    if audit.elements != count { return "\(audit.elements) elements, but count is \(count)" }
    if audit.missesRecent { return "the remembered leaf is not in the tree" }
    return audit.nodes == liveNodes ? nil : "\(audit.nodes) nodes in the tree, \(liveNodes) live"
  }

  /// The state of a walk over all nodes.
  @usableFromInline
  struct Audit {
    @usableFromInline var nodes = 0
    @usableFromInline var elements = 0
    @usableFromInline var lastKey: UInt64?
    @usableFromInline var leaf: Node<slots>?
    @usableFromInline let recent: Node<slots>?
    @usableFromInline var missesRecent: Bool

    @inlinable
    init(recent: Node<slots>?) {
      self.recent = recent
      missesRecent = recent != nil
    }

    /// Checks a subtree; `isLast` if its root is the last node of its level.
    @inlinable
    mutating func callAsFunction(
      _ node: Node<slots>, level: Int, isLast: Bool, isRoot: Bool
    ) -> String? {
      nodes &+= 1
      let count = node.count
      if node.level != level { return "a node at level \(level) is labelled \(node.level)" }
      if count < 1 { return "a node at level \(level) is empty" }
      if count > slots { return "a node at level \(level) has count \(count) of \(slots) slots" }
      if let broken = emptySlots(node, level) { return broken }
      if level == 0 {
        if node == recent { missesRecent = false }
        return visit(leaf: node)
      }
      if !isLast, !isRoot, count < Node<slots>.minimum {
        return "a node at level \(level) is underfull with \(count) children"
      }
      for index in 0..<count {
        let broken = self(
          node.child(index), level: level &- 1, isLast: isLast && index &+ 1 == count,
          isRoot: false)
        if let broken { return broken }
        let key = node.columns.keys[index]
        if lastKey != key { return "the separator \(key) isn't the last key \(lastKey ?? 0)" }
      }
      return nil
    }

    /// A fault if a slot behind the items is not marked empty: a search would count it.
    @inlinable
    func emptySlots(_ node: Node<slots>, _ level: Int) -> String? {
      // This runs after every fuzzed operation, so it loops over all slots, a number known at
      // compile time, without a branch for each.
      let count = node.count
      var clear: UInt64 = 0
      if level == 0 {
        let lasts = node.columns.lasts
        for index in 0..<slots {
          clear |= UInt64(~lasts[index]) & (0 &- UInt64(bit(index >= count)))
        }
      } else {
        let keys = node.columns.keys
        for index in 0..<slots { clear |= ~keys[index] & (0 &- UInt64(bit(index >= count))) }
      }
      return clear == 0 ? nil : "a slot of a node at level \(level) isn't marked empty"
    }

    @inlinable
    mutating func visit(leaf node: Node<slots>) -> String? {
      if let leaf, leaf.region == node.region, leaf.count < Node<slots>.minimum {
        return "a leaf is underfull with \(leaf.count) elements but not the last of its region"
      }
      leaf = node
      elements &+= node.count
      for index in 0..<node.count {
        let element = node.element(at: index)
        if let lastKey, element.first <= lastKey {
          return "the element at \(element.first) doesn't begin after \(lastKey)"
        }
        if element.last < element.first {
          return "the element at \(element.first) ends before it, at \(element.last)"
        }
        if !WordLayout.isStorable(element.word) {
          return "the element at \(element.first) has the reserved word \(element.word)"
        }
        lastKey = element.last
      }
      let isInside = Region.of(node.limit) == node.region
      let offset = isInside ? UInt32(truncatingIfNeeded: node.limit) : UInt32.max
      if node.columns.lasts[node.count &- 1] != offset {
        return "the limit \(node.limit) of a leaf isn't where its last element ends"
      }
      return nil
    }
  }
}
