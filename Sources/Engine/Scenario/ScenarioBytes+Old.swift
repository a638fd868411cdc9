import ReverseMapping

// The byte form, version 3, for files that an older revfuzz wrote. It differs from version 4 in its
// operations: they have eight bytes, and addresses are a window and a page in it.
//
//     byte 0   kind
//          1   bits 0-1 window, bits 2-3 second window
//              bits 4-5 MMU (vm, memory)
//              bits 4-7 reach (tree): 8-11 far, 15 reversed, else near
//          2   page in the window
//          3   pages - 1
//          4   page in the second window
//          5   flaw (maps); the word, 24 bits (trees)

extension Scenario {
  /// Whether `version` is one that `init(converting:)` reads and that is not the current one.
  public static func isOldVersion(_ version: UInt8) -> Bool { version == 3 }

  /// Decodes the byte form of version 3. Nothing is lost: the scenario has the same world, and its
  /// operations the same arguments. O(bytes).
  ///
  /// - Throws: `tooShort`, `unknownVersion`, `partialOperation` or `tooManyOperations`.
  public init(converting bytes: [UInt8]) throws(ScenarioFileError) {
    guard bytes.count >= Limits.headerBytes else { throw .tooShort(bytes: bytes.count) }
    guard Self.isOldVersion(bytes[0]) else { throw .unknownVersion(bytes[0]) }
    let body = bytes.count - Limits.headerBytes
    guard body % 8 == 0 else { throw .partialOldOperation(bytes: bytes.count) }
    guard body / 8 <= Limits.operations else { throw .tooManyOperations(body / 8) }
    var header = Array(bytes.prefix(Limits.headerBytes))
    // The bit of a whole world meant nothing.
    header[7] &= 15
    let world = header.withUnsafeBytes { World(header: $0, family: nil) }
    let words = bytes.withUnsafeBytes { bytes in
      stride(from: Limits.headerBytes, to: bytes.count, by: 8).map { bytes.word(at: $0) }
    }
    self.init(world: world, operations: words.map { Operation(old: $0, in: world) })
  }
}

extension Operation {
  /// The operation that the eight bytes `old` of version 3 stood for in `world`. Normal.
  fileprivate init(old: UInt64, in world: World) {
    func bits(_ shift: UInt64, _ width: UInt64) -> UInt64 { old >> shift & (1 << width - 1) }
    var kind = old & 0xff
    // A byte that is no kind selected one by remainders that are the same today, but for the wire
    // values of fills.
    // 1848 is a multiple of the number of kinds of each family, so the remainder stays.
    if kind == 24 || kind == 25 { kind += 1848 }
    self.init(bare: world.family.kind(ofByte: kind))
    let mask = world.windowPages - 1
    func page(_ window: UInt64, _ offset: UInt64) -> UInt64 {
      let index = World.remainder(window, by: world.windows)
      return world.page(offset & mask, ofWindow: UInt8(truncatingIfNeeded: index))
    }
    let (first, other) = (page(bits(8, 2), bits(16, 8)), page(bits(10, 2), bits(32, 8)))
    let more = bits(24, 8) & mask
    switch self.kind.group {
    case .memory:
      // The layout is the same but for the MMU, and only kinds of maps had windows.
      head = old & ~0xffff | head & 0xff
      mmu = Int(bits(12, 2))
    case .map:
      self.page = first
      second = other
      if self.kind.takesRange {
        pages = more + 1
        flaw = Flaw(rawValue: bits(40, 8) < 8 ? UInt8(bits(40, 8)) : 0) ?? .none
      }
      if self.kind.namesMMU, world.family.isVM { mmu = Int(bits(12, 2)) }
    case .tree:
      self.page = first
      // A find had one key, whatever its reach.
      let reach = self.kind.takesRange ? bits(12, 4) : 0
      let (low, high) = (min(first, other), max(first, other))
      switch reach {
      case 8...11: (self.page, second) = (low, high)
      case 15: (self.page, second) = (high, low)
      default: pages = more + 1
      }
      if self.kind.takesWord { treeWord = bits(40, 24) }
    }
    self = normalised(in: world)
  }
}
