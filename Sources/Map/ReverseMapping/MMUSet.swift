/// A set of MMU numbers, 0 to 63.
public struct MMUSet: Equatable, Hashable, Sendable, ExpressibleByArrayLiteral {
  @usableFromInline var bits: UInt64

  /// The set of the MMUs `mmus`. O(MMUs).
  @inlinable
  public init(arrayLiteral mmus: Int...) {
    bits = 0
    for mmu in mmus { insert(mmu) }
  }

  /// Whether MMU `mmu` is in the set.
  @inlinable
  public func contains(_ mmu: Int) -> Bool { bits & Self.bit(mmu) != 0 }

  /// Adds MMU `mmu`; ignores numbers outside 0...63.
  @inlinable
  public mutating func insert(_ mmu: Int) { bits |= Self.bit(mmu) }

  @inlinable
  static func bit(_ mmu: Int) -> UInt64 { mmu < 0 ? 0 : 1 << UInt64(mmu) }
}
