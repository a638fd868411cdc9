import ReverseMapping

/// A pseudo-random permutation of the numbers below a count, computed and not stored: distinct
/// numbers in random order, however many, in no memory.
///
/// Four rounds of adding a key, multiplying by an odd number and folding the high half into the low
/// one, each of which permutes the numbers below a power of two; a result beyond the count goes
/// through them again until it is below it, which leaves a permutation of those below the count.
struct Permutation {
  /// Numbers that are permuted: 0 to `count` - 1.
  let count: UInt64
  private let mask: UInt64
  private let fold: UInt64
  private let keys: (UInt64, UInt64, UInt64, UInt64)

  /// The permutation of `count` numbers, at least one, that `seed` stands for. O(1).
  init(count: Int, seed: UInt64) {
    self.count = UInt64(max(1, count))
    let bits = UInt64(64 - (self.count - 1).leadingZeroBitCount)
    mask = bits == 0 ? 0 : .max >> (64 - bits)
    fold = max(1, (bits + 1) / 2)
    var random = SplitMix64(seed: seed)
    keys = (random.next(), random.next(), random.next(), random.next())
  }

  /// Where `index`, which is below `count`, goes. O(1): less than two passes on average.
  func callAsFunction(_ index: Int) -> UInt64 {
    var value = UInt64(truncatingIfNeeded: index) & mask
    repeat {
      value = round(value, keys.0)
      value = round(value, keys.1)
      value = round(value, keys.2)
      value = round(value, keys.3)
    } while value >= count
    return value
  }

  private func round(_ value: UInt64, _ key: UInt64) -> UInt64 {
    let mixed = (value &+ key) &* (key >> 7 | 1) & mask
    return mixed ^ mixed >> fold
  }
}
