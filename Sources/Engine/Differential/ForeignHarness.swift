import ForeignMap
import ReverseMap
import ReverseMapping
import Scenario

/// A virtual machine of maps in a library beside that of page dictionaries, and the ground truth
/// beside both; or the ground truth alone, if the library has to be sound only.
///
/// To a library, a scenario of maps is one of a machine with a single MMU. What the library is not
/// made for is taken out of scenarios before they run: `fit`.
public struct ForeignHarness: ~Copyable, ScenarioRunner {
  /// The library that the maps are in.
  public let library: ForeignLibrary
  private var harness: VMHarness<VirtualMachine<ForeignMap>>

  /// The harness of `library`.
  ///
  /// - Parameter watcher: what counts the transitions of runs, or nil.
  public init(_ library: ForeignLibrary, watcher: TransitionWatcher? = nil) {
    self.library = library
    let isExact = library.agreement == .exact
    harness = Harness(
      comparing: isExact,
      checker: ShadowChecker(looksAtEntries: library.listsEntries, asksForPages: !isExact),
      observer: .init(watcher) { _ in nil }
    ) {
      VirtualMachine($0, mmus: $1, memory: ForeignMemory()) {
        ForeignMap($0, in: library, memory: $1)
      }
    }
  }

  /// Whether scenarios of `family` can be run on a library: they are of reverse maps.
  public static func accepts(_ family: World.Family) -> Bool { family.drivesMaps }

  /// Makes `scenario` one that the library can run: of a machine, without contexts and reserves, which
  /// libraries have none of; without direct maps and with blocks only, if it is made for no others.
  /// Idempotent. O(operations).
  public func fit(_ scenario: inout Scenario) {
    var world = scenario.world
    guard Self.accepts(world.family) else { return }
    if !world.family.isVM { world.mmus = 1 }
    if world.family == .memory {
      scenario.operations.removeAll { [.enter, .topUp, .reclaim].contains($0.kind) }
    }
    world.family = .vm
    if !library.hasDirectMaps { world.hasDirectMap = false }
    if library.takesBlocksOnly { world.blocks = .laminar }
    // What a tree of our own is made of says nothing to a library.
    world.nodeSize = .production
    if world == scenario.world { return }
    scenario.world = world
    scenario.normalise()
  }

  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    var fitting = copy scenario
    fit(&fitting)
    guard Self.accepts(fitting.world.family) else { return nil }
    return harness.run(fitting)
  }

  /// - Precondition: `scenario` is of a family that a library accepts.
  public mutating func trace(_ scenario: Scenario) -> Trace {
    var fitting = scenario
    fit(&fitting)
    assert(Self.accepts(fitting.world.family))
    return harness.trace(fitting)
  }

  public mutating func refusedSteps(of scenario: Scenario) -> Set<Int> {
    var fitting = scenario
    fit(&fitting)
    guard Self.accepts(fitting.world.family) else { return [] }
    return harness.refusedSteps(of: fitting)
  }

  public var precision: Precision? { harness.precision }

  /// In blocks.
  public var memory: MemoryCounts { harness.memory }

  public var looksForHarm: Bool { harness.looksForHarm }
}
