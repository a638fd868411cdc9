import Scenario

/// What a check found, before it is put into words.
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
  /// The divergence that a reader sees. Never inlined: it runs at most once per scenario.
  @inline(never)
  @usableFromInline
  func describe(
    _ finding: Finding, at step: Int, of scenario: borrowing Scenario, _ subject: borrowing S
  ) -> Divergence {
    var seen = copy scenario
    seen.operations.removeLast(max(0, scenario.operations.count - step - 1))
    let operation = seen.operations.indices.contains(step) ? seen.operations[step].kind : nil
    var signature = FailureSignature(check: .answer, operation: operation, symptom: "")
    var expected = expected.description
    var actual = actual.description
    var unsoundness: Unsoundness?
    var expectedState = oracle.rows.map(\.description) + [oracle.statusDescription]
    // What was looked at for the finding may have shown the subject to break the rules.
    switch subject.checkInterface().map(Finding.interface) ?? finding {
    case .unsound(let harm):
      (signature.check, signature.symptom) = (.unsound, harm.rule.symptom)
      unsoundness = harm
      expected = harm.rightfulEnd
    case .answer:
      signature.symptom = self.actual.symptom(against: self.expected)
    case .state:
      signature.check = .state
      signature.symptom = S.symptom(
        rows: subject.rows, status: subject.status, against: oracle.rows, oracle.status)
      expected += ", and the entries of the oracle afterwards"
      actual += ", and other entries: "
      actual += S.fault(in: subject.rows, world: seen.world) ?? "see the marked lines"
    case .interface(let sentence):
      signature.set(.interface, "breaks-the-interface", sentence)
      expected = "what the interface of the library allows"
      actual = sentence
    case .structure(let sentence):
      signature.set(.structure, "damages-the-structure", sentence)
      expected += ", and the structure of the subject holds afterwards"
      actual += ", and it does not: \(sentence)"
    case .lockstep(let sentence):
      signature.set(.lockstep, "breaks-the-lockstep", sentence)
      expected += ", and the subject's entries and direct map go together afterwards"
      actual += ", and they do not: \(sentence)"
    case .memory(.broke(let sentence)):
      signature.set(.memory, "breaks-a-rule-of-memory", sentence)
      expected += ", within the rules of memory"
      actual += ", and \(sentence)"
    case .memory(.slept(let sentence)):
      (signature.check, signature.symptom) = (.context, "sleeps-in-atomic-context")
      expected += ", and nothing sleeps in atomic context"
      actual += ", and \(sentence)"
    case .leak(let sentence):
      signature.set(.leak, "leaks-nodes", sentence)
      expected = "nothing stays allocated after everything is cleared"
      actual = sentence
      // The subject alone was cleared: what it still holds is all that there is to show.
      expectedState = []
    }
    signature.detail = FailureSignature.withoutPlace(signature.detail)
    return Divergence(
      signature: signature, step: step, scenario: seen, unsoundness: unsoundness,
      expected: expected,
      actual: actual,
      expectedState: expectedState,
      actualState: subject.rows.map(\.description) + [subject.statusDescription])
  }
}

extension Driver where Self: ~Copyable {
  /// Every row of the state, in ascending order. O(rows).
  @inlinable
  var rows: [Row] {
    var rows: [Row] = []
    forEachRow { rows.append($0) }
    return rows
  }
}
