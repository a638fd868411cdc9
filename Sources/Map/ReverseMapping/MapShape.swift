/// How large a map is inside, to tell one moment of a run from another. No rule depends on it.
public struct MapShape: Equatable, Sendable {
  /// Its entries.
  public var entries = 0
  /// Levels of nodes in its tallest tree; 0 when it is empty.
  public var height = 0
  /// Nodes in its trees, those set aside left out.
  public var nodes = 0

  /// Nothing. O(1).
  @inlinable
  public init() {}

  /// So many entries, levels and nodes. O(1).
  @inlinable
  public init(entries: Int, height: Int, nodes: Int) {
    self.entries = entries
    self.height = height
    self.nodes = nodes
  }
}
