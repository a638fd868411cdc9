import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

// The pairs of subject and oracle that this project ships. Fuzz targets, tests and the command
// share them. The code that a target uses is emitted into the target, so that it contains only its
// own pair and that pair's coverage counters.

// MARK: - A pair

/// Compares reverse maps with the dictionary of cells.
public typealias MapHarness<Map: ReverseMapProtocol & ~Copyable> =
  Harness<MapDriver<Map>, MapDriver<CellDictionary>, NoChecker<MapAction, MapRow>>

extension Harness where S: ~Copyable {
  /// A harness that compares the maps that `make` creates with the dictionary of cells.
  @inlinable
  public init<Map: ReverseMapProtocol & ~Copyable>(
    observer: HarnessObserver<S>? = nil, maps make: @escaping (MapConfiguration) -> Map
  )
  where
    S == MapDriver<Map>, R == MapDriver<CellDictionary>, C == NoChecker<MapAction, MapRow>
  {
    let any = MapConfiguration(nearestWidthTo: 56, layout: .mailed)
    self.init(
      oracle: MapDriver(CellDictionary(any)), checker: NoChecker(), observer: observer
    ) {
      MapDriver(make($0.mapConfiguration))
    }
  }
}

/// Compares virtual machines with one of dictionaries of cells, and checks them against the ground
/// truth.
public typealias VMHarness<VM: VirtualMachineProtocol & ~Copyable> =
  Harness<VMDriver<VM>, ReferenceVMDriver, ShadowChecker>

extension Harness where S: ~Copyable {
  /// A harness that compares the virtual machines that `make` creates, for a number of MMUs, with
  /// one of dictionaries of cells, and checks them against the ground truth.
  ///
  /// - Parameter comparing: whether the two must agree; otherwise only the ground truth decides.
  @inlinable
  public init<VM: VirtualMachineProtocol & ~Copyable>(
    comparing: Bool = true, checker: ShadowChecker = ShadowChecker(),
    observer: HarnessObserver<S>? = nil,
    virtualMachines make: @escaping (MapConfiguration, Int) -> VM
  ) where S == VMDriver<VM>, R == ReferenceVMDriver, C == ShadowChecker {
    self.init(
      oracle: ReferenceVMDriver(), checker: checker, comparing: comparing, observer: observer
    ) {
      VMDriver(make($0.mapConfiguration, Int($0.mmus)))
    }
  }
}

/// Compares range trees with the sorted array.
public typealias TreeHarness<let slots: Int> =
  Harness<TreeDriver<slots>, SortedRangesDriver, NoChecker<TreeAction, StoredRange>>

extension Harness where S: ~Copyable {
  /// A harness that compares range trees with `slots` slots a node with the sorted array.
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

/// Two harnesses, one for each node size. The world of a scenario selects one.
public struct NodeSizeHarness<
  Tiny: ScenarioRunner & ~Copyable, Production: ScenarioRunner & ~Copyable
>: ~Copyable, ScenarioRunner {
  @usableFromInline var tiny: Tiny
  @usableFromInline var production: Production
  /// The use of memory in the last run.
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
  public var hasGroundTruth: Bool { tiny.hasGroundTruth }
}

/// Compares the optimised reverse map with the dictionary of cells. The world sets the node size
/// and whether there is a direct map.
public typealias ReverseMapHarness =
  NodeSizeHarness<MapHarness<ReverseMap<4>>, MapHarness<ProductionReverseMap>>

extension ReverseMapHarness {
  /// - Parameter watcher: counts the transitions of runs, if not nil.
  @_alwaysEmitIntoClient
  public init(watcher: TransitionWatcher? = nil) {
    self.init(
      tiny: Harness(observer: .init(watcher)) { ReverseMap<4>($0) },
      production: Harness(observer: .init(watcher)) { ProductionReverseMap($0) })
  }
}

/// Compares the virtual machine of optimised maps with one of dictionaries of cells, and checks it
/// against the ground truth. The world sets the number of MMUs, the node size and whether there are
/// direct maps.
public typealias ShadowHarness =
  NodeSizeHarness<
    VMHarness<VirtualMachine<ReverseMap<4>>>, VMHarness<VirtualMachine<ProductionReverseMap>>
  >

extension ShadowHarness {
  /// - Parameter watcher: counts the transitions of runs, if not nil.
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

/// Compares the range tree with the sorted array. The world sets the node size.
public typealias RangeTreeHarness = NodeSizeHarness<TreeHarness<4>, TreeHarness<32>>

extension RangeTreeHarness {
  /// - Parameter watcher: counts the transitions of runs, if not nil.
  @_alwaysEmitIntoClient
  public init(watcher: TransitionWatcher? = nil) {
    self.init(
      tiny: Harness(observer: .init(watcher)), production: Harness(observer: .init(watcher)))
  }
}
