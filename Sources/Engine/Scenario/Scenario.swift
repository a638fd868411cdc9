/// A world and a list of operations: the input of every run.
///
/// A scenario has three forms with the same information: this value, bytes for the fuzzer
/// (`ScenarioBytes.swift`), and text for people (`ScenarioText.swift`). Decoding always gives a
/// *normal* scenario. Converting a normal scenario to another form and back does not change it.
public struct Scenario: Equatable, Hashable, Sendable {
  /// The setup: subject, addresses and settings.
  public var world: World
  /// The operations, in order. At most `Limits.operations`.
  public var operations: [Operation]

  /// A scenario of these operations in this world, made normal. O(operations).
  public init(world: World, operations: [Operation] = []) {
    self.world = world
    self.operations = operations
    normalise()
  }

  /// Makes the world and each operation normal, and drops operations beyond `Limits.operations`.
  /// Idempotent. O(operations).
  public mutating func normalise() {
    world = world.normalised()
    if operations.count > Limits.operations {
      operations.removeLast(operations.count - Limits.operations)
    }
    for index in operations.indices {
      operations[index] = operations[index].normalised(in: world)
    }
    limitRanges()
  }

  /// Cuts fills so that all operations together have at most `Limits.ranges` ranges. Idempotent.
  /// O(operations).
  mutating func limitRanges() {
    // Each operation has a range of its own, whatever comes after it.
    var left = Limits.ranges - Limits.operations
    for index in operations.indices {
      if operations[index].count - 1 > left {
        operations[index].count = left + 1
        operations[index] = operations[index].normalised(in: world)
      }
      left -= operations[index].count - 1
    }
  }

  /// Whether `normalise()` would change nothing. O(operations).
  public var isNormalised: Bool {
    world.isNormalised && operations.count <= Limits.operations
      && operations.allSatisfy { $0.isNormalised(in: world) }
      && operations.reduce(0) { $0 + $1.count - 1 } <= Limits.ranges - Limits.operations
  }
}

extension Scenario {
  /// This scenario with the records, or stores, of each fill in its place. It may have more
  /// operations than `Limits.operations`. O(operations + ranges of fills).
  public var withoutFills: Scenario {
    guard operations.contains(where: \.kind.isFill) else { return self }
    var scenario = self
    scenario.operations = operations.flatMap { operation in
      operation.kind.isFill ? (0..<operation.count).map(operation.one) : [operation]
    }
    return scenario
  }

  /// Changes the world. Operations keep their place in it: the page of the window, or the distance
  /// from the nearer end of the space. O(operations).
  mutating func move(to world: World) {
    let (old, new) = (self.world, world.normalised())
    self.world = new
    for index in operations.indices {
      operations[index] = operations[index].moved(from: old, to: new)
    }
  }

  /// Sets the node size of the world. No operation changes.
  public mutating func setNodeSize(_ size: World.NodeSize) { world.nodeSize = size }
}

/// The limits of a scenario.
public enum Limits {
  /// The most operations in a scenario. Few enough to run, check and shrink fast.
  public static let operations = 256
  /// The most ranges of all operations together: a fill has up to 512. Seven full fills, so that a
  /// map can have some thousand entries and a run still ends within the time of a target.
  public static let ranges = 4096
  /// The bytes of the header in the byte form, which encodes the world.
  public static let headerBytes = 8
  /// The bytes of an operation in the byte form.
  public static let operationBytes = 24
  /// The most bytes in the byte form. Above 4096, which is libFuzzer's default maximum length.
  public static let bytes = headerBytes + operations * operationBytes
  /// The most ranges of a fill that mutation keeps every time.
  static let shortFill = 8
  /// The most mutations applied to one input. With more, a mutant loses its parent's coverage.
  public static let stackedMutations = 4
}
