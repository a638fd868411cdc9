import ForeignMap
import Oracle
import ReverseMap
import ReverseMapping
import Scenario

/// A virtual machine of maps in a library beside that of page dictionaries, and the ground truth beside
/// both; or the ground truth alone, if the library has to be sound only.
///
/// A scenario of maps is one of a machine with a single MMU to it. What the library is not made for is
/// taken out of scenarios before they run: `fit`.
public struct ForeignLane {
  /// The library that the maps are in.
  public let library: ForeignLibrary
  private var runner = Runner()
  private var reference: ReferenceVMMachine
  private var judge: ShadowJudge
  private var memoryUsed = MemoryCounts()

  /// The lane of `library`.
  public init(_ library: ForeignLibrary) {
    self.library = library
    let any = MapConfiguration(nearestWidthTo: 56, layout: .mailed)
    reference = ReferenceVMMachine(any, mmus: 1)
    judge = ShadowJudge(
      looksAtEntries: library.listsEntries, asksForPages: library.agreement == .sound)
  }

  /// Whether scenarios of `family` can be run on a library: they are of reverse maps.
  public static func takes(_ family: World.Family) -> Bool { family.drivesMaps }

  /// What safety has cost in all runs so far (Specification 9.6).
  public var precision: Precision { judge.precision }

  /// What memory was used for in the last run, in blocks.
  public var memory: MemoryCounts { memoryUsed }

  /// Makes `scenario` one that the library can run: of a machine, without contexts and reserves, which
  /// libraries have none of; without direct maps and with blocks only, if it is made for no others.
  /// Idempotent. O(operations).
  public func fit(_ scenario: inout Scenario) {
    var world = scenario.world
    guard Self.takes(world.family) else { return }
    if !world.family.isMachine { world.mmus = 1 }
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

  /// The first divergence, or nil. A difference is followed up: if no harm comes of it in this
  /// scenario, others that begin alike are tried, the same ones every time.
  /// O(operations x (entries + mappings + pages of an operation)).
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    runOnce(scenario)?.followedUp { runOnce($0) }
  }

  /// The first divergence in this scenario, or nil; a difference is not followed up.
  /// O(operations x (entries + mappings + pages of an operation)).
  public mutating func runOnce(_ scenario: borrowing Scenario) -> Divergence? {
    var fitting = copy scenario
    fit(&fitting)
    guard Self.takes(fitting.world.family) else { return nil }
    var subject = subject(for: fitting.world)
    defer { memoryUsed = subject.vm.memoryCounts }
    return runner.run(
      fitting, comparing: library.agreement == .exact, subject: &subject, reference: &reference,
      judge: &judge)
  }

  /// Runs the scenario, and once more step by step: what was found, and all that was held on the way.
  /// O(operations x (entries + mappings + pages of an operation)).
  public mutating func trace(_ scenario: Scenario) -> Trace<VMRow> {
    var fitting = scenario
    fit(&fitting)
    let divergence = run(fitting)
    let traced = divergence?.scenario ?? fitting
    var subject = subject(for: traced.world)
    return runner.trace(
      fitting, explaining: divergence, comparing: library.agreement == .exact, subject: &subject,
      reference: &reference, judge: &judge)
  }

  /// The machine at the start of a run in `world`, with the reference and the truth at theirs.
  private mutating func subject(for world: World) -> VMMachine<VirtualMachine<ForeignMap>> {
    let (configuration, mmus) = (world.mapConfiguration, Int(world.mmus))
    reference.restart(configuration, mmus: mmus)
    judge.restart(in: world)
    let library = library
    return VMMachine(
      VirtualMachine(configuration, mmus: mmus, memory: ForeignMemory()) {
        ForeignMap($0, in: library, memory: $1)
      })
  }
}
