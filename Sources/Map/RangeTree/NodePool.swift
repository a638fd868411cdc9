import ReverseMapping

/// Where trees get their nodes: it hands them out, refuses them as a plan says, and keeps dead trees
/// until a context that may sleep.
///
///     allocate, free      one node; free in any context                 Specification 4.6
///     recycle             one node of a dead tree, in place of a request             4.7
///     retire              a whole dead tree, in O(1); in atomic context              4.7
///     reclaim             gives the nodes of all dead trees back                     4.7
///
/// Several trees may share a pool, as long as they are used one after the other, as under one lock.
/// It also has the memory that edits work in, about 4 KB at 32 slots: made with the pool, so that an
/// edit asks for nodes of the tree and nothing else, and a tree costs none.
///
/// Every node is an allocation of its own, so that AddressSanitizer sees a use after free.
public final class NodePool<let slots: Int>: MapMemory {
  /// What changes. Apart, because trees come here in the middle of an edit: a class would watch
  /// every access for overlaps.
  @usableFromInline
  struct State {
    @usableFromInline var counts = MemoryCounts()
    @usableFromInline var context = Context.maySleep
    @usableFromInline var refusals = FaultPlanRun()
    /// The first of the dead subtrees, linked through `nextSpare` of their roots.
    @usableFromInline var retired: Node<slots>?

    @inlinable
    init() {}
  }

  @usableFromInline let state: UnsafeMutablePointer<State>
  @usableFromInline let work: Workspace<slots>

  /// A pool that refuses nothing and has handed out nothing. O(1).
  @inlinable
  public init() {
    state = .allocate(capacity: 1)
    state.initialize(to: State())
    work = Workspace(allocating: ())
  }

  @inlinable
  deinit {
    while let node = takeRetired() { free(node) }
    state.deallocate()
    work.deallocate()
  }

  // MARK: - Memory of maps

  /// Where the code that uses the pool runs. O(1).
  @inlinable
  public var context: Context { state.pointee.context }

  /// From now on the code runs in `context`. O(1).
  @inlinable
  public func enter(_ context: Context) { state.pointee.context = context }

  /// From now on requests are refused as `plan` says. O(1).
  @inlinable
  public func refuse(_ plan: FaultPlan) {
    state.pointee.refusals = FaultPlanRun(plan, liveBytes: counts.live &* Node<slots>.byteCount)
  }

  /// Whether a request might be refused. O(1).
  @inlinable
  public var mayRefuse: Bool { state.pointee.refusals.isArmed }

  /// Gives back every retired node (Specification 4.7). O(retired nodes).
  ///
  /// - Throws: `cannotSleep` in atomic context.
  @inlinable
  public func reclaim() throws(ReverseMapError) {
    guard context == .maySleep else { throw .cannotSleep }
    noteSleep()
    while let node = takeRetired() { free(node) }
  }

  /// What the pool was used for. O(1).
  @inlinable
  public var counts: MemoryCounts { state.pointee.counts }

  // MARK: - Nodes

  /// A node, uninitialised and aligned to 16, or nil if it is refused. With `maySleep` it can wait
  /// for memory.
  @inlinable
  func allocate(maySleep: Bool) -> Node<slots>? {
    if maySleep { noteSleep() }
    state.pointee.counts.requests &+= 1
    if state.pointee.refusals.isArmed, isRefused() {
      state.pointee.counts.refused &+= 1
      return nil
    }
    state.pointee.counts.live &+= 1
    state.pointee.counts.peak = max(state.pointee.counts.peak, state.pointee.counts.live)
    noteUse()
    return Node(.allocate(byteCount: Node<slots>.byteCount, alignment: 16))
  }

  /// Whether the plan refuses the request that is being made. Out of the way: most pools never
  /// refuse.
  @inlinable @inline(never)
  func isRefused() -> Bool {
    let bytes = (counts.live &+ 1) &* Node<slots>.byteCount
    return state.pointee.refusals.refusesNext(bytesAfter: bytes)
  }

  /// A node of a dead tree, or nil if there is none: whatever is retired is used before more is
  /// asked for, so the nodes handed out are never more than were once in use (Specification 4.7).
  @inlinable
  func recycle() -> Node<slots>? {
    guard let node = takeRetired() else { return nil }
    state.pointee.counts.recycled &+= 1
    noteUse()
    return node
  }

  /// Takes back a node that `allocate` or `recycle` handed out.
  @inlinable
  func free(_ node: Node<slots>) {
    state.pointee.counts.live &-= 1
    node.raw.deallocate()
  }

  /// Takes a dead tree of `nodes` nodes, whole, for later. O(1).
  @inlinable
  func retire(_ root: Node<slots>, nodes: Int) {
    root.nextSpare = state.pointee.retired
    state.pointee.retired = root
    state.pointee.counts.retired &+= nodes
  }

  /// Takes one node out of the dead trees: the root of the first, whose children become trees of
  /// their own. O(slots).
  @inlinable
  func takeRetired() -> Node<slots>? {
    guard let node = state.pointee.retired else { return nil }
    state.pointee.retired = node.nextSpare
    if node.level > 0 {
      for index in 0..<node.count {
        let child = node.child(index)
        child.nextSpare = state.pointee.retired
        state.pointee.retired = child
      }
    }
    state.pointee.counts.retired &-= 1
    return node
  }

  /// Notes that an edit found no memory anywhere.
  @inlinable
  func noteFailure() { state.pointee.counts.failures &+= 1 }

  /// Says that what follows can sleep. The one place that knows whether it must not.
  @inlinable
  func noteSleep() {
    if state.pointee.context == .atomic { state.pointee.counts.sleepsInAtomic &+= 1 }
  }

  @inlinable
  func noteUse() {
    let inUse = state.pointee.counts.live &- state.pointee.counts.retired
    state.pointee.counts.peakInUse = max(state.pointee.counts.peakInUse, inUse)
  }

  /// How the retired nodes are not as many as are counted, or more nodes handed out than were ever
  /// in use (Specification 4.7), as a sentence, or nil. O(retired nodes).
  @inlinable
  public func fault() -> String? {
    if counts.live > counts.peakInUse {
      return "\(counts.live) nodes are handed out, and at most \(counts.peakInUse) were ever in use"
    }
    var found = 0
    var next = state.pointee.retired
    while let node = next {
      found &+= node.nodeCount
      next = node.nextSpare
    }
    return found == counts.retired
      ? nil : "\(found) nodes are retired, and \(counts.retired) counted as such"
  }
}

extension Node {
  /// The nodes of a dead subtree, this one included. O(nodes).
  @inlinable
  var nodeCount: Int {
    if level == 0 { return 1 }
    var nodes = 1
    for index in 0..<count { nodes &+= child(index).nodeCount }
    return nodes
  }
}
