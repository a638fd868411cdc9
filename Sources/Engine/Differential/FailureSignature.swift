import ReverseMapping
import Scenario

/// How a run failed, without any address: shrinking must preserve it. Failures with equal
/// signatures are the same failure.
public struct FailureSignature: Hashable, Codable, Sendable {
  /// Which check failed.
  public var check: Divergence.Check
  /// The operation after which it failed; nil at the end of the scenario.
  public var operation: Operation.Kind?
  /// What the subject did wrong, as a verb and its objects: `loses-a-mapping`.
  public var symptom: String
  /// What distinguishes this failure from others with the same symptom: the broken rule, with its
  /// numbers removed. May be empty.
  public var detail: String

  public init(
    check: Divergence.Check, operation: Operation.Kind?, symptom: String, detail: String = ""
  ) {
    self.check = check
    self.operation = operation
    self.symptom = symptom
    self.detail = detail
  }
}

extension FailureSignature {
  /// Sets check and symptom; the detail is `sentence`, which states the broken rule.
  mutating func set(_ check: Divergence.Check, _ symptom: String, _ sentence: String) {
    (self.check, self.symptom, detail) = (check, symptom, sentence)
  }

  /// A readable name of the failure, such as `unmap-misses-a-mapping`: lower-case words, joined by
  /// hyphens.
  public var name: String {
    guard let operation else { return symptom }
    return "\(operation.word)-\(symptom)"
  }
}

extension FailureSignature: CustomStringConvertible {
  /// Name, check and detail, in one line without a tab.
  public var description: String {
    detail.isEmpty ? "\(name) (\(check))" : "\(name) (\(check): \(detail))"
  }
}

extension FailureSignature {
  /// `sentence` without numbers and without its MMU: a fault in an MMU's map is the same fault as
  /// in a map that stands alone. O(sentence).
  static func withoutPlace(_ sentence: String) -> String {
    String(withoutNumbers(sentence).trimmingPrefix("in mmu #, "))
  }

  /// `sentence` with each number replaced by `#`, because numbers differ from run to run.
  /// O(sentence).
  public static func withoutNumbers(_ sentence: String) -> String {
    sentence.replacing(#/0x[0-9a-f]+|[0-9]+/#, with: "#")
  }
}

extension Unsoundness.Rule {
  /// The symptom of a subject that breaks the rule.
  var symptom: String {
    switch self {
    case .coverage: return "loses-a-mapping"
    case .completeness: return "misses-a-mapping"
    case .query: return "overlooks-a-mapping"
    }
  }
}

extension Answer {
  /// How this answer differs from the one that was expected. O(visits + ranges).
  func symptom(against expected: Answer) -> String {
    if outcome != expected.outcome {
      return "answers-\(outcome)-for-\(expected.outcome)"
    }
    if error != expected.error { return "is-rejected-for-another-reason" }
    if visits != expected.visits, let symptom = Self.symptom(visits, against: expected.visits) {
      return symptom
    }
    if ranges != expected.ranges {
      return Self.symptom(ranges.count, against: expected.ranges.count, of: "ranges")
    }
    return Self.symptom(numbers.count, against: expected.numbers.count, of: "numbers")
  }

  /// The symptom of the first MMU that answered differently, in the same words as for a single map.
  private static func symptom(_ visits: [MMUVisit], against expected: [MMUVisit]) -> String? {
    for (visit, other) in zip(visits, expected) where visit != other {
      if visit.mmu != other.mmu { break }
      if visit.result != other.result {
        return "answers-\(visit.result)-for-\(other.result)"
      }
      return symptom(visit.ranges, against: other.ranges, of: "ranges")
    }
    return "visits-other-mmus"
  }

  private static func symptom(_ count: Int, against expected: Int, of what: String) -> String {
    if count == expected { return "reports-other-\(what)" }
    return count < expected ? "reports-too-few-\(what)" : "reports-too-many-\(what)"
  }
}

extension Driver where Self: ~Copyable {
  /// How the rows and the status of a subject differ from the expected ones. O(rows^2).
  static func symptom(
    rows: [Row], status: UInt64, against expected: [Row], _ expectedStatus: UInt64
  ) -> String {
    let lost = expected.filter { !rows.contains($0) }
    let added = rows.filter { !expected.contains($0) }
    let isOfDirectMap = (lost + added).allSatisfy(isOfDirectMap)
    let what = isOfDirectMap ? "direct-entries" : "entries"
    switch (lost.isEmpty, added.isEmpty) {
    case (true, true):
      return rows == expected
        ? symptom(ofStatus: status, against: expectedStatus) : "holds-entries-out-of-order"
    case (false, true): return "loses-\(what)"
    case (true, false): return "holds-\(what)-too-many"
    case (false, false): return "holds-other-\(what)"
    }
  }
}
