/// A world and what happens in it, in order: the input of every run.
///
/// A scenario has three forms with the same information: this value, bytes for the fuzzer
/// (`ScenarioBytes.swift`), and text for people (`ScenarioText.swift`). All decoding yields
/// *normal* scenarios, and a normal scenario survives each form unchanged.
public struct Scenario: Equatable, Hashable, Sendable {
  /// Where it takes place.
  public var world: World
  /// What happens. At most `Limits.operations`.
  public var operations: [Operation]

  /// The normal scenario of these operations in this world. O(operations).
  public init(world: World, operations: [Operation] = []) {
    self.world = world
    self.operations = operations
    normalise()
  }

  /// Makes the world and each operation normal, and cuts the operations off at
  /// `Limits.operations`. Idempotent. O(operations).
  public mutating func normalise() {
    world = world.normalised()
    if operations.count > Limits.operations {
      operations.removeLast(operations.count - Limits.operations)
    }
    for index in operations.indices {
      operations[index] = operations[index].normalised(in: world)
    }
  }

  /// Whether `normalise()` would change nothing. O(operations).
  public var isNormalised: Bool {
    world.isNormalised && operations.count <= Limits.operations
      && operations.allSatisfy { $0.isNormalised(in: world) }
  }
}

extension Scenario {
  /// Gives its world nodes of `size`. No operation changes. O(1).
  public mutating func setNodeSize(_ size: World.NodeSize) { world.nodeSize = size }
}

/// The bounds of a scenario, in one place.
public enum Limits {
  /// The most operations in a scenario. Enough to fill all four windows of a tiny tree, which then
  /// has three levels or more; few enough to run, check after each, and shrink in no time.
  public static let operations = 256
  /// The bytes before the first operation in the byte form: the world.
  public static let headerBytes = 8
  /// The bytes of an operation in the byte form: it is one 64-bit value everywhere.
  public static let operationBytes = 8
  /// The most bytes in the byte form. Below libFuzzer's 4096, so its default length suffices.
  public static let bytes = headerBytes + operations * operationBytes
  /// The most mutations stacked on one execution: with more, the parent's coverage is lost.
  public static let stackedMutations = 4
}
