import ReverseMapping

// The byte form, version 4. Each field is taken modulo the number of its choices.
//
//     byte 0   version: 4
//          1   family          modulo 6: 0 map, 1 tree, 2 map too, 3 direct, 4 vm, 5 memory
//          2   IPA bits        0, 1, 2, 3: 40, 48, 52, 56
//          3   layout          0 mailed, 1 tagged
//          4   node size       0 tiny, 1 production
//          5   bit 0           blocks: 0 laminar, 1 pages
//              bit 1           direct map: 0 off, 1 on
//          6   window shift    0, 1, 2, 3: 8, 16, 32, 64 pages
//          7   bits 0-1        windows - 1
//              bits 2-3        MMUs - 1
//              bit 4           0 windows, 1 no windows: a whole world
//          8   operations of three words (`Operation`), each lowest byte first
//
// Decoding never fails, because the fuzzer produces any bytes. A short header is padded with zeros.
// An unknown version is read as version 4. A partial operation at the end is dropped, so that
// truncating an input never adds an operation. Operations beyond `Limits.operations` are dropped.

extension Scenario {
  /// The only version of the byte form that this code reads and writes.
  public static let byteVersion: UInt8 = 4

  /// Decodes any bytes, including none. `family` overrides the family of the header. O(bytes).
  public init(decoding bytes: some Sequence<UInt8>, family: World.Family? = nil) {
    world = World(family: .map)
    operations = []
    let array = Array(bytes)
    array.withUnsafeBytes { decode($0, family: family) }
  }

  /// Replaces this scenario by the one that `bytes` decode to: any bytes, including none. `family`
  /// overrides the family of the header.
  ///
  /// Reuses the storage of `operations`, so it allocates only when they grow beyond it. O(bytes).
  public mutating func decode(_ bytes: UnsafeRawBufferPointer, family: World.Family? = nil) {
    world = World(header: bytes, family: family)
    operations.removeAll(keepingCapacity: true)
    let body = bytes.count - Limits.headerBytes
    guard body >= Limits.operationBytes else { return }
    let count = min(body / Limits.operationBytes, Limits.operations)
    operations.reserveCapacity(count)
    let world = world
    var ranges = 0
    for index in 0..<count {
      let operation = bytes.operation(index).normalised(in: world)
      operations.append(operation)
      ranges &+= operation.count
    }
    if ranges > Limits.ranges - Limits.operations { limitRanges() }
  }

  /// Writes the byte form to the start of `bytes`, without the operations that do not fit whole.
  /// Returns the number of bytes written: 0 if not even the header fits. O(operations).
  public func encode(into bytes: UnsafeMutableRawBufferPointer) -> Int {
    guard bytes.count >= Limits.headerBytes else { return 0 }
    bytes.storeBytes(of: world.header.littleEndian, toByteOffset: 0, as: UInt64.self)
    let room = (bytes.count - Limits.headerBytes) / Limits.operationBytes
    var offset = Limits.headerBytes
    for operation in operations.prefix(room) {
      for word in [operation.head, operation.page, operation.second] {
        bytes.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
        offset += 8
      }
    }
    return offset
  }

  /// The byte form. O(operations).
  public func encoded() -> [UInt8] {
    let count = Limits.headerBytes + operations.count * Limits.operationBytes
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = encode(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Decodes strictly, for files that a user named: errors that `init(decoding:family:)` tolerates
  /// are thrown. O(bytes).
  ///
  /// - Throws: `tooShort`, `unknownVersion`, `partialOperation` or `tooManyOperations`.
  public init(checking bytes: [UInt8]) throws(ScenarioFileError) {
    if let error = bytes.withUnsafeBytes(Self.error(in:)) { throw error }
    self.init(decoding: bytes)
  }

  /// The error that `init(checking:)` would throw, or nil.
  public static func error(in bytes: UnsafeRawBufferPointer) -> ScenarioFileError? {
    guard bytes.count >= Limits.headerBytes else { return .tooShort(bytes: bytes.count) }
    guard bytes[0] == byteVersion else { return .unknownVersion(bytes[0]) }
    let body = bytes.count - Limits.headerBytes
    if body % Limits.operationBytes != 0 { return .partialOperation(bytes: bytes.count) }
    let count = body / Limits.operationBytes
    return count > Limits.operations ? .tooManyOperations(count) : nil
  }

  /// The family in the header of `bytes`, which may be any bytes.
  public static func family(in bytes: UnsafeRawBufferPointer) -> World.Family {
    World(header: bytes, family: nil).family
  }

  /// The most operations of a scenario whose byte form fits in `bytes` bytes.
  public static func operationsFitting(bytes: Int) -> Int {
    min(max(0, bytes - Limits.headerBytes) / Limits.operationBytes, Limits.operations)
  }
}

extension UnsafeRawBufferPointer {
  /// Operation number `index` of a byte form. The buffer must contain it whole.
  @inline(__always)
  fileprivate func operation(_ index: Int) -> Operation {
    let offset = Limits.headerBytes + index * Limits.operationBytes
    return Operation(
      head: word(at: offset), page: word(at: offset + 8), second: word(at: offset + 16))
  }

  /// The eight bytes from `offset` on. The buffer must contain them.
  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}

/// Why a file is not a scenario in byte form.
public enum ScenarioFileError: Error, Equatable, Sendable {
  /// The file ends before the header does.
  case tooShort(bytes: Int)
  /// The first byte is not the version that this program reads.
  case unknownVersion(UInt8)
  /// The file ends in the middle of an operation.
  case partialOperation(bytes: Int)
  /// The file, of an older version, ends in the middle of an operation.
  case partialOldOperation(bytes: Int)
  /// The file has more operations than `Limits.operations`.
  case tooManyOperations(Int)
}

extension ScenarioFileError: CustomStringConvertible {
  /// What is wrong and what was expected, on one line.
  public var description: String {
    switch self {
    case .tooShort(let bytes):
      return "not a scenario: it has \(bytes) bytes; a scenario in bytes has a header of "
        + "\(Limits.headerBytes), one in text begins with 'revfuzz-scenario'"
    case .unknownVersion(let version):
      return "not a scenario that this program reads: its first byte, the version, is "
        + "\(version) and not \(Scenario.byteVersion)"
        + (Scenario.isOldVersion(version) ? "; 'revfuzz corpus convert' converts it" : "")
    case .partialOperation(let bytes):
      return "a file of \(bytes) bytes ends in the middle of an operation: expected a header of "
        + "\(Limits.headerBytes) bytes and \(Limits.operationBytes) bytes per operation"
    case .partialOldOperation(let bytes):
      return "a file of \(bytes) bytes ends in the middle of an operation: version 3 has a header "
        + "of \(Limits.headerBytes) bytes and 8 bytes per operation"
    case .tooManyOperations(let count):
      return "too many operations: \(count), and a scenario has at most \(Limits.operations)"
    }
  }
}

extension World {
  /// Decodes a header, padded with zeros if it is short. `family` overrides its family.
  init(header bytes: UnsafeRawBufferPointer, family: Family?) {
    func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
    let bits: UInt8
    switch byte(2) & 3 {
    case 0: bits = 40
    case 1: bits = 48
    case 2: bits = 52
    default: bits = 56
    }
    let named = Family(rawValue: byte(1) % 6) ?? .map
    self = World(
      family: family ?? named, ipaBits: bits,
      layout: byte(3) & 1 == 0 ? .mailed : .tagged,
      nodeSize: byte(4) & 1 == 0 ? .tiny : .production,
      blocks: byte(5) & 1 == 0 ? .laminar : .pages, windowShift: 3 + byte(6) & 3,
      windows: byte(7) & 16 != 0 ? 0 : 1 + byte(7) & 3, hasDirectMap: byte(5) & 2 != 0,
      mmus: 1 + byte(7) >> 2 & 3
    ).normalised()
  }

  /// The eight bytes of the header. Byte 0 is the lowest.
  var header: UInt64 {
    let world = normalised()
    let width: UInt64
    switch world.ipaBits {
    case 40: width = 0
    case 48: width = 1
    case 52: width = 2
    default: width = 3
    }
    var header = UInt64(Scenario.byteVersion) | UInt64(world.family.rawValue) << 8
    header |= width << 16 | UInt64(world.layout.rawValue) << 24
    header |= UInt64(world.nodeSize.rawValue) << 32 | UInt64(world.blocks.rawValue) << 40
    header |= (world.hasDirectMap ? 1 : 0) << 41 | UInt64(world.windowShift - 3) << 48
    header |= world.isWhole ? 16 << 56 : UInt64(world.windows - 1) << 56
    return header | UInt64(world.mmus - 1) << 58
  }
}
