import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

// The pairs of subject and oracle that this project ships, each assembled once, for targets, tests
// and the command alike. What a target uses of them is emitted into it, so that it holds the code,
// and the coverage counters, of its own pair only.

// MARK: - A pair

/// Reverse maps beside the page dictionary.
public typealias MapHarness<Map: ReverseMapProtocol & ~Copyable> =
  Harness<MapDriver<Map>, MapDriver<PageDictionary>, NoChecker<MapAction, MapRow>>

extension Harness where S: ~Copyable {
  /// A harness of the maps that `make` makes, beside the page dictionary.
  @inlinable
  public init<Map: ReverseMapProtocol & ~Copyable>(
    observer: HarnessObserver<S>? = nil, maps make: @escaping (MapConfiguration) -> Map
  )
  where
    S == MapDriver<Map>, R == MapDriver<PageDictionary>, C == NoChecker<MapAction, MapRow>
  {
    let any = MapConfiguration(nearestWidthTo: 56, layout: .mailed)
    self.init(
      oracle: MapDriver(PageDictionary(any)), checker: NoChecker(), observer: observer
    ) {
      MapDriver(make($0.mapConfiguration))
    }
  }
}

/// Virtual machines beside that of page dictionaries, and the ground truth beside both.
public typealias VMHarness<VM: VirtualMachineProtocol & ~Copyable> =
  Harness<VMDriver<VM>, ReferenceVMDriver, ShadowChecker>

extension Harness where S: ~Copyable {
  /// A harness of the virtual machines that `make` makes for a number of MMUs, beside that of page
  /// dictionaries and the ground truth.
  ///
  /// - Parameter comparing: whether the two have to agree; otherwise the ground truth alone decides.
  @inlinable
  public init<VM: VirtualMachineProtocol & ~Copyable>(
    comparing: Bool = true, checker: ShadowChecker = ShadowChecker(),
    observer: HarnessObserver<S>? = nil, machines make: @escaping (MapConfiguration, Int) -> VM
  ) where S == VMDriver<VM>, R == ReferenceVMDriver, C == ShadowChecker {
    self.init(
      oracle: ReferenceVMDriver(), checker: checker, comparing: comparing, observer: observer
    ) {
      VMDriver(make($0.mapConfiguration, Int($0.mmus)))
    }
  }
}

/// Range trees beside the sorted array.
public typealias TreeHarness<let slots: Int> =
  Harness<TreeDriver<slots>, SortedRangesDriver, NoChecker<TreeAction, StoredRange>>

extension Harness where S: ~Copyable {
  /// A harness of range trees with so many slots in a node, beside the sorted array.
  @inlinable
  public init<let slots: Int>(observer: HarnessObserver<S>? = nil)
  where
    S == TreeDriver<slots>, R == SortedRangesDriver, C == NoChecker<TreeAction, StoredRange>
  {
    self.init(oracle: SortedRangesDriver(), checker: NoChecker(), observer: observer) { _ in
      TreeDriver()
    }
  }
}

// MARK: - The pairs of this project

/// A harness for each size of nodes: the world of a scenario says which one runs it.
public struct NodeSizeHarness<
  Tiny: ScenarioRunner & ~Copyable, Production: ScenarioRunner & ~Copyable
>: ~Copyable, ScenarioRunner {
  @usableFromInline var tiny: Tiny
  @usableFromInline var production: Production
  /// What memory was used for in the last run.
  public var memory: MemoryCounts { memoryUsed }
  @usableFromInline var memoryUsed = MemoryCounts()

  @inlinable
  init(tiny: consuming Tiny, production: consuming Production) {
    self.tiny = tiny
    self.production = production
  }

  @inlinable
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    switch scenario.world.nodeSize {
    case .tiny:
      defer { memoryUsed = tiny.memory }
      return tiny.run(scenario)
    case .production:
      defer { memoryUsed = production.memory }
      return production.run(scenario)
    }
  }

  public mutating func trace(_ scenario: Scenario) -> Trace {
    switch scenario.world.nodeSize {
    case .tiny: return tiny.trace(scenario)
    case .production: return production.trace(scenario)
    }
  }

  @inlinable
  public mutating func refusedSteps(of scenario: Scenario) -> Set<Int> {
    switch scenario.world.nodeSize {
    case .tiny: return tiny.refusedSteps(of: scenario)
    case .production: return production.refusedSteps(of: scenario)
    }
  }

  public var precision: Precision? {
    guard let one = tiny.precision, let other = production.precision else { return nil }
    return one + other
  }

  @inlinable
  public var looksForHarm: Bool { tiny.looksForHarm }
}

/// The optimised reverse map beside the page dictionary, with the node size and the direct map of the
/// world.
public typealias ReverseMapHarness =
  NodeSizeHarness<MapHarness<ReverseMap<4>>, MapHarness<ProductionReverseMap>>

extension ReverseMapHarness {
  /// - Parameter watcher: what counts the transitions of runs, or nil.
  @_alwaysEmitIntoClient
  public init(watcher: TransitionWatcher? = nil) {
    self.init(
      tiny: Harness(observer: .init(watcher)) { ReverseMap<4>($0) },
      production: Harness(observer: .init(watcher)) { ProductionReverseMap($0) })
  }
}

/// The virtual machine of optimised maps beside that of page dictionaries, and the ground truth
/// beside both, with the MMUs, the node size and the direct maps of the world.
public typealias ShadowHarness =
  NodeSizeHarness<
    VMHarness<VirtualMachine<ReverseMap<4>>>, VMHarness<VirtualMachine<ProductionReverseMap>>
  >

extension ShadowHarness {
  /// - Parameter watcher: what counts the transitions of runs, or nil.
  @_alwaysEmitIntoClient
  public init(watcher: TransitionWatcher? = nil) {
    self.init(
      tiny: Harness(observer: .init(watcher)) {
        VirtualMachine($0, mmus: $1, memory: NodePool()) { ReverseMap<4>($0, memory: $1) }
      },
      production: Harness(observer: .init(watcher)) {
        VirtualMachine($0, mmus: $1, memory: NodePool()) { ProductionReverseMap($0, memory: $1) }
      })
  }
}

/// The range tree beside the sorted array, with the node size of the world.
public typealias RangeTreeHarness = NodeSizeHarness<TreeHarness<4>, TreeHarness<32>>

extension RangeTreeHarness {
  /// - Parameter watcher: what counts the transitions of runs, or nil.
  @_alwaysEmitIntoClient
  public init(watcher: TransitionWatcher? = nil) {
    self.init(
      tiny: Harness(observer: .init(watcher)), production: Harness(observer: .init(watcher)))
  }
}
