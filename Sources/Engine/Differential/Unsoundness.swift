import Oracle

/// A live mapping that should be dead, or that nothing could kill (Specification 9.4, 9.5).
public struct Unsoundness: Equatable, Sendable {
  /// Which rule is broken.
  public enum Rule: Sendable {
    /// No entry tells of the mapping.
    case coverage
    /// It survived an unmap of its canonical pages.
    case completeness
    /// It would survive, if the answer of a query were believed.
    case query
  }

  /// Which rule is broken.
  public var rule: Rule
  /// The MMU that has the mapping.
  public var mmu: Int
  /// The mapping; its `step` is the index of the operation that made it.
  public var mapping: ShadowStage2.Mapping
}

extension Unsoundness {
  /// What should be so, in words.
  var rightfulEnd: String {
    switch rule {
    case .coverage:
      return "every live mapping of mmu \(mmu) is covered by an entry"
    case .completeness:
      return "no mapping of the canonical range survives in mmu \(mmu)"
    case .query:
      return "mmu \(mmu) reports every live mapping of the canonical range"
    }
  }
}
