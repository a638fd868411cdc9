import ReverseMapping
import Scenario

/// In which way a run failed, without a single address: what has to stay the same while a scenario
/// becomes smaller. Two failures are the same if their kinds are equal.
public struct FailureSignature: Hashable, Codable, Sendable {
  /// Which check failed.
  public var check: Divergence.Check
  /// The operation after which it failed; nil at the end of the scenario.
  public var operation: Operation.Kind?
  /// What the subject did that it should not have, as a verb and its objects: `loses-a-mapping`.
  public var symptom: String
  /// What else tells this failure from others of the same symptom: the broken rule, its numbers left
  /// out.
  public var detail: String

  /// A failure of this kind. O(1).
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
  /// Becomes one of a broken rule, which `sentence` tells.
  mutating func set(_ check: Divergence.Check, _ symptom: String, _ sentence: String) {
    (self.check, self.symptom, detail) = (check, symptom, sentence)
  }

  /// A name for the failure that a person can use, such as `unmap-misses-a-mapping`: lower-case
  /// words, joined by hyphens. O(1).
  public var name: String {
    guard let operation else { return symptom }
    return "\(operation.word)-\(symptom)"
  }
}

extension FailureSignature: CustomStringConvertible {
  /// The name, the check, and what tells it from others, in one line without a tab.
  public var description: String {
    detail.isEmpty ? "\(name) (\(check))" : "\(name) (\(check): \(detail))"
  }
}

extension FailureSignature {
  /// The sense of `sentence`: what tells failures apart, and not where it is. What is wrong in the map
  /// of an MMU is wrong in a map by itself. O(sentence).
  static func withoutPlace(_ sentence: String) -> String {
    String(withoutNumbers(sentence).trimmingPrefix("in mmu #, "))
  }

  /// `sentence` without what differs from run to run: each number in it becomes `#`. O(sentence).
  public static func withoutNumbers(_ sentence: String) -> String {
    sentence.replacing(#/0x[0-9a-f]+|[0-9]+/#, with: "#")
  }
}

extension Unsoundness.Rule {
  /// What a subject does that breaks the rule.
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

  /// As for a map by itself: what the first MMU answered that answered otherwise.
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
  /// How `rows` and the status of a subject differ from those expected. O(rows^2).
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
