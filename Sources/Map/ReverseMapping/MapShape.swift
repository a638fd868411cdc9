/// Internal size figures of a map, used to distinguish states during a run. No rule depends on
/// them.
public struct MapShape: Equatable, Sendable {
  /// Entries in the map.
  public var entries = 0
  /// Levels of nodes in the tallest tree; 0 if it is empty.
  public var height = 0
  /// Nodes in the trees, without reserves.
  public var nodes = 0

  /// The shape of an empty map.
  @inlinable
  public init() {}

  /// The shape of a map with `entries` entries and `nodes` nodes in `height` levels.
  @inlinable
  public init(entries: Int, height: Int, nodes: Int) {
    self.entries = entries
    self.height = height
    self.nodes = nodes
  }
}
