/// The page: the unit of every address and size in a reverse map (Specification 2.1).
public enum Page {
  /// Bytes in a page. Granules of 16 and 64 KiB are larger blocks, not other pages.
  public static let size: UInt64 = 4096
  /// log2 of `size`: shifts bytes to page numbers.
  public static let shift: UInt64 = 12
}

/// A run of bytes in one of the two IPA spaces, canonical or nested, as a caller states it.
///
/// It holds any start and any size, bad ones included: the operation that receives it decides
/// whether they are acceptable (Specification 3.1), so that what rejects a bad argument is the code
/// under test and not this type.
public struct IPARange: Equatable, Hashable, Sendable {
  /// The first byte.
  public var start: UInt64
  /// The length in bytes.
  public var size: UInt64

  /// The `size` bytes from byte `start`. O(1).
  @inlinable
  public init(start: UInt64, size: UInt64) {
    self.start = start
    self.size = size
  }

  /// The last byte, inclusive. Wraps for an empty range and for one that wraps. O(1).
  @inlinable
  public var last: UInt64 { start &+ size &- 1 }
}

extension IPARange: CustomStringConvertible {
  /// Inclusive bounds in hexadecimal bytes: `[0x1000, 0x1fff]`.
  public var description: String { "[\(hexadecimal(start)), \(hexadecimal(last))]" }
}

/// An address or word as this project prints it everywhere: `0x` and lower-case digits.
public func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
