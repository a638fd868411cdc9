import Oracle

/// A live mapping that should be dead, or that no unmap would reach (Specification 9.4, 9.5).
public struct Unsoundness: Equatable, Sendable {
  /// Which rule is broken.
  public enum Rule: Sendable {
    /// No entry covers the mapping.
    case coverage
    /// It survived an unmap of its canonical pages.
    case completeness
    /// It would survive an unmap based on the answer of a query.
    case query
  }

  /// Which rule is broken.
  public var rule: Rule
  /// The MMU of the mapping.
  public var mmu: Int
  /// The mapping. Its `step` is the index of the operation that made it.
  public var mapping: ShadowStage2.Mapping
}

extension Unsoundness {
  /// The requirement that is not met, as a report states it under "expected".
  var requirement: String {
    switch rule {
    case .coverage:
      return "an entry of mmu \(mmu) leads to every live mapping"
    case .completeness:
      return "no mapping of the canonical range survives in mmu \(mmu)"
    case .query:
      return "mmu \(mmu) reports every live mapping of the canonical range"
    }
  }
}
