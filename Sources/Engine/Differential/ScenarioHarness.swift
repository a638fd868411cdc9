import ForeignMap
import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

/// Runs scenarios of every family, each on the pair of its family; or those of reverse maps on a
/// library, or those of machines on a canary.
///
/// It is emitted into its callers, and conforms to no protocol, whose witnesses would be compiled here:
/// the linker would then give fuzz targets this module's copy of the code under test, which has no edge
/// counters. Each pair is a
/// property of its own type: behind a protocol nothing of it would be specialised, and a sweep of the
/// committed corpus takes nearly three times as long.
public struct ScenarioHarness: ~Copyable {
  @usableFromInline var reverseMap: ReverseMapHarness
  @usableFromInline var shadow: ShadowHarness
  @usableFromInline var rangeTree: RangeTreeHarness
  @usableFromInline var foreign: ForeignHarness?
  @usableFromInline var canary: CanaryHarness?
  /// The pair that ran last, which is asked what its runs have cost.
  @usableFromInline var last = Pair.reverseMap

  @usableFromInline
  enum Pair {
    case reverseMap, shadow, rangeTree, foreign, canary
  }

  /// The pairs that this project ships, but for those of maps where there is a `library`, and for that
  /// of machines where there is a canary's `fault`.
  @_alwaysEmitIntoClient
  public init(subject library: ForeignLibrary? = nil, canary fault: CanaryFault? = nil) {
    reverseMap = ReverseMapHarness()
    shadow = ShadowHarness()
    rangeTree = RangeTreeHarness()
    if let library { foreign = ForeignHarness(library) }
    if let fault { canary = CanaryHarness(canary: fault) }
  }

  @_alwaysEmitIntoClient
  func pair(of family: World.Family) -> Pair {
    switch family {
    case .map, .direct: return foreign != nil ? .foreign : .reverseMap
    case .vm, .memory: return foreign != nil ? .foreign : canary != nil ? .canary : .shadow
    case .tree: return .rangeTree
    }
  }

  @_alwaysEmitIntoClient
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    last = pair(of: scenario.world.family)
    switch last {
    case .reverseMap: return reverseMap.run(scenario)
    case .shadow: return shadow.run(scenario)
    case .rangeTree: return rangeTree.run(scenario)
    case .foreign: return foreign?.run(scenario) ?? nil
    case .canary: return canary?.run(scenario) ?? nil
    }
  }

  /// As `ScenarioRunner.runAndFollowUp`.
  @_alwaysEmitIntoClient
  public mutating func runAndFollowUp(_ scenario: borrowing Scenario) -> Divergence? {
    guard let divergence = run(scenario) else { return nil }
    return looksForHarm ? divergence.followedUp { run($0) } : divergence
  }

  @_alwaysEmitIntoClient
  public mutating func trace(_ scenario: Scenario) -> Trace {
    last = pair(of: scenario.world.family)
    switch last {
    case .reverseMap: return reverseMap.trace(scenario)
    case .rangeTree: return rangeTree.trace(scenario)
    case .foreign: if let trace = foreign?.trace(scenario) { return trace }
    case .canary: if let trace = canary?.trace(scenario) { return trace }
    case .shadow: break
    }
    return shadow.trace(scenario)
  }

  @_alwaysEmitIntoClient
  public mutating func refusedSteps(of scenario: Scenario) -> Set<Int> {
    last = pair(of: scenario.world.family)
    switch last {
    case .reverseMap: return reverseMap.refusedSteps(of: scenario)
    case .shadow: return shadow.refusedSteps(of: scenario)
    case .rangeTree: return rangeTree.refusedSteps(of: scenario)
    case .foreign: return foreign?.refusedSteps(of: scenario) ?? []
    case .canary: return canary?.refusedSteps(of: scenario) ?? []
    }
  }

  /// What safety has cost on the pair that ran last, in all its runs; nil without a ground truth.
  public var precision: Precision? {
    switch last {
    case .reverseMap, .rangeTree: return nil
    case .shadow: return shadow.precision
    case .foreign:
      switch foreign {
      case .some(let harness): return harness.precision
      case .none: return nil
      }
    case .canary:
      switch canary {
      case .some(let harness): return harness.precision
      case .none: return nil
      }
    }
  }

  /// What memory was used for in the last run.
  public var memory: MemoryCounts {
    switch last {
    case .reverseMap: return reverseMap.memory
    case .shadow: return shadow.memory
    case .rangeTree: return rangeTree.memory
    case .foreign:
      switch foreign {
      case .some(let harness): return harness.memory
      case .none: return MemoryCounts()
      }
    case .canary:
      switch canary {
      case .some(let harness): return harness.memory
      case .none: return MemoryCounts()
      }
    }
  }

  /// Whether the pair that ran last has a ground truth.
  public var looksForHarm: Bool {
    switch last {
    case .reverseMap, .rangeTree: return false
    case .shadow, .foreign, .canary: return true
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
