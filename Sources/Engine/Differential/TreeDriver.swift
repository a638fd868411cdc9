import Oracle
import RangeTree
import ReverseMapping
import Scenario

extension StoredRange: DriverRow {
  public var stateRow: StateRow { .element(self) }

  /// For example `0x0...0x5 word 0x1`; the bounds are keys.
  public var description: String {
    "\(hexadecimal(first))...\(hexadecimal(last)) word \(hexadecimal(word))"
  }
}

/// A tree operation with its arguments in keys. `find` uses the first key of the range.
public struct TreeAction: Sendable {
  /// What to do.
  public var kind: Operation.Kind
  /// The range of keys, and the word of operations that store one.
  public var range: StoredRange
  @usableFromInline let operation: Operation

  /// The fault plan of a `refuse`.
  @inlinable
  public var faultPlan: FaultPlan { operation.faultPlan }

  /// Action number `index`, below `operation.count`, that `operation` stands for. Each of a fill is
  /// a store.
  public init(_ operation: Operation, _ index: Int = 0) {
    kind = operation.kind.single
    let (first, last) = operation.treeRange(index)
    range = StoredRange(first: first, last: last, word: operation.treeWord)
    self.operation = operation
  }
}

/// Drives a range tree as the subject. Rows are its elements.
public struct TreeDriver<let slots: Int>: ~Copyable {
  @usableFromInline let pool = NodePool<slots>()
  @usableFromInline var tree: RangeTree<slots>
  /// How the last operation broke a memory rule.
  @usableFromInline var memoryFault: MemoryFault?

  @inlinable
  public init() { tree = RangeTree(pool: pool) }
}

extension TreeDriver: Subject {
  @inlinable
  public static func action(for operation: Operation, _ index: Int) -> TreeAction {
    TreeAction(operation, index)
  }

  @inlinable
  public mutating func perform(_ action: TreeAction, answer: inout Answer) {
    let (first, last, word) = (action.range.first, action.range.last, action.range.word)
    let bound = nodeBound(action.kind)
    let (requests, failures) = (pool.counts.requests, pool.counts.failures)
    let fingerprint = pool.mayRefuse ? tree.fingerprint() : 0
    memoryFault = nil
    do throws(RangeTreeError) {
      switch action.kind {
      case .insert:
        if let hit = try tree.insert(first: first, last: last, word: word) {
          answer.outcome = .occupied
          answer.append(StoredRange(hit))
        } else {
          answer.outcome = .stored
        }
      case .store: try tree.store(first: first, last: last, word: word)
      case .erase: try tree.erase(first: first, last: last)
      case .replace:
        let union = try tree.replaceIntersecting(first: first, last: last, word: word)
        answer.append(StoredRange(union))
      case .remove:
        tree.removeIntersecting(first: first, last: last) { answer.append(StoredRange($0)) }
      case .find:
        let hit = tree.firstElement(atOrAfter: first)
        answer.outcome = hit == nil ? .missing : .found
        if let hit { answer.append(StoredRange(hit)) }
      case .list:
        tree.forEach(intersecting: first, last: last) { element in
          answer.append(StoredRange(element))
          return true
        }
      case .clearTree: tree.clear()
      case .refuse: pool.refuse(action.faultPlan)
      default: answer.outcome = .rejected
      }
    } catch {
      guard error == .outOfMemory else {
        answer.outcome = .rejected
        return
      }
      answer.outcome = .refused
      answer.wasRefused = pool.counts.failures != failures
      // Specification 4.1.
      if tree.fingerprint() != fingerprint {
        memoryFault = .broke("an edit that got no memory changed the tree")
      }
    }
    let asked = pool.counts.requests &- requests
    if asked > bound { memoryFault = tooMany(asked, bound) }
  }

  /// The most nodes that an operation may request, given the current height.
  @inlinable
  func nodeBound(_ kind: Operation.Kind) -> Int {
    switch kind {
    case .insert, .replace: return tree.height &+ 1
    case .store, .erase: return tree.height &+ 2
    default: return 0
    }
  }

  @usableFromInline @inline(never)
  func tooMany(_ asked: Int, _ most: Int) -> MemoryFault {
    .broke("it requested \(asked) nodes; the limit is \(most)")
  }

  /// Checks the memory rules for the last operation (Specification 4).
  @inlinable
  public func checkMemory() -> MemoryFault? { memoryFault }

  @inlinable
  public func forEachRow(_ body: (StoredRange) -> Void) { tree.forEach { body(StoredRange($0)) } }

  @inlinable
  public var status: UInt64 { UInt64(truncatingIfNeeded: tree.count) }

  public var statusDescription: String { "\(tree.count) elements" }

  /// Checks the tree, and that it accounts for every node (Specification 5.9).
  @inlinable
  public func checkStructure() -> String? {
    if let fault = tree.checkInvariants() { return fault }
    let live = pool.counts.live
    return live == tree.liveNodes
      ? nil : "\(live) nodes are handed out, but the tree has \(tree.liveNodes)"
  }

  @inlinable
  public var memoryCounts: MemoryCounts { pool.counts }

  @inlinable
  var shape: MapShape {
    MapShape(entries: tree.count, height: tree.height, nodes: tree.liveNodes)
  }

  /// Checks that elements ascend, are disjoint and have storable words (Specification 6).
  public static func fault(in rows: [StoredRange], world: World) -> String? {
    for (index, row) in rows.enumerated() {
      if row.last < row.first || index > 0 && row.first <= rows[index - 1].last {
        return "\(row) is reversed or starts before the previous element ends"
      }
      if !WordLayout.isStorable(row.word) {
        return "\(row) has a word that must not be stored: 0 or reserved"
      }
    }
    return nil
  }

  /// Clears the tree and checks that no node is left (Specification 4.3).
  @inlinable
  public mutating func tearDown() -> String? {
    tree.clear()
    let live = pool.counts.live
    return live == 0 ? nil : "\(live) nodes are still handed out after the tree was cleared"
  }
}

extension StoredRange {
  @inlinable
  init(_ element: RangeTreeElement) {
    self.init(first: element.first, last: element.last, word: element.word)
  }
}

extension Operation.Kind {
  /// Whether a tree may need memory for it, and so may fail to get some.
  fileprivate var mayNeedMemory: Bool {
    switch self {
    case .insert, .store, .erase, .replace: return true
    default: return false
    }
  }
}

extension Answer {
  /// Appends a tree element as three numbers: first, last, word.
  @inlinable
  mutating func append(_ range: StoredRange) {
    numbers.append(range.first)
    numbers.append(range.last)
    numbers.append(range.word)
  }
}

/// Drives the oracle for range trees: a sorted array.
public struct SortedRangesDriver: OracleDriver {
  @usableFromInline var ranges = SortedRanges()

  @inlinable
  public init() {}

  public mutating func reset(for scenario: borrowing Scenario) { ranges = SortedRanges() }

  public static func action(for operation: Operation, _ index: Int) -> TreeAction {
    TreeAction(operation, index)
  }

  public mutating func perform(_ action: TreeAction, answer: inout Answer) {
    let new = action.range
    let (first, last) = (new.first, new.last)
    let storable = first <= last && SortedRanges.accepts(new.word)
    // Specification 4.1. An operation that never needs memory must not fail for lack of it.
    if answer.wasRefused, action.kind.mayNeedMemory, first <= last {
      answer.outcome = .refused
      return
    }
    switch action.kind {
    case .insert where storable:
      let hit = ranges.insert(new)
      answer.outcome = hit == nil ? .stored : .occupied
      if let hit { answer.append(hit) }
    case .store where storable: ranges.store(new)
    case .erase where first <= last: ranges.erase(first, last)
    case .replace where storable: answer.append(ranges.replaceIntersecting(new))
    case .remove:
      for range in ranges.removeIntersecting(first, last) { answer.append(range) }
    case .find:
      let hit = ranges.first(atOrAfter: first)
      answer.outcome = hit == nil ? .missing : .found
      if let hit { answer.append(hit) }
    case .list:
      for range in ranges.intersecting(first, last) { answer.append(range) }
    case .clearTree: ranges.removeAll()
    case .refuse: break
    default: answer.outcome = .rejected
    }
  }

  public func forEachRow(_ body: (StoredRange) -> Void) { ranges.ranges.forEach(body) }

  public var status: UInt64 { UInt64(ranges.ranges.count) }

  public var statusDescription: String { "\(ranges.ranges.count) elements" }

  @inlinable
  public func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == StoredRange {
    var held = true
    var index = 0
    subject.forEachRow { row in
      held = held && index < ranges.ranges.count && ranges.ranges[index] == row
      index &+= 1
    }
    return held && index == ranges.ranges.count
  }
}
