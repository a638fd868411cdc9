import Differential
import Oracle
import ReverseMapping
import Scenario

extension SwiftTestWriter {
  /// Writes the operations on a range tree, with the sorted array's answers.
  ///
  /// - Parameter openStep: the index of an operation whose answer is not known; the test ends with
  ///   it.
  mutating func writeTree(_ scenario: Scenario, refusedSteps: Set<Int>, openStep: Int?) {
    line("let pool = NodePool<\(scenario.world.nodeSize == .tiny ? 4 : 32)>()")
    line("var tree = RangeTree(pool: pool)")
    blank()
    var oracle = SortedRangesDriver()
    for (step, operation) in scenario.operations.enumerated() {
      let action = TreeAction(operation)
      if step == openStep {
        writeOpen(Self.call(action))
        break
      }
      var answer = Answer()
      answer.wasRefused = refusedSteps.contains(step)
      let before = oracle.elements
      oracle.perform(action, answer: &answer)
      if action.kind == .clearTree { expect("tree.elements", equals: before) }
      write(action, answer)
    }
    blank()
    if openStep == nil {
      expect("tree.elements", equals: oracle.elements)
      line("#expect(tree.count == \(oracle.elements.count))")
    }
    line("#expect(tree.checkInvariants() == nil)")
    line("#expect(pool.counts.live == tree.liveNodes)")
    line("tree.clear()")
    line("#expect(pool.counts.live == 0)")
  }

  private mutating func write(_ action: TreeAction, _ answer: Answer) {
    let call = Self.call(action)
    let reported = answer.elements
    switch (action.kind, answer.outcome) {
    case (_, .refused):
      isRefused = true
      // Specification 4.1.
      let name = newName("untouched")
      line("let \(name) = tree.fingerprint()")
      expect(throws: "RangeTreeError.outOfMemory", call)
      expect("tree.fingerprint()", equals: name)
    case (_, .rejected): expect(throws: Self.error(action), call)
    case (.remove, _), (.list, _): expect(call, equals: .array(reported))
    case (.insert, _), (.find, _), (.replace, _):
      expect(call, equals: reported.first ?? .text("nil"))
    default: statement(call)
    }
  }

  private static func call(_ action: TreeAction) -> SwiftExpression {
    let range = action.range
    let first = SwiftExpression.labelled("first", .number(range.first))
    let last = SwiftExpression.labelled("last", .number(range.last))
    let word = SwiftExpression.labelled("word", .number(range.word))
    switch action.kind {
    case .insert: return .call("try tree.insert", [first, last, word])
    case .store: return .call("try tree.store", [first, last, word])
    case .erase: return .call("try tree.erase", [first, last])
    case .replace: return .call("try tree.replaceIntersecting", [first, last, word])
    case .remove: return .call("tree.removeIntersecting", [first, last])
    case .find:
      return .call("tree.firstElement", [.labelled("atOrAfter", .number(range.first))])
    case .list:
      return .call("tree.elements", [.labelled("intersecting", .number(range.first)), last])
    case .refuse: return .call("pool.refuse", [.text(action.faultPlan.source)])
    default: return .call("tree.clear", [])
    }
  }

  /// The error that a tree throws for `action`. If both range and word are invalid, it may throw
  /// either.
  private static func error(_ action: TreeAction) -> String {
    let range = action.range
    if action.kind == .erase || SortedRanges.accepts(range.word) {
      return "RangeTreeError.invalidRange"
    }
    if range.last < range.first { return "RangeTreeError.self" }
    return "RangeTreeError.reservedWord(\(SwiftExpression.number(range.word).flat))"
  }
}

extension SortedRangesDriver {
  fileprivate var elements: [SwiftExpression] {
    var elements: [SwiftExpression] = []
    forEachRow { elements.append(.element($0)) }
    return elements
  }
}

extension Answer {
  /// The tree elements of the answer.
  fileprivate var elements: [SwiftExpression] {
    stride(from: 0, to: numbers.count, by: 3).map { index in
      .element(
        StoredRange(first: numbers[index], last: numbers[index + 1], word: numbers[index + 2]))
    }
  }
}

extension SwiftExpression {
  fileprivate static func element(_ range: StoredRange) -> SwiftExpression {
    .call(
      "RangeTreeElement",
      [
        .labelled("first", .number(range.first)), .labelled("last", .number(range.last)),
        .labelled("word", .number(range.word)),
      ])
  }
}

extension FaultPlan {
  /// The plan as a Swift expression whose type is known from the context.
  var source: String {
    switch self {
    case .none: return ".none"
    case .request(let k): return ".request(\(k))"
    case .every(let k): return ".every(\(k))"
    case .from(let k): return ".from(\(k))"
    case .next(let k): return ".next(\(k))"
    case .budget(let bytes):
      return ".budget(bytes: \(hexadecimal(UInt64(truncatingIfNeeded: bytes))))"
    case .chance(let parts, let seed):
      return ".chance(parts: \(SwiftExpression.number(UInt64(parts)).flat), seed: \(seed))"
    }
  }
}
