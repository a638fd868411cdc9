import ReverseMapping

// The rows of a map are compared with the oracle's as sums of hashes, one for each row: the oracle
// keeps its sum up to date, and that of the subject costs a few instructions a row. Sets of rows
// that differ have the same sum with a probability of some 2^-52: bounds and bases are pages, so
// the low 12 bits are the same in all rows whose words have equal low bits.

extension Entry {
  /// A 64-bit hash of bounds, content and word. It is not linear in any of them: in a plain sum,
  /// one entry that is a page too high would make up for another that is a page too low.
  @inlinable @inline(__always)
  public var rowHash: UInt64 {
    mixed(
      first &* 0xd6e8_feb8_6659_fd93 &+ last &* 0xa076_1d64_78bd_642f
        &+ (content.nested ?? .max) &* 0xe703_7ed1_a0b4_28db &+ word &* 0x8ebc_6af0_9c88_c6e3)
  }
}

extension DirectEntry {
  /// A 64-bit hash of bounds and canonical base, unlike that of an entry with the same numbers.
  @inlinable @inline(__always)
  public var rowHash: UInt64 {
    mixed(
      first &* 0x9e37_79b9_7f4a_7c15 &+ last &* 0xc2b2_ae3d_27d4_eb4f
        &+ canonical &* 0x1656_67b1_9e37_79f9 &+ 1)
  }
}

/// A permutation of all numbers that is not linear. The result needs no last multiplication, since
/// a factor does not matter to whether two sums are equal.
@inlinable @inline(__always)
func mixed(_ number: UInt64) -> UInt64 {
  let folded = (number ^ number &>> 32) &* 0xff51_afd7_ed55_8ccd
  return folded ^ folded &>> 29
}
