import RangeTree
import ReverseMap
import ReverseMapping

/// Reports each operation of a watched run to a watcher, with the statistics of the subject
/// afterwards.
public struct HarnessObserver<S: Subject & ~Copyable> {
  @usableFromInline let watcher: TransitionWatcher
  /// Returns nil if the subject's structure cannot be seen.
  @usableFromInline let statistics: (borrowing S) -> StructureStatistics?

  /// An observer, or nil if `watcher` is nil: then nothing is observed.
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

  /// An observer of a virtual machine of optimised maps.
  @inlinable
  public init?<let slots: Int>(_ watcher: TransitionWatcher?)
  where S == VMDriver<VirtualMachine<ReverseMap<slots>>> {
    self.init(watcher) { StructureStatistics($0.vm.shape(), $0.vm.memoryCounts) }
  }

  /// An observer of a range tree.
  @inlinable
  public init?<let slots: Int>(_ watcher: TransitionWatcher?) where S == TreeDriver<slots> {
    self.init(watcher) {
      let tree = $0.shape
      return StructureStatistics(tree, $0.memoryCounts)
    }
  }
}
