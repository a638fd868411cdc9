import ReverseMapping
import Scenario

/// An operation on a map, or on one or all maps of a machine, with its arguments in bytes.
public struct MapAction: Sendable {
  /// What to do.
  public var kind: Operation.Kind
  /// The range, where the operation has one: nested for `invalidate`, else canonical.
  public var range: IPARange
  /// The nested base, for a record.
  public var nested: UInt64
  @usableFromInline let operation: Operation

  /// The MMU, where the operation names one. O(1).
  @inlinable
  public var mmu: Int { operation.mmu }

  /// Which requests are refused, for a `refuse`. O(1).
  @inlinable
  public var faultPlan: FaultPlan { operation.faultPlan }

  /// Where to go, for an `enter`. O(1).
  @inlinable
  public var context: Context { operation.context }

  /// What `operation` stands for in `world`. O(1).
  @inlinable
  public init(_ operation: Operation, in world: World) {
    kind = operation.kind
    range = operation.range(in: world)
    nested = operation.nested(in: world)
    self.operation = operation
  }
}

extension Driver where Self: ~Copyable, Action == MapAction {
  /// The arguments that `operation` stands for in `world`. O(1).
  @inlinable
  public static func action(for operation: Operation, in world: World) -> MapAction {
    MapAction(operation, in: world)
  }
}
