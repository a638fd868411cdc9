/// The project's one source of randomness: a 64-bit seed, and the same numbers from it everywhere.
///
/// SplitMix64 (Steele, Lea and Flood, 2014): a counter and a mixing function. Eight bytes of state,
/// a few instructions a number; not for secrets.
public struct SplitMix64: RandomNumberGenerator, Equatable, Sendable {
  /// The counter; as a seed, it continues the sequence from here.
  @usableFromInline var state: UInt64

  /// The sequence of `seed`.
  @inlinable
  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits. O(1).
  @inlinable
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// A number from 0 to `bound` - 1, or 0 if there is none. O(1); the bias is below `bound` / 2^64.
  @inlinable
  public mutating func below(_ bound: UInt64) -> UInt64 {
    next().multipliedFullWidth(by: bound).high
  }

  /// An index from 0 to `count` - 1, or 0 if there is none. O(1).
  @inlinable
  public mutating func index(_ count: Int) -> Int {
    Int(truncatingIfNeeded: below(UInt64(max(0, count))))
  }

  /// True `numerator` times in `denominator`. O(1).
  @inlinable
  public mutating func chance(_ numerator: UInt64, in denominator: UInt64) -> Bool {
    below(denominator) < numerator
  }
}
