/// The page: the unit of every address and size in a reverse map (Specification 2.1).
public enum Page {
  /// Bytes in a page. Granules of 16 and 64 KiB are larger blocks, not other pages.
  public static let size: UInt64 = 4096
  /// log2 of `size`: shifts bytes to page numbers.
  public static let shift: UInt64 = 12
}

/// A range of bytes in one of the two IPA spaces, canonical or nested, as passed by a caller.
///
/// Any start and size are allowed, including invalid ones. The operation that receives the range
/// validates it (Specification 3.1), so bad arguments are rejected by the code under test and not
/// by this type.
public struct IPARange: Equatable, Hashable, Sendable {
  /// The first byte.
  public var start: UInt64
  /// The length in bytes.
  public var size: UInt64

  /// The `size` bytes from byte `start`.
  @inlinable
  public init(start: UInt64, size: UInt64) {
    self.start = start
    self.size = size
  }

  /// The last byte, inclusive. Meaningless for a range that is empty or wraps.
  @inlinable
  public var last: UInt64 { start &+ size &- 1 }
}

extension IPARange: CustomStringConvertible {
  /// Inclusive bounds in hexadecimal bytes: `[0x1000, 0x1fff]`.
  public var description: String { "[\(hexadecimal(start)), \(hexadecimal(last))]" }
}

/// The format of every address and word in this project's output: `0x` and lower-case digits.
public func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
