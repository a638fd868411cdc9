extension World.Family {
  /// Whether its worlds have a size of nodes. O(1).
  public var hasNodeSizes: Bool { self != .words }
}

extension Scenario {
  /// Gives its world nodes of `size`, if the family has sizes of nodes. No operation changes.
  /// O(1).
  public mutating func setNodeSize(_ size: World.NodeSize) {
    if world.family.hasNodeSizes { world.nodeSize = size }
  }
}
