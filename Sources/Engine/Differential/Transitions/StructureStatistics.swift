import ReverseMapping

/// What a machine under test is like inside after an operation: as little of it as tells transitions
/// apart. A height and numbers of nodes say what no answer does, and they are what an edge case of a
/// tree is about.
public struct StructureStatistics: Equatable, Sendable {
  /// Entries of all maps together, direct maps left out; or elements of a tree.
  public var entries = 0
  /// Levels of nodes in the tallest tree.
  public var height = 0
  /// Nodes that have come into trees so far.
  ///
  /// One that was set aside for an edit which then found no more memory counts as come and gone; so
  /// does a reserve that is given back.
  public var nodesTaken = 0
  /// Nodes that have left trees so far, whether they were given back or retired.
  public var nodesGiven = 0

  /// Nothing was ever there. O(1).
  @inlinable
  public init() {}

  /// That of a machine of `shape`, whose memory was used as `counts` says. O(1).
  ///
  /// What memory has handed out, and what is neither in use nor retired now, has gone; what has gone
  /// or is in a tree has come. Put so because a node can come from a reserve, which memory has handed
  /// out long before.
  @inlinable
  public init(_ shape: MapShape, _ counts: MemoryCounts) {
    entries = shape.entries
    height = shape.height
    let handedOut = counts.requests &- counts.refused &+ counts.recycled
    nodesGiven = handedOut &- (counts.live &- counts.retired)
    nodesTaken = nodesGiven &+ shape.nodes
  }
}
