import ReverseMapping

/// The node allocator of range trees. It can refuse requests according to a fault plan, and it
/// keeps trees that die in atomic context until a context that may sleep.
///
///     allocate, free      one node; free in any context                 Specification 4.6
///     recycle             takes a node of a dead tree in place of a request          4.7
///     retire              keeps a whole dead tree, in O(1); for atomic context       4.7
///     reclaim             frees the nodes of all dead trees                          4.7
///
/// Several trees may share a pool if access to them is serialised, as under one lock. The pool also
/// owns the scratch memory of edits, about 4 KB at 32 slots. It is allocated with the pool, so an
/// edit requests only nodes of the tree, and a tree has no scratch memory of its own.
///
/// Every node is a separate allocation, so AddressSanitizer detects a use after free.
public final class NodePool<let slots: Int>: MapMemory {
  /// The mutable state. It lives behind a pointer because trees call the pool in the middle of an
  /// edit, and stored properties of a class are checked for exclusive access each time.
  @usableFromInline
  struct State {
    @usableFromInline var counts = MemoryCounts()
    @usableFromInline var context = Context.maySleep
    @usableFromInline var refusals = FaultPlanRun()
    /// The first retired subtree; the others are linked through `nextSpare` of their roots.
    @usableFromInline var retired: Node<slots>?

    @inlinable
    init() {}
  }

  @usableFromInline let state: UnsafeMutablePointer<State>
  @usableFromInline let work: Workspace<slots>

  /// A pool that refuses nothing and has allocated nothing.
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

  /// The current context; `maySleep` at first.
  @inlinable
  public var context: Context { state.pointee.context }

  /// Sets the current context.
  @inlinable
  public func enter(_ context: Context) { state.pointee.context = context }

  /// Installs `plan` in place of any earlier fault plan.
  @inlinable
  public func refuse(_ plan: FaultPlan) {
    state.pointee.refusals = FaultPlanRun(plan, liveBytes: counts.live &* Node<slots>.byteCount)
  }

  /// Whether a request might be refused.
  @inlinable
  public var mayRefuse: Bool { state.pointee.refusals.isArmed }

  /// Frees every retired node (Specification 4.7). O(retired nodes).
  ///
  /// - Throws: `cannotSleep` in atomic context.
  @inlinable
  public func reclaim() throws(ReverseMapError) {
    guard context == .maySleep else { throw .cannotSleep }
    noteSleep()
    while let node = takeRetired() { free(node) }
  }

  /// Usage statistics.
  @inlinable
  public var counts: MemoryCounts { state.pointee.counts }

  // MARK: - Nodes

  /// Allocates an uninitialised node, aligned to 16 bytes; nil if the request is refused. With
  /// `maySleep` the request can wait for memory.
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

  /// Whether the fault plan refuses the current request. Not inlined: most pools have no plan.
  @inlinable @inline(never)
  func isRefused() -> Bool {
    let bytes = (counts.live &+ 1) &* Node<slots>.byteCount
    return state.pointee.refusals.refusesNext(bytesAfter: bytes)
  }

  /// Takes a node of a dead tree; nil if there is none. Retired nodes are used before new ones are
  /// requested, so `live` never exceeds `peakInUse` (Specification 4.7).
  @inlinable
  func recycle() -> Node<slots>? {
    guard let node = takeRetired() else { return nil }
    state.pointee.counts.recycled &+= 1
    noteUse()
    return node
  }

  /// Frees a node that `allocate` or `recycle` returned.
  @inlinable
  func free(_ node: Node<slots>) {
    state.pointee.counts.live &-= 1
    node.raw.deallocate()
  }

  /// Keeps a dead tree of `nodes` nodes, whole, until it is recycled or reclaimed.
  @inlinable
  func retire(_ root: Node<slots>, nodes: Int) {
    root.nextSpare = state.pointee.retired
    state.pointee.retired = root
    state.pointee.counts.retired &+= nodes
  }

  /// Removes one node from the retired trees: the root of the first, whose children become retired
  /// trees of their own. O(slots).
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

  /// Counts an edit that failed because no memory was available from any source.
  @inlinable
  func noteFailure() { state.pointee.counts.failures &+= 1 }

  /// Called before anything that can sleep, like the kernel's `might_sleep`. Counts a violation in
  /// atomic context.
  @inlinable
  func noteSleep() {
    if state.pointee.context == .atomic { state.pointee.counts.sleepsInAtomic &+= 1 }
  }

  @inlinable
  func noteUse() {
    let inUse = state.pointee.counts.live &- state.pointee.counts.retired
    state.pointee.counts.peakInUse = max(state.pointee.counts.peakInUse, inUse)
  }

  /// A sentence if the count of retired nodes is wrong, or if more nodes are allocated than were
  /// ever in use (Specification 4.7); otherwise nil. O(retired nodes).
  @inlinable
  public func fault() -> String? {
    if counts.live > counts.peakInUse {
      return "\(counts.live) nodes are allocated, but at most \(counts.peakInUse) were ever in use"
    }
    var found = 0
    var next = state.pointee.retired
    while let node = next {
      found &+= node.nodeCount
      next = node.nextSpare
    }
    return found == counts.retired
      ? nil : "\(found) nodes are retired, but the count is \(counts.retired)"
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
