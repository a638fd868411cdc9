import ForeignMap
import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

/// Runs scenarios of every family, each on the pair of its family; or those of reverse maps on a
/// library or on a canary.
///
/// It is emitted into its callers, so that no fuzz target holds the code of all pairs.
public struct ScenarioHarness: ~Copyable, ScenarioRunner {
  @usableFromInline var maps: any ScenarioRunner & ~Copyable
  @usableFromInline var machines: any ScenarioRunner & ~Copyable
  @usableFromInline var trees: any ScenarioRunner & ~Copyable

  /// What safety has cost on the pair that ran last, in all its runs; nil without a ground truth.
  public var precision: Precision? { lastPrecision }
  @usableFromInline var lastPrecision: Precision?
  /// What memory was used for in the last run.
  public var memory: MemoryCounts { lastMemory }
  @usableFromInline var lastMemory = MemoryCounts()
  /// Whether the pair that ran last has a ground truth.
  public var looksForHarm: Bool { lastLooksForHarm }
  @usableFromInline var lastLooksForHarm = false

  /// The pairs that this project ships, but for those of maps where there is a `library`, and for that
  /// of machines where there is a canary's `fault`.
  @_alwaysEmitIntoClient
  public init(subject library: ForeignLibrary? = nil, canary fault: CanaryMisdeed? = nil) {
    trees = RangeTreeHarness()
    if let library {
      maps = ForeignHarness(library)
      machines = ForeignHarness(library)
    } else {
      maps = ReverseMapHarness()
      if let fault { machines = VMHarness(canary: fault) } else { machines = ShadowHarness() }
    }
  }

  @_alwaysEmitIntoClient
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    switch scenario.world.family {
    case .map, .direct:
      defer { note(maps.precision, maps.memory, maps.looksForHarm) }
      return maps.run(scenario)
    case .vm, .memory:
      defer { note(machines.precision, machines.memory, machines.looksForHarm) }
      return machines.run(scenario)
    case .tree:
      defer { note(trees.precision, trees.memory, trees.looksForHarm) }
      return trees.run(scenario)
    }
  }

  @usableFromInline
  mutating func note(_ precision: Precision?, _ memory: MemoryCounts, _ looksForHarm: Bool) {
    (lastPrecision, lastMemory, lastLooksForHarm) = (precision, memory, looksForHarm)
  }

  @_alwaysEmitIntoClient
  public mutating func trace(_ scenario: Scenario) -> Trace {
    switch scenario.world.family {
    case .map, .direct: return maps.trace(scenario)
    case .vm, .memory: return machines.trace(scenario)
    case .tree: return trees.trace(scenario)
    }
  }

  @_alwaysEmitIntoClient
  public mutating func refusedSteps(of scenario: Scenario) -> Set<Int> {
    switch scenario.world.family {
    case .map, .direct: return maps.refusedSteps(of: scenario)
    case .vm, .memory: return machines.refusedSteps(of: scenario)
    case .tree: return trees.refusedSteps(of: scenario)
    }
  }
}

extension Scenario {
  /// Runs the scenario on the pair of its family, and follows up a difference; the first divergence,
  /// or nil.
  @_alwaysEmitIntoClient
  public func runAndFollowUp() -> Divergence? {
    var harness = ScenarioHarness()
    return harness.runAndFollowUp(self)
  }

  /// Runs the scenario on the pair of its family, and once more step by step.
  @_alwaysEmitIntoClient
  public func trace() -> Trace {
    var harness = ScenarioHarness()
    return harness.trace(self)
  }

  /// `ScenarioRunner.refusedSteps` of this build's own subject.
  @_alwaysEmitIntoClient
  public func refusedSteps() -> Set<Int> {
    var harness = ScenarioHarness()
    return harness.refusedSteps(of: self)
  }
}
