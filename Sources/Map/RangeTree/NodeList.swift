/// A stack of nodes outside any tree, linked through `nextSpare`.
@usableFromInline
struct NodeList<let slots: Int> {
  @usableFromInline var first: Node<slots>?
  @usableFromInline var count = 0

  @inlinable
  init() {}

  @inlinable
  mutating func push(_ node: Node<slots>) {
    node.nextSpare = first
    first = node
    count &+= 1
  }

  @inlinable
  mutating func pop() -> Node<slots>? {
    guard let node = first else { return nil }
    first = node.nextSpare
    count &-= 1
    return node
  }

  /// A sentence if the list is not `count` nodes long, or nil. Follows at most one node more than
  /// `count`, so a cycle cannot hang it.
  @inlinable
  func fault() -> String? {
    var found = 0
    var next = first
    while let node = next, found <= count {
      found &+= 1
      next = node.nextSpare
    }
    if found == count { return nil }
    return "\(count) nodes are counted, and there are \(found > count ? "more" : "\(found)")"
  }
}
