/// What an entry says of its range: where it went, or that nobody knows (Specification 2.2).
///
/// One word in memory, so that an `Entry` is plain data that compares field by field.
public struct EntryContent: Equatable, Hashable, Sendable {
  @usableFromInline let raw: UInt64

  @inlinable
  init(raw: UInt64) { self.raw = raw }

  /// The range is the image of the nested bytes from `nested` on.
  @inlinable
  public static func known(nested: UInt64) -> EntryContent { EntryContent(raw: nested) }

  /// More than one nested range may map these bytes: an unmap must assume every one.
  @inlinable
  public static var unknown: EntryContent { EntryContent(raw: .max) }

  /// The nested base in bytes, or nil when unknown.
  @inlinable
  public var nested: UInt64? { raw == .max ? nil : raw }

  /// Whether an unmap that meets this entry must answer `everything`.
  @inlinable
  public var isUnknown: Bool { raw == .max }
}

extension EntryContent: CustomStringConvertible {
  public var description: String { nested.map { "-> " + hexadecimal($0) } ?? "unknown" }
}

/// One range of a reverse map, with what it says and the word it is stored as (Specification 2.2).
public struct Entry: Equatable, Hashable, Sendable {
  /// The first canonical byte.
  public var first: UInt64
  /// The last canonical byte, inclusive.
  public var last: UInt64
  /// A nested base, or unknown.
  public var content: EntryContent
  /// The 64-bit word that represents `content` in the map's layout.
  public var word: UInt64

  /// An entry over the canonical bytes `first...last`. O(1).
  @inlinable
  public init(first: UInt64, last: UInt64, content: EntryContent, word: UInt64) {
    self.first = first
    self.last = last
    self.content = content
    self.word = word
  }
}

extension Entry: CustomStringConvertible {
  public var description: String {
    "[\(hexadecimal(first)), \(hexadecimal(last))] \(content) (word \(hexadecimal(word)))"
  }
}

/// One range of a direct map: where the canonical image of a known entry starts (Specification 7.1).
public struct DirectEntry: Equatable, Hashable, Sendable {
  /// The first nested byte.
  public var first: UInt64
  /// The last nested byte, inclusive.
  public var last: UInt64
  /// The canonical base, in bytes.
  public var canonical: UInt64

  /// The nested bytes `first...last`, which map the canonical bytes from `canonical` on. O(1).
  @inlinable
  public init(first: UInt64, last: UInt64, canonical: UInt64) {
    self.first = first
    self.last = last
    self.canonical = canonical
  }
}

extension DirectEntry: CustomStringConvertible {
  public var description: String {
    "direct [\(hexadecimal(first)), \(hexadecimal(last))] -> \(hexadecimal(canonical))"
  }
}
