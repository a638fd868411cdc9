import ReverseMapping

/// The memory of maps that are made for one test: it refuses everything while a plan is on.
final class StubMemory: MapMemory {
  /// A way to break a rule of memory.
  enum Flaw: CaseIterable {
    /// A record waits for memory, whatever the context.
    case sleepsInAtomic
    /// The reserve is called full and does not help.
    case reserveOfNothing
    /// A record asks for more than its trees are high.
    case asksForTooMuch
    /// A record that stores nothing asks all the same.
    case asksForNothing
    /// A record that finds no memory leaves traces.
    case leavesTraces
    /// A top-up says that it filled the reserve.
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

  /// Whether a map gets no memory now.
  func isRefused() -> Bool {
    if mayRefuse { counts.failures += 1 }
    return mayRefuse
  }

  /// A record was made.
  func noteRecord(_ result: RecordResult) {
    if flaw == .sleepsInAtomic, context == .atomic { counts.sleepsInAtomic += 1 }
    if flaw == .asksForTooMuch, result == .stored { counts.requests += 3 }
    if flaw == .asksForNothing, result == .unchanged { counts.requests += 1 }
    if flaw == .leavesTraces, result == .broke { fingerprint += 1 }
  }

  /// A tree of one leaf, where a record asks for two nodes at the most, and none are set aside.
  var reserve: Reserve { Reserve(held: flaw == .reserveOfNothing ? 2 : 0, bound: 2) }

  /// Whether a top-up says that the reserve is full: it is not.
  var saysFull: Bool { flaw == .fullWithoutNodes }
}
