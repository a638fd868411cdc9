/// The project's only source of randomness. A 64-bit seed gives the same numbers on every platform.
///
/// SplitMix64 (Steele, Lea and Flood, 2014) is a counter and a mixing function: eight bytes of
/// state and a few instructions per number. It is not cryptographically secure.
public struct SplitMix64: RandomNumberGenerator, Equatable, Sendable {
  /// The counter. Used as a seed, it continues the sequence from here.
  @usableFromInline var state: UInt64

  /// A generator seeded with `seed`.
  @inlinable
  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  @inlinable
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// A number from 0 to `bound` - 1, or 0 if `bound` is 0. The bias is below `bound` / 2^64.
  @inlinable
  public mutating func below(_ bound: UInt64) -> UInt64 {
    next().multipliedFullWidth(by: bound).high
  }

  /// An index from 0 to `count` - 1, or 0 if `count` is not positive.
  @inlinable
  public mutating func index(_ count: Int) -> Int {
    Int(truncatingIfNeeded: below(UInt64(max(0, count))))
  }

  /// True with probability `numerator` / `denominator`.
  @inlinable
  public mutating func chance(_ numerator: UInt64, in denominator: UInt64) -> Bool {
    below(denominator) < numerator
  }
}
