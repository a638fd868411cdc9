import Differential
import ReverseMapping

/// The first check that failed in a replay of a trace.
package struct TraceFault: Equatable {
  /// Which check failed.
  package var check: Divergence.Check
  /// The number of the line after which it failed.
  package var line: Int
  /// The MMU that it is about.
  package var mmu: Int
  /// The oracle's answer, or the rule that should hold.
  package var expected: String
  /// The subject's answer, or how it breaks the rule.
  package var actual: String
  /// The ranges that the failure is about, besides those of the event.
  package var canonical: [IPARange] = []
  package var nested: [IPARange] = []
}

extension TraceFault {
  /// The fault if the ordered lists `oracle` and `subject` differ: their first difference.
  static func difference(
    _ oracle: [Entry], _ subject: [Entry], line: Int, mmu: Int
  ) -> TraceFault? {
    guard let (one, other) = firstDifference(oracle, subject) else { return nil }
    let both = [one, other].compactMap { $0 }
    return TraceFault(
      check: .state, line: line, mmu: mmu, expected: text(one), actual: text(other),
      canonical: both.map { IPARange(start: $0.first, size: $0.last &- $0.first &+ 1) },
      nested: both.compactMap { entry in
        entry.content.nested.map { IPARange(start: $0, size: entry.last &- entry.first &+ 1) }
      })
  }

  /// The same for the entries of direct maps.
  static func difference(
    _ oracle: [DirectEntry], _ subject: [DirectEntry], line: Int, mmu: Int
  ) -> TraceFault? {
    guard let (one, other) = firstDifference(oracle, subject) else { return nil }
    let both = [one, other].compactMap { $0 }
    return TraceFault(
      check: .state, line: line, mmu: mmu, expected: text(one), actual: text(other),
      canonical: both.map { IPARange(start: $0.canonical, size: $0.last &- $0.first &+ 1) },
      nested: both.map { IPARange(start: $0.first, size: $0.last &- $0.first &+ 1) })
  }

  private static func firstDifference<Element: Equatable>(
    _ oracle: [Element], _ subject: [Element]
  ) -> (Element?, Element?)? {
    let index = zip(oracle, subject).enumerated().first { $1.0 != $1.1 }?.offset
    let first = index ?? min(oracle.count, subject.count)
    let one = first < oracle.count ? oracle[first] : nil
    let other = first < subject.count ? subject[first] : nil
    return one == nil && other == nil ? nil : (one, other)
  }

  private static func text<Element>(_ entry: Element?) -> String {
    entry.map { "\($0)" } ?? "no more entries"
  }
}
