import RangeTree

extension RangeTreeBenchmark {
  /// Times trees with nodes of the production size, and of three other sizes if `all` is true.
  /// Passes each line of the results to `show` as soon as it is known.
  ///
  /// - Throws: `WrongAnswer`, or what the tree or `show` throws.
  package static func run(rounds: Int, all: Bool, show: (String) throws -> Void) throws {
    try self.show(ProductionRangeTree.self, rounds, show)
    if all {
      try self.show(RangeTree<16>.self, rounds, show)
      try self.show(RangeTree<32>.self, rounds, show)
      try self.show(RangeTree<128>.self, rounds, show)
    }
  }

  private static func show<let slots: Int>(
    _ type: RangeTree<slots>.Type, _ rounds: Int, _ show: (String) throws -> Void
  ) throws {
    try show(
      "\(slots) slots, \(type.bytesPerNode) bytes per node; minimum (median) of \(rounds) rounds")
    for order in Order.allCases {
      let columns = try rows(order: order, rounds: rounds, tree: type).map {
        "\($0.name) \(tenths($0.minimum)) (\(tenths($0.median))) \($0.unit)"
      }
      try show("  \(order.rawValue): " + columns.joined(separator: ", "))
    }
  }

  private static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
