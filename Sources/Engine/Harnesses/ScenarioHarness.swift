import Differential
import ForeignMap
import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

/// Runs scenarios of every family, each on the pair of subject and oracle for its family.
/// Optionally a library replaces the reverse maps, or a canary the virtual machines.
///
/// It is emitted into its callers and conforms to no protocol: witnesses would be compiled in this
/// module, and the linker would then give fuzz targets this module's copy of the code under test,
/// which has no edge counters. Each pair is a property of its concrete type: behind a protocol it
/// would not be specialised, and a sweep of the committed corpus would take nearly three times as
/// long.
public struct ScenarioHarness: ~Copyable {
  @usableFromInline var reverseMap: ReverseMapHarness
  @usableFromInline var shadow: ShadowHarness
  @usableFromInline var rangeTree: RangeTreeHarness
  @usableFromInline var foreign: ForeignHarness?
  @usableFromInline var canary: CanaryHarness?
  /// The pair that ran last: the one whose counters are reported.
  @usableFromInline var last = Pair.reverseMap

  @usableFromInline
  enum Pair {
    case reverseMap, shadow, rangeTree, foreign, canary
  }

  /// A harness of the pairs that this project ships. With a `library`, scenarios of maps and
  /// virtual machines run on it. With a canary's `fault`, those of virtual machines run on the
  /// canary.
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

  /// Like `ScenarioRunner.runAndFollowUp`.
  @_alwaysEmitIntoClient
  public mutating func runAndFollowUp(_ scenario: borrowing Scenario) -> Divergence? {
    guard let divergence = run(scenario) else { return nil }
    return hasGroundTruth ? divergence.followedUp { run($0) } : divergence
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

  /// The cost of safety in all runs of the pair that ran last; nil without a ground truth.
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

  /// The use of memory in the last run.
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
  public var hasGroundTruth: Bool {
    switch last {
    case .reverseMap, .rangeTree: return false
    case .shadow, .foreign, .canary: return true
    }
  }
}

extension Scenario {
  /// Runs the scenario on the pair of its family and follows up a difference. Returns the first
  /// divergence, or nil.
  @_alwaysEmitIntoClient
  public func runAndFollowUp() -> Divergence? {
    var harness = ScenarioHarness()
    return harness.runAndFollowUp(self)
  }

  /// Runs the scenario on the pair of its family, then again step by step.
  @_alwaysEmitIntoClient
  public func trace() -> Trace {
    var harness = ScenarioHarness()
    return harness.trace(self)
  }

  /// `ScenarioRunner.refusedSteps` for the subject of this build.
  @_alwaysEmitIntoClient
  public func refusedSteps() -> Set<Int> {
    var harness = ScenarioHarness()
    return harness.refusedSteps(of: self)
  }
}
