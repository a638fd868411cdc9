/// The bytes of a zip file, made here because a machine may have no `zip`. Nothing is compressed.
package struct ZipBytes {
  /// An entry of the file.
  package struct Entry {
    package var name: String
    package var bytes: [UInt8]
    /// The mode, as stat has it.
    package var mode: UInt32
    package var isEncrypted: Bool

    package init(
      _ name: String, _ bytes: [UInt8], mode: UInt32 = 0o100_644, isEncrypted: Bool = false
    ) {
      (self.name, self.bytes, self.mode, self.isEncrypted) = (name, bytes, mode, isEncrypted)
    }
  }

  /// The contents of the file. O(bytes).
  package let bytes: [UInt8]

  package init(_ entries: [Entry]) {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let name = Array(entry.name.utf8)
      // Version, flags, method, time, date, checksum, both sizes, lengths of name and extra field.
      let common =
        Self.little(20, 2) + Self.little(entry.isEncrypted ? 1 : 0, 2) + Self.little(0, 2)
        + Self.little(0, 2) + Self.little(0x21, 2) + Self.little(Self.checksum(entry.bytes), 4)
        + Self.little(UInt32(entry.bytes.count), 4) + Self.little(UInt32(entry.bytes.count), 4)
        + Self.little(UInt32(name.count), 2) + Self.little(0, 2)
      // Made by version 3.0 on Unix; comment, disk, internal and external attributes, offset.
      directory += [0x50, 0x4b, 1, 2] + Self.little(0x031e, 2) + common
      directory += Self.little(0, 6) + Self.little(entry.mode << 16, 4)
      directory += Self.little(UInt32(bytes.count), 4) + name
      bytes += [0x50, 0x4b, 3, 4] + common + name + entry.bytes
    }
    let count = Self.little(UInt32(entries.count), 2)
    let end = Self.little(UInt32(directory.count), 4) + Self.little(UInt32(bytes.count), 4)
    bytes += directory + [0x50, 0x4b, 5, 6] + Self.little(0, 4) + count + count + end
    self.bytes = bytes + Self.little(0, 2)
  }

  private static func little(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { $0 < 4 ? UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) : 0 }
  }

  /// The CRC-32 of zip files.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 {
        let isOdd = sum & 1 == 1
        sum >>= 1
        if isOdd { sum ^= 0xedb8_8320 }
      }
    }
    return ~sum
  }
}
