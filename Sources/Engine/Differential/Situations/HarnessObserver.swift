import RangeTree
import ReverseMap
import ReverseMapping

/// What a harness shows a watcher: each operation of a run that it watches, and how large the subject
/// is then.
public struct HarnessObserver<S: Subject & ~Copyable> {
  @usableFromInline let watcher: SituationWatcher
  /// Nil where the subject does not tell.
  @usableFromInline let gauge: (borrowing S) -> Gauge?

  /// Nil without a watcher: then nothing is observed.
  @inlinable
  public init?(_ watcher: SituationWatcher?, gauge: @escaping (borrowing S) -> Gauge?) {
    guard let watcher else { return nil }
    self.watcher = watcher
    self.gauge = gauge
  }
}

extension HarnessObserver where S: ~Copyable {
  /// An observer of the optimised map.
  @inlinable
  public init?<let slots: Int>(_ watcher: SituationWatcher?)
  where S == MapMachine<ReverseMap<slots>> {
    self.init(watcher) { Gauge($0.map.shape, $0.map.memoryCounts) }
  }

  /// An observer of a machine of optimised maps.
  @inlinable
  public init?<let slots: Int>(_ watcher: SituationWatcher?)
  where S == VMMachine<VirtualMachine<ReverseMap<slots>>> {
    self.init(watcher) { Gauge($0.vm.shape(), $0.vm.memoryCounts) }
  }

  /// An observer of a tree by itself.
  @inlinable
  public init?<let slots: Int>(_ watcher: SituationWatcher?) where S == TreeMachine<slots> {
    self.init(watcher) {
      let tree = $0.shape
      return Gauge(tree, $0.memoryCounts)
    }
  }
}
