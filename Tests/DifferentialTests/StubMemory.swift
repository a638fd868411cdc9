import ReverseMapping

/// The memory of stub maps. It refuses every request while a fault plan is set.
final class StubMemory: MapMemory {
  /// A way to break a memory rule.
  enum Flaw: CaseIterable {
    /// A record waits for memory, whatever the context.
    case sleepsInAtomic
    /// The reserve counts as full but provides no nodes.
    case reserveOfNothing
    /// A record requests more nodes than the heights of its trees allow.
    case asksForTooMuch
    /// A record that stores nothing requests a node.
    case asksForNothing
    /// A record that gets no memory changes the structure.
    case leavesTraces
    /// A top-up reports a full reserve that is empty.
    case fullWithoutNodes
  }

  let flaw: Flaw?
  private(set) var context = Context.maySleep
  private(set) var mayRefuse = false
  private(set) var counts = MemoryCounts()
  private(set) var fingerprint: UInt64 = 0

  init(_ flaw: Flaw? = nil) { self.flaw = flaw }

  func enter(_ context: Context) { self.context = context }
  func refuse(_ plan: FaultPlan) { mayRefuse = plan != .none }
  func reclaim() throws(ReverseMapError) { if context == .atomic { throw .cannotSleep } }
  func fault() -> String? { nil }

  /// Whether a request is refused now. Counts a failure if so.
  func isRefused() -> Bool {
    if mayRefuse { counts.failures += 1 }
    return mayRefuse
  }

  /// Changes the counters as `flaw` requires after a record.
  func noteRecord(_ result: RecordResult) {
    if flaw == .sleepsInAtomic, context == .atomic { counts.sleepsInAtomic += 1 }
    if flaw == .asksForTooMuch, result == .stored { counts.requests += 3 }
    if flaw == .asksForNothing, result == .unchanged { counts.requests += 1 }
    if flaw == .leavesTraces, result == .broke { fingerprint += 1 }
  }

  /// The reserve of a tree of one leaf: a record requests at most two nodes, and none are set
  /// aside.
  var reserve: Reserve { Reserve(held: flaw == .reserveOfNothing ? 2 : 0, bound: 2) }

  /// Whether a top-up reports a full reserve. The reserve is never full.
  var saysFull: Bool { flaw == .fullWithoutNodes }
}
