import ReverseMapping

// What versions 1 and 2 meant differently.
//
// They had neither the family memory nor `refuse`, `enter`, `topUp` and `reclaim`. Kind 20 was
// `limitNodes`, of a vm alone: it let the map of one MMU have so many nodes beside those that were
// live, 0 to 6, or as many as it wants (byte 3, modulo 8; 7 for no limit). It is read as a budget
// for so many nodes, of the whole machine: the limit was one of an MMU, and is now one of all
// together. A tree had eight kinds, so that its byte 20 stood for a `find`.

extension Operation {
  /// The operation of version 3 that these bits of version 1 or 2 stand for. Not yet normal. O(1).
  func upgraded(in world: World) -> Operation {
    var operation = self
    switch world.family {
    case .map, .direct, .words: break
    case .tree:
      if bits & 0xff == 20 { operation.kind = .find }
    case .vm, .memory:
      // The older ones had the kinds that a vm has still. Read for a memory world, as the target of
      // one reads whatever it gets, they are those of a vm.
      operation.setField(0, 8, World.Family.vm.kind(ofByte: bits & 0xff))
      if operation.kind == .refuse {
        let further = Int(truncatingIfNeeded: field(24, 3))
        return .refuse(
          .furtherNodes(further > Self.mostFurtherNodes ? nil : further, in: world), in: world)
      }
    }
    return operation
  }

  /// The largest limit of nodes that version 2 had.
  static var mostFurtherNodes: Int { 6 }
}

extension RefusalPlan {
  /// A budget that admits `further` nodes and not one more, or, without a number, no refusals.
  /// O(1).
  static func furtherNodes(_ further: Int?, in world: World) -> RefusalPlan {
    guard let further else { return .none }
    // The unit is smaller than any node: what rounding up adds is never room for another.
    let unit = Operation.budgetUnit
    return .budget(bytes: (further * world.bytesOfNode + unit - 1) / unit * unit)
  }
}

extension World {
  /// How many bytes a node of a tree is asked for with: 80 for the tiny ones, 528 for the others.
  var bytesOfNode: Int { nodeSize == .tiny ? 80 : 528 }
}
