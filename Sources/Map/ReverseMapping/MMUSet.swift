/// Some of the MMUs 0 to 63 of a machine.
public struct MMUSet: Equatable, Hashable, Sendable, ExpressibleByArrayLiteral {
  @usableFromInline var bits: UInt64

  /// The MMUs `mmus`. O(MMUs).
  @inlinable
  public init(arrayLiteral mmus: Int...) {
    bits = 0
    for mmu in mmus { insert(mmu) }
  }

  /// Whether MMU `mmu` is one of them. O(1).
  @inlinable
  public func contains(_ mmu: Int) -> Bool { bits & Self.bit(mmu) != 0 }

  /// Makes MMU `mmu` one of them; one that cannot be stays out. O(1).
  @inlinable
  public mutating func insert(_ mmu: Int) { bits |= Self.bit(mmu) }

  @inlinable
  static func bit(_ mmu: Int) -> UInt64 { mmu < 0 ? 0 : 1 << UInt64(mmu) }
}
