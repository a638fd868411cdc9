import Differential
import ForeignMap
import ReverseMap
import ReverseMapping
import Scenario

/// Runs scenarios on a library: a virtual machine of its maps, compared with the oracle and checked
/// against the ground truth. A library that only has to be sound is checked, not compared.
///
/// A scenario of a single map runs as a virtual machine with one MMU. `fit` removes from a scenario
/// whatever the library does not support.
public struct ForeignHarness: ~Copyable, ScenarioRunner {
  /// The library that implements the maps.
  public let library: ForeignLibrary
  private var harness: VMHarness<VirtualMachine<ForeignMap>>

  /// A harness of `library`.
  ///
  /// - Parameter watcher: counts the transitions of runs, if not nil.
  public init(_ library: ForeignLibrary, watcher: TransitionWatcher? = nil) {
    self.library = library
    let isExact = library.agreement == .exact
    harness = Harness(
      comparing: isExact,
      checker: ShadowChecker(
        looksAtEntries: library.listsEntries, asksForPages: !isExact,
        mappingsDieByPages: library.tracksSuperset),
      observer: .init(watcher) { _ in nil }
    ) {
      VirtualMachine($0, mmus: $1, memory: ForeignMemory()) {
        ForeignMap($0, in: library, memory: $1)
      }
    }
  }

  /// Whether scenarios of `family` can run on a library: those of maps and virtual machines can.
  public static func accepts(_ family: World.Family) -> Bool { family.drivesMaps }

  /// Adapts `scenario` to `library`. It becomes one of a virtual machine, without contexts and
  /// reserves, which no library has. Direct maps, and ranges other than blocks, are removed if the
  /// library does not support them; and so are operations with bad arguments, which a library that
  /// checks none never gets. Idempotent. O(operations).
  public static func fit(_ scenario: inout Scenario, to library: ForeignLibrary) {
    adapt(&scenario, to: library)
    if library.checksArguments || !accepts(scenario.world.family) { return }
    let (world, configuration) = (scenario.world, scenario.world.mapConfiguration)
    scenario.operations.removeAll { !$0.hasValidArguments(in: world, configuration) }
  }

  /// Adapts `scenario` to `library`, but leaves operations with bad arguments in, so that steps
  /// keep their numbers: a shrinker has to know which operation failed.
  private static func adapt(_ scenario: inout Scenario, to library: ForeignLibrary) {
    var world = scenario.world
    guard accepts(world.family) else { return }
    if !world.family.isVM { world.mmus = 1 }
    if world.family == .memory {
      scenario.operations.removeAll { [.enter, .topUp, .reclaim].contains($0.kind) }
    }
    world.family = .vm
    if !library.hasDirectMaps { world.hasDirectMap = false }
    if library.takesBlocksOnly { world.blocks = .laminar }
    // The node size is that of our own range tree; it means nothing to a library.
    world.nodeSize = .production
    if world == scenario.world { return }
    scenario.world = world
    scenario.normalise()
  }

  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    var fitting = copy scenario
    Self.adapt(&fitting, to: library)
    guard Self.accepts(fitting.world.family) else { return nil }
    return harness.run(fitting)
  }

  /// Runs `scenario`, then again step by step, after fitting it to the library.
  ///
  /// - Precondition: `accepts` is true of the family of `scenario`.
  public mutating func trace(_ scenario: Scenario) -> Trace {
    var fitting = scenario
    Self.adapt(&fitting, to: library)
    assert(Self.accepts(fitting.world.family))
    return harness.trace(fitting)
  }

  /// Performs the operations of `scenario` on the library, without any check, and notes each in the
  /// recording of a library that has one (`ForeignLibrary.recording`).
  ///
  /// - Precondition: `accepts` is true of the family of `scenario`.
  public mutating func perform(_ scenario: Scenario) {
    var fitting = scenario
    Self.adapt(&fitting, to: library)
    assert(Self.accepts(fitting.world.family))
    harness.perform(fitting) { ForeignLibrary.noteOperation($0) }
  }

  public mutating func refusedSteps(of scenario: Scenario) -> Set<Int> {
    var fitting = scenario
    Self.adapt(&fitting, to: library)
    guard Self.accepts(fitting.world.family) else { return [] }
    return harness.refusedSteps(of: fitting)
  }

  public var precision: Precision? { harness.precision }

  /// The use of memory in the last run. Counts are of blocks that the library allocated, not nodes.
  public var memory: MemoryCounts { harness.memory }

  public var hasGroundTruth: Bool { harness.hasGroundTruth }
}

extension Operation {
  /// Whether the ranges of a map's operation are valid (Specification 3.1); true for an operation
  /// without a range.
  fileprivate func hasValidArguments(in world: World, _ configuration: MapConfiguration) -> Bool {
    guard [.record, .fill, .unmap, .query, .invalidate].contains(kind) else { return true }
    return (0..<count).allSatisfy { index in
      let range = range(index)
      guard (try? configuration.check(range)) != nil else { return false }
      guard kind.isRecord else { return true }
      return (try? configuration.check(IPARange(start: nested(index), size: range.size))) != nil
    }
  }
}
