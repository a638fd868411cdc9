import ReverseMapping

/// The size of the subject's structure after an operation, as far as transitions depend on it. No
/// answer shows heights and numbers of nodes, and edge cases of a tree depend on them.
public struct StructureStatistics: Equatable, Sendable {
  /// Entries of all maps together, without direct maps; or elements of a tree.
  public var entries = 0
  /// Levels of nodes in the tallest tree.
  public var height = 0
  /// Nodes added to trees so far.
  ///
  /// A node that was set aside for an edit which then failed for lack of memory counts as added and
  /// removed. So does a node of a reserve that is given back.
  public var nodesTaken = 0
  /// Nodes removed from trees so far, whether given back or retired.
  public var nodesGiven = 0

  /// The statistics of an empty structure that never had a node.
  @inlinable
  public init() {}

  /// The statistics of a structure of `shape` with memory counters `counts`.
  ///
  /// A node is removed if it was handed out once and is now retired or no longer live. It is added
  /// if it is removed or in a tree now. Requests alone do not tell: a node can come from a reserve,
  /// which was handed out long before.
  @inlinable
  public init(_ shape: MapShape, _ counts: MemoryCounts) {
    entries = shape.entries
    height = shape.height
    let handedOut = counts.requests &- counts.refused &+ counts.recycled
    nodesGiven = handedOut &- (counts.live &- counts.retired)
    nodesTaken = nodesGiven &+ shape.nodes
  }
}
