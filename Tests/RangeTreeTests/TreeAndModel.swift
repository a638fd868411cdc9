import Testing

@testable import RangeTree

/// One operation on a tree, as a value.
struct Operation: CustomStringConvertible {
  enum Kind: CaseIterable { case insert, store, erase, replaceIntersecting, removeIntersecting }
  var kind: Kind
  var first: UInt64
  var last: UInt64
  var word: UInt64 = 1

  var element: RangeTreeElement { .init(first: first, last: last, word: word) }
  var description: String { "\(kind) \(first)...\(last) -> \(word)" }

  func `as`(_ kind: Kind) -> Operation {
    Operation(kind: kind, first: first, last: last, word: word)
  }

  /// All operations on all ranges between two of `keys`, which must ascend.
  static func all(over keys: [UInt64], word: UInt64) -> [Operation] {
    var operations: [Operation] = []
    for kind in Kind.allCases {
      for (index, first) in keys.enumerated() {
        for last in keys[index...] {
          operations.append(Operation(kind: kind, first: first, last: last, word: word))
        }
      }
    }
    return operations
  }
}

/// A tree and its model. Every operation is applied to both, and every answer is compared.
struct TreeAndModel<let slots: Int>: ~Copyable {
  var tree = RangeTree<slots>()
  var model = RangeModel()

  /// Applies an operation. Returns a sentence if answers or contents differ or an invariant is
  /// broken.
  mutating func apply(_ operation: Operation) -> String? {
    perform(operation) ?? difference().map { "\(operation): \($0)" }
  }

  /// Applies an operation. Returns a sentence if the answers differ.
  mutating func perform(_ operation: Operation) -> String? {
    do {
      return try answer(operation).map { "\(operation): \($0)" }
    } catch {
      return "\(operation): threw \(error)"
    }
  }

  mutating func answer(_ operation: Operation) throws(RangeTreeError) -> String? {
    let (first, last, word) = (operation.first, operation.last, operation.word)
    let nodesBefore = tree.liveNodes
    let heightBefore = tree.height
    var bound = heightBefore + 1
    switch operation.kind {
    case .insert:
      let answer = try tree.insert(first: first, last: last, word: word)
      let expected = model.insert(operation.element)
      if answer != expected { return "answered \(answer as Any), not \(expected as Any)" }
    case .store:
      bound += 1
      try tree.store(first: first, last: last, word: word)
      model.store(operation.element)
    case .erase:
      bound += 1
      try tree.erase(first: first, last: last)
      model.erase(first, last)
    case .replaceIntersecting:
      let answer = try tree.replaceIntersecting(first: first, last: last, word: word)
      let expected = model.replaceIntersecting(operation.element)
      if answer != expected { return "answered \(answer), not \(expected)" }
    case .removeIntersecting:
      bound = 0
      let expected = model.removeIntersecting(first, last)
      tree.pool.refuse(.from(1))
      var removed: [RangeTreeElement] = []
      if expected.count % 2 == 1 {
        if let broken = refuseRemoval(of: expected, first, last) { return broken }
        let isDone = tree.removeIntersecting(first: first, last: last, appendingTo: &removed) { $0 }
        if !isDone { return "did not complete a removal" }
      } else {
        tree.removeIntersecting(first: first, last: last) { removed.append($0) }
      }
      tree.pool.refuse(.none)
      if removed != expected { return "removed \(removed), not \(expected)" }
    }
    return tree.liveNodes - nodesBefore <= bound ? nil : "took more than \(bound) nodes"
  }

  /// Starts a removal whose transform returns nil for the last of the `expected` elements. Returns
  /// a sentence if the removal changes the tree.
  private mutating func refuseRemoval(
    of expected: [RangeTreeElement], _ first: UInt64, _ last: UInt64
  ) -> String? {
    let before = tree.fingerprint()
    var noted: [RangeTreeElement] = []
    let isDone = tree.removeIntersecting(first: first, last: last, appendingTo: &noted) {
      $0 == expected.last ? nil : $0
    }
    let isRight = !isDone && noted == expected.dropLast() && tree.fingerprint() == before
    return isRight ? nil : "stopped a removal after \(noted) of \(expected)"
  }

  func difference() -> String? {
    if let broken = tree.checkInvariants() { return broken }
    let elements = contents(tree)
    return elements == model.elements ? nil : "holds \(elements), not \(model.elements)"
  }

  /// A sentence if a search or a bounded walk gives another answer than the model.
  func searchDifference(_ first: UInt64, _ last: UInt64) -> String? {
    let found = tree.firstElement(atOrAfter: first)
    let expected = model.firstElement(atOrAfter: first)
    if found != expected { return "at or after \(first): \(found as Any), not \(expected as Any)" }
    var walked: [RangeTreeElement] = []
    tree.forEach(intersecting: first, last: last) { element in
      walked.append(element)
      return true
    }
    let all = model.intersecting(first, last)
    if walked != all { return "in \(first)...\(last): \(walked), not \(all)" }
    // Existing elements of the output must stay in front.
    var appended = Array(walked.prefix(1))
    let isWhole = tree.append(intersecting: first, last: last, to: &appended) { $0 }
    if !isWhole || appended != all.prefix(1) + all {
      return "in \(first)...\(last): appended \(appended), not \(all)"
    }
    var words: [UInt64] = []
    let isStopped = !tree.append(intersecting: first, last: last, to: &words) {
      $0 == all.last ? nil : $0.word
    }
    if isStopped == all.isEmpty || words != all.dropLast().map(\.word) {
      return "in \(first)...\(last): appended \(words) before it stopped"
    }
    var visits = 0
    tree.forEach(intersecting: first, last: last) { _ in
      visits += 1
      return visits < 2
    }
    return visits == min(2, all.count) ? nil : "a stopped walk visited \(visits)"
  }
}

/// All elements of a tree, in order.
func contents<let slots: Int>(_ tree: borrowing RangeTree<slots>) -> [RangeTreeElement] {
  var elements: [RangeTreeElement] = []
  func note(_ element: RangeTreeElement) { elements.append(element) }
  tree.forEach(note)
  return elements
}
