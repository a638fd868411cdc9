import ReverseMapping

/// A pseudo-random permutation of 0..<count that is computed instead of stored.
///
/// Each of four rounds adds a key, multiplies by an odd number and folds the high half into the low
/// half, all of which permute the numbers below a power of two. A result at or above the count goes
/// through the rounds again (cycle walking), so the whole is a permutation of the numbers below it.
struct Permutation {
  /// The size of the permuted range, 0..<count.
  let count: UInt64
  private let mask: UInt64
  private let fold: UInt64
  private let keys: (UInt64, UInt64, UInt64, UInt64)

  /// The permutation of `count` numbers, at least one, that `seed` selects.
  init(count: Int, seed: UInt64) {
    self.count = UInt64(max(1, count))
    let bits = UInt64(64 - (self.count - 1).leadingZeroBitCount)
    mask = bits == 0 ? 0 : .max >> (64 - bits)
    fold = max(1, (bits + 1) / 2)
    var random = SplitMix64(seed: seed)
    keys = (random.next(), random.next(), random.next(), random.next())
  }

  /// The image of `index`, which must be below `count`. Takes fewer than two passes on average.
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
