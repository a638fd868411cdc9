import RangeTree
import ReverseMap
import ReverseMapping

/// What a harness shows a watcher: each operation of a run that it watches, and how large the subject
/// is then.
public struct HarnessObserver<S: Subject & ~Copyable> {
  @usableFromInline let watcher: TransitionWatcher
  /// Nil where the subject does not tell.
  @usableFromInline let statistics: (borrowing S) -> StructureStatistics?

  /// Nil without a watcher: then nothing is observed.
  @inlinable
  public init?(
    _ watcher: TransitionWatcher?, statistics: @escaping (borrowing S) -> StructureStatistics?
  ) {
    guard let watcher else { return nil }
    self.watcher = watcher
    self.statistics = statistics
  }
}

extension HarnessObserver where S: ~Copyable {
  /// An observer of the optimised map.
  @inlinable
  public init?<let slots: Int>(_ watcher: TransitionWatcher?)
  where S == MapDriver<ReverseMap<slots>> {
    self.init(watcher) { StructureStatistics($0.map.shape, $0.map.memoryCounts) }
  }

  /// An observer of a machine of optimised maps.
  @inlinable
  public init?<let slots: Int>(_ watcher: TransitionWatcher?)
  where S == VMDriver<VirtualMachine<ReverseMap<slots>>> {
    self.init(watcher) { StructureStatistics($0.vm.shape(), $0.vm.memoryCounts) }
  }

  /// An observer of a tree by itself.
  @inlinable
  public init?<let slots: Int>(_ watcher: TransitionWatcher?) where S == TreeDriver<slots> {
    self.init(watcher) {
      let tree = $0.shape
      return StructureStatistics(tree, $0.memoryCounts)
    }
  }
}
