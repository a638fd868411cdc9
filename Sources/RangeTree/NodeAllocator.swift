/// Hands out and takes back the nodes of one `RangeTree`, and counts them.
///
/// Every node is an allocation of its own, so that AddressSanitizer sees a use after free.
public struct NodeAllocator {
  /// Nodes handed out and not yet taken back.
  public internal(set) var live = 0

  /// How often a node was refused.
  public internal(set) var refused = 0

  /// The allocator refuses a node when this many are live. It may be set below `live`: then every
  /// node is refused until enough have been given back.
  public var limit: Int

  /// An allocator that refuses a node when `limit` nodes are live; the default never refuses.
  @inlinable
  public init(limit: Int = .max) {
    self.limit = limit
  }

  /// A node of `byteCount` bytes, uninitialised and aligned to 16, or nil if it is refused.
  @usableFromInline
  mutating func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
    guard live < limit else {
      refused &+= 1
      return nil
    }
    live &+= 1
    return .allocate(byteCount: byteCount, alignment: 16)
  }

  /// Takes back a node that `allocate` handed out.
  @usableFromInline
  mutating func free(_ node: UnsafeMutableRawPointer) {
    live &-= 1
    node.deallocate()
  }

  /// An allocator with the same plan of refusals that has handed out nothing.
  @usableFromInline
  consuming func fresh() -> NodeAllocator {
    live = 0
    refused = 0
    return self
  }

  /// Puts back the counts that a caller must not have changed.
  @usableFromInline
  mutating func restore(live: Int, refused: Int) {
    self.live = live
    self.refused = refused
  }
}
