import Oracle
import ReverseMapping
import Scenario

/// An operation on a map, or on one or all maps of a virtual machine, with its arguments in bytes.
public struct MapAction: Sendable {
  /// What to do.
  public var kind: Operation.Kind
  /// The range, if the operation has one: nested for `invalidate`, else canonical.
  public var range: IPARange
  /// The nested base of a record; 0 for other operations.
  public var nested: UInt64
  @usableFromInline let operation: Operation

  /// The MMU, if the operation names one.
  @inlinable
  public var mmu: Int { operation.mmu }

  /// The fault plan of a `refuse`.
  @inlinable
  public var faultPlan: FaultPlan { operation.faultPlan }

  /// The context of an `enter`.
  @inlinable
  public var context: Context { operation.context }

  /// Action number `index`, below `operation.count`, that `operation` stands for. Each of a fill is
  /// a record.
  @inlinable
  public init(_ operation: Operation, _ index: Int = 0) {
    kind = operation.kind.single
    range = operation.range(index)
    nested = kind == .record ? operation.nested(index) : 0
    self.operation = operation
  }
}

extension MapCells {
  /// Adds the bounds that `operations` name. O(operations + ranges of fills).
  mutating func addBounds(of operations: [Operation]) {
    for operation in operations {
      for index in 0..<operation.count { addBounds(of: MapAction(operation, index)) }
    }
  }

  /// Adds the bounds that `action` names: those of its canonical and nested ranges, if it has any.
  mutating func addBounds(of action: MapAction) {
    switch action.kind {
    case .record: addRecord(action.range, nested: action.nested)
    case .unmap, .query: addCanonical(action.range)
    case .invalidate: addNested(action.range)
    default: break
    }
  }
}

extension Driver where Self: ~Copyable, Action == MapAction {
  @inlinable
  public static func action(for operation: Operation, _ index: Int) -> MapAction {
    MapAction(operation, index)
  }
}
