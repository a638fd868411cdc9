import ReverseMapping
import Scenario

/// What a check found, before it becomes a `Divergence`.
@usableFromInline
package enum Finding {
  case unsound(Unsoundness)
  case answer
  case state
  case interface(String)
  case structure(String)
  case lockstep(String)
  case memory(MemoryFault)
  case leak(String)
}

extension Harness where S: ~Copyable {
  /// Turns a finding into a divergence. Never inlined: it runs at most a few times per scenario.
  @inline(never)
  @usableFromInline
  func describe(
    _ finding: Finding, at step: Int, of scenario: borrowing Scenario, _ subject: borrowing S
  ) -> Divergence {
    var seen = copy scenario
    seen.operations.removeLast(max(0, scenario.operations.count - step - 1))
    let operation = seen.operations.indices.contains(step) ? seen.operations[step] : nil
    var signature = FailureSignature(
      check: .answer, operation: operation?.kind.single, symptom: "")
    var expected = description(of: expected, to: operation)
    var actual = description(of: actual, to: operation)
    var unsoundness: Unsoundness?
    var expectedState =
      comparing
      ? oracle.rows.map(\.description) + [oracle.statusDescription]
      : checker.liveRows.compactMap(\.mapping)
    // The answer of the oracle is not expected of a subject that is not compared with it.
    let answer = comparing ? "\(expected), and " : ""
    // The calls that led to the finding may have shown that the library breaks its interface.
    switch subject.checkInterface().map(Finding.interface) ?? finding {
    case .unsound(let found):
      (signature.check, signature.symptom) = (.unsound, found.rule.symptom)
      unsoundness = found
      expected = found.requirement
    case .answer:
      signature.symptom = self.actual.symptom(against: self.expected)
    case .state:
      signature.check = .state
      signature.symptom = S.symptom(
        rows: subject.rows, status: subject.status, against: oracle.rows, oracle.status)
      expected = answer + "the same state as the oracle"
      actual += ", but a different state: "
      actual += S.fault(in: subject.rows, world: seen.world) ?? "see the marked lines below"
    case .interface(let sentence):
      signature.set(.interface, "breaks-the-interface", sentence)
      expected = "the library follows the rules of its interface"
      actual = sentence
    case .structure(let sentence):
      signature.set(.structure, "damages-the-structure", sentence)
      expected = answer + "the subject's structure is intact"
      actual += ", but the structure is damaged: \(sentence)"
    case .lockstep(let sentence):
      signature.set(.lockstep, "breaks-the-lockstep", sentence)
      expected = answer + "the subject's entries match its direct map"
      actual += ", but they do not match: \(sentence)"
    case .memory(.broke(let sentence)):
      signature.set(.memory, "breaks-a-rule-of-memory", sentence)
      expected = answer + "the memory rules are kept"
      actual += ", but \(sentence)"
    case .memory(.slept(let sentence)):
      (signature.check, signature.symptom) = (.context, "sleeps-in-atomic-context")
      expected = answer + "nothing sleeps in atomic context"
      actual += ", but \(sentence)"
    case .leak(let sentence):
      signature.set(.leak, "leaks-nodes", sentence)
      expected = "nothing stays allocated after everything is cleared"
      actual = sentence
      // Only the subject was cleared, so there is no state to compare with.
      expectedState = []
    }
    signature.detail = FailureSignature.withoutPlace(signature.detail)
    return Divergence(
      signature: signature, step: step, scenario: seen, isCompared: comparing,
      unsoundness: unsoundness, expected: expected, actual: actual, expectedState: expectedState,
      actualState: subject.rows.map(\.description) + [subject.statusDescription],
      oracle: comparing
        ? .init(
          answer: self.expected, rows: oracle.rows.map(\.stateRow), status: oracle.status) : nil)
  }
}

extension Harness where S: ~Copyable {
  /// The answer to `operation` in words. Of a fill, the answer to the record that was done last.
  func description(of answer: Answer, to operation: Operation?) -> String {
    guard let operation, operation.kind.isFill else { return answer.description }
    return "\(answer) at \(operation.kind.single) \(record + 1) of \(operation.count)"
  }
}

extension Driver where Self: ~Copyable {
  /// All rows of the state, in ascending order. O(rows).
  @inlinable
  var rows: [Row] {
    var rows: [Row] = []
    forEachRow { rows.append($0) }
    return rows
  }
}

extension StateRow {
  /// The mapping that an entry of `Checker.liveRows` stands for, as text; nil for another row.
  fileprivate var mapping: String? {
    guard case .map(.entry(let entry), let mmu?) = self, let nested = entry.content.nested else {
      return nil
    }
    let size = entry.last &- entry.first &+ 1
    return "mmu \(mmu), nested \(IPARange(start: nested, size: size)) "
      + "-> canonical \(IPARange(start: entry.first, size: size))"
  }
}
