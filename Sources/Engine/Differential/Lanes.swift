import ForeignMap
import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

// The pairs of subject and reference that this project ships, for targets, tests and the command
// alike. They are emitted into their callers, so that a fuzz target holds the code, and the
// coverage counters, of its own pair only.

/// The optimised reverse map beside the page dictionary, with the node size and the direct map of the
/// world.
public struct ReverseMapLane {
  @usableFromInline var runner = Runner()
  @usableFromInline var reference: MapMachine<PageDictionary>

  @inlinable
  public init() {
    let any = MapConfiguration(nearestWidthTo: 56, layout: .mailed)
    reference = MapMachine(PageDictionary(any))
  }

  /// The first divergence, or nil. O(operations x (entries + pages of an operation)).
  @_alwaysEmitIntoClient
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    let world = scenario.world
    let configuration = world.mapConfiguration
    reference.map.restart(configuration)
    switch world.nodeSize {
    case .tiny:
      var subject = MapMachine(ReverseMap<4>(configuration))
      return runner.run(scenario, subject: &subject, reference: &reference)
    case .production:
      var subject = MapMachine(ProductionReverseMap(configuration))
      return runner.run(scenario, subject: &subject, reference: &reference)
    }
  }
}

/// The virtual machine of optimised maps beside that of page dictionaries, and the ground truth
/// beside both, with the MMUs, the node size and the direct maps of the world.
public struct ShadowLane {
  @usableFromInline var runner = Runner()
  @usableFromInline var reference: ReferenceVMMachine
  @usableFromInline var judge = ShadowJudge()

  @inlinable
  public init() {
    let any = MapConfiguration(nearestWidthTo: 56, layout: .mailed)
    reference = ReferenceVMMachine(any, mmus: 1)
  }

  @usableFromInline var memoryUsed = MemoryCounts()

  /// What memory was used for in the last run, the end of the machine included.
  @inlinable
  public var memory: MemoryCounts { memoryUsed }

  /// What safety has cost in all runs so far (Specification 9.6).
  @inlinable
  public var precision: Precision { judge.precision }

  /// The first divergence, or nil. A difference is followed up: if no harm comes of it in this
  /// scenario, others that begin alike are tried, the same ones every time.
  /// O(operations x (entries + mappings + pages of an operation)).
  @_alwaysEmitIntoClient
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    runOnce(scenario)?.followedUp { runOnce($0) }
  }

  /// The first divergence in this scenario, or nil; a difference is not followed up.
  /// O(operations x (entries + mappings + pages of an operation)).
  @_alwaysEmitIntoClient
  public mutating func runOnce(_ scenario: borrowing Scenario) -> Divergence? {
    let world = scenario.world
    let configuration = world.mapConfiguration
    let mmus = Int(world.mmus)
    reference.restart(configuration, mmus: mmus)
    judge.restart(in: world)
    switch world.nodeSize {
    case .tiny:
      var subject = VMMachine(
        VirtualMachine(configuration, mmus: mmus, memory: NodePool()) {
          ReverseMap<4>($0, memory: $1)
        })
      defer { memoryUsed = subject.vm.memoryCounts }
      return runner.run(scenario, subject: &subject, reference: &reference, judge: &judge)
    case .production:
      var subject = VMMachine(
        VirtualMachine(configuration, mmus: mmus, memory: NodePool()) {
          ProductionReverseMap($0, memory: $1)
        })
      defer { memoryUsed = subject.vm.memoryCounts }
      return runner.run(scenario, subject: &subject, reference: &reference, judge: &judge)
    }
  }
}

/// The range tree beside the sorted array, with the node size of the world.
public struct RangeTreeLane {
  @usableFromInline var runner = Runner()
  @usableFromInline var memoryUsed = MemoryCounts()

  /// What memory was used for in the last run.
  @inlinable
  public var memory: MemoryCounts { memoryUsed }

  @inlinable
  public init() {}

  /// The first divergence, or nil. O(operations x elements).
  @_alwaysEmitIntoClient
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    var reference = SortedRangesMachine()
    switch scenario.world.nodeSize {
    case .tiny:
      var subject = TreeMachine<4>()
      defer { memoryUsed = subject.pool.counts }
      return runner.run(scenario, subject: &subject, reference: &reference)
    case .production:
      var subject = TreeMachine<32>()
      defer { memoryUsed = subject.pool.counts }
      return runner.run(scenario, subject: &subject, reference: &reference)
    }
  }
}

/// A lane for every family, each kept from run to run; or that of a library for all families of
/// reverse maps.
public struct Lanes {
  @usableFromInline var reverseMap = ReverseMapLane()
  @usableFromInline var shadow = ShadowLane()
  @usableFromInline var rangeTree = RangeTreeLane()
  @usableFromInline var foreign: ForeignLane?
  @usableFromInline var canary: CanaryLane?

  /// Lanes of the pairs that this project ships, but for those of `library`, or of machines of
  /// canaries that do `misdeed`, if given.
  @inlinable
  public init(subject library: ForeignLibrary? = nil, canary misdeed: CanaryMisdeed? = nil) {
    foreign = library.map { ForeignLane($0) }
    canary = misdeed.map { CanaryLane($0) }
  }

  /// Runs `scenario` in the lane of its family: the first divergence, or nil.
  ///
  /// - Parameter followingUp: whether a difference is followed up, where the family has a ground
  ///   truth; otherwise it is reported as it is found.
  @_alwaysEmitIntoClient
  public mutating func run(
    _ scenario: borrowing Scenario, followingUp: Bool = true
  ) -> Divergence? {
    let family = scenario.world.family
    if family.drivesMaps, foreign != nil {
      return followingUp ? foreign?.run(scenario) : foreign?.runOnce(scenario)
    }
    if family.isMachine, canary != nil {
      return followingUp ? canary?.run(scenario) : canary?.runOnce(scenario)
    }
    switch family {
    case .map, .direct: return reverseMap.run(scenario)
    case .vm, .memory: return followingUp ? shadow.run(scenario) : shadow.runOnce(scenario)
    case .tree: return rangeTree.run(scenario)
    }
  }

  /// What safety has cost in all runs so far; nil if `family` has no ground truth.
  @inlinable
  public func precision(of family: World.Family) -> Precision? {
    if family.drivesMaps, let foreign { return foreign.precision }
    return family.isMachine ? shadow.precision : nil
  }

  /// What memory was used for in the last run of `family`: nothing, if it is never refused any.
  @inlinable
  public func memory(of family: World.Family) -> MemoryCounts {
    if family.drivesMaps, let foreign { return foreign.memory }
    switch family {
    case .vm, .memory: return shadow.memory
    case .tree: return rangeTree.memory
    case .map, .direct: return MemoryCounts()
    }
  }
}

extension Scenario {
  /// Runs the scenario in the lane of its family; the first divergence, or nil.
  @_alwaysEmitIntoClient
  public func run() -> Divergence? {
    var lanes = Lanes()
    return lanes.run(self)
  }
}
