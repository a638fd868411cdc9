import ReverseMapping

@testable import Scenario

/// Random bytes of random length, for decoders that accept any bytes.
func randomBytes(upTo count: Int, using random: inout SplitMix64) -> [UInt8] {
  (0..<random.index(count + 1)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}

extension Operation {
  /// Any three words. Addresses in windows, near both ends of the space and of any magnitude, sizes
  /// of any magnitude, ranges of keys that are short, far and reversed, and fills are all common.
  /// Not normal.
  static func anyBits(in world: World, using random: inout SplitMix64) -> Operation {
    var operation = Operation(
      head: random.next(), page: anyPage(in: world, using: &random),
      second: anyPage(in: world, using: &random))
    if random.chance(1, in: 8) {
      let kinds = world.family.kinds
      operation.kind = kinds[random.index(kinds.count)]
    }
    // Bits 16 and up hold the size, and of a fill the count and the gap too.
    if random.chance(1, in: 2) {
      let fields = operation.head >> (16 + random.below(48))
      operation.head = operation.head & 0xffff | fields << 16
    }
    if random.chance(1, in: 2) {
      operation.second = operation.page &+ random.below(2 * world.windowPages)
    }
    return operation
  }

  private static func anyPage(in world: World, using random: inout SplitMix64) -> UInt64 {
    switch random.below(4) {
    case 0: return random.next() >> random.below(64)
    case 1: return world.lastPage &+ 8 &- random.below(16)
    default:
      let window = UInt8(truncatingIfNeeded: random.below(4))
      return world.firstPage(ofWindow: window) &+ random.below(world.windowPages)
    }
  }
}

/// The bytes of an operation of version 4: `head`, padded with zeros to eight bytes, and two words.
func operationBytes(_ head: [UInt8], _ page: UInt64 = 0, _ second: UInt64 = 0) -> [UInt8] {
  func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: 8 - bytes.count) }
  func word(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }
  return padded(head) + word(page) + word(second)
}

/// Scenarios of `family`: half from the generator, half of any bits.
func scenarios(_ family: World.Family, count: Int, seed: UInt64) -> [Scenario] {
  var random = SplitMix64(seed: seed)
  return (0..<count).map { index in
    if index % 2 == 0 {
      return .random(family: family, operations: random.index(40), using: &random)
    }
    let world = World.random(family: family, using: &random)
    let operations = (0..<random.index(40)).map { _ in
      Operation.anyBits(in: world, using: &random)
    }
    return Scenario(world: world, operations: operations)
  }
}
