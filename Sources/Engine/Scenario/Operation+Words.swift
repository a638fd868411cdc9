import ReverseMapping

// How 48 bits become the argument of `encode` or `decode`. The low 44 bits are the payload p, the
// upper four the *mode*.
//
// encode: the nested address is p at bits 55:12, all of which are valid. Modes 0 to 7 add nothing;
// modes 8 to 15 set one stray bit, which must be refused:
//
//     mode        8   9  10  11  12  13  14  15
//     stray bit   0   1   5  11  56  57  62  63
//
// decode: the word is p at some shift, with fixed bits around it, so that each kind of word that a
// layout writes is common, and so are its near misses:
//
//      mode 0   p & 0xfff: 0, the unknown words, reserved words
//           1   p
//           2   p << 20
//           3   p << 12
//           4   p << 12 | 1 << 63                   known, mailed
//           5   p << 12 | 1 << 63 | 1
//           6   p << 12 | 1 << 63 | 2
//           7   p << 12 | 1 << 63 | 1 << 56
//           8   p << 12 | 1 << 63 | 1 << 62
//           9   p & 3: 0 and the two unknown words
//          10   p << 13 | 1
//          11   p << 13 | 1 << 63 | 1               known, tagged
//          12   p << 13 | 1 << 63
//          13   p << 13 | 1 << 63 | 3
//          14   p << 13 | 1 << 63 | 1 << 57 | 1
//          15   p << 13 | 1 << 63 | 1 << 62 | 1
//
// Several numbers can give one argument; the normal number is that of the lowest mode.

extension Operation {
  /// The bits of a number that are its payload.
  @inlinable
  static var payloadMask: UInt64 { 1 << 44 - 1 }

  /// The argument of an `encode` or `decode`: a nested address that may have a stray bit, or any
  /// stored word. O(1).
  @inlinable
  public var wordArgument: UInt64 {
    kind == .encode ? Self.nestedAddress(of: wordNumber) : Self.storedWord(of: wordNumber)
  }

  /// The stray bit of the encode modes 8 to 15. O(1).
  @inlinable
  static func strayBit(ofMode mode: UInt64) -> UInt64 {
    switch mode & 7 {
    case 0: return 1 << 0
    case 1: return 1 << 1
    case 2: return 1 << 5
    case 3: return 1 << 11
    case 4: return 1 << 56
    case 5: return 1 << 57
    case 6: return 1 << 62
    default: return 1 << 63
    }
  }

  /// The nested address that `number` gives `encode`. O(1).
  @inlinable
  static func nestedAddress(of number: UInt64) -> UInt64 {
    let address = (number & payloadMask) << Page.shift
    let mode = number >> 44 & 15
    return mode < 8 ? address : address | strayBit(ofMode: mode)
  }

  /// The normal number whose nested address is `address`, or nil if it has more than one stray
  /// bit, or another than those of the modes. O(1).
  @inlinable
  static func encodeNumber(of address: UInt64) -> UInt64? {
    let payload = address >> Page.shift & payloadMask
    let stray = address & ~WordLayout.nestedMask
    if stray == 0 { return payload }
    for mode in 8..<16 as Range<UInt64> where strayBit(ofMode: mode) == stray {
      return payload | mode << 44
    }
    return nil
  }

  /// The number with its mode made 0 if it is below 8. O(1).
  @inlinable
  static func normalisedEncodeNumber(_ number: UInt64) -> UInt64 {
    number >> 47 & 1 == 0 ? number & payloadMask : number & (1 << 48 - 1)
  }

  /// How a decode mode places its payload, and which bits it sets besides. O(1).
  @inlinable
  static func shape(ofMode mode: UInt64) -> (payload: UInt64, shift: UInt64, fixed: UInt64) {
    let top: UInt64 = 1 << 63
    switch mode & 15 {
    case 0: return (0xfff, 0, 0)
    case 1: return (payloadMask, 0, 0)
    case 2: return (payloadMask, 20, 0)
    case 3: return (payloadMask, 12, 0)
    case 4: return (payloadMask, 12, top)
    case 5: return (payloadMask, 12, top | 1)
    case 6: return (payloadMask, 12, top | 2)
    case 7: return (payloadMask, 12, top | 1 << 56)
    case 8: return (payloadMask, 12, top | 1 << 62)
    case 9: return (3, 0, 0)
    case 10: return (payloadMask, 13, 1)
    case 11: return (payloadMask, 13, top | 1)
    case 12: return (payloadMask, 13, top)
    case 13: return (payloadMask, 13, top | 3)
    case 14: return (payloadMask, 13, top | 1 << 57 | 1)
    default: return (payloadMask, 13, top | 1 << 62 | 1)
    }
  }

  /// The word that `number` gives `decode`. O(1).
  @inlinable
  static func storedWord(of number: UInt64) -> UInt64 {
    let shape = shape(ofMode: number >> 44)
    return (number & shape.payload) << shape.shift | shape.fixed
  }

  /// The normal number whose word is `word`, or nil if no mode gives it. O(1).
  @inlinable
  static func decodeNumber(of word: UInt64) -> UInt64? {
    for mode in 0..<16 as Range<UInt64> {
      let shape = shape(ofMode: mode)
      if word & ~(shape.payload << shape.shift) == shape.fixed {
        return word >> shape.shift & shape.payload | mode << 44
      }
    }
    return nil
  }

  /// The normal number with the same word as `number`. O(1).
  @inlinable
  static func normalisedDecodeNumber(_ number: UInt64) -> UInt64 {
    decodeNumber(of: storedWord(of: number)) ?? 0
  }
}
