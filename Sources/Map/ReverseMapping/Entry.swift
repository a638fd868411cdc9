/// The content of an entry: a known nested base, or unknown (Specification 2.2).
///
/// It is stored as one word, so an `Entry` is plain data that compares field by field.
public struct EntryContent: Equatable, Hashable, Sendable {
  @usableFromInline let raw: UInt64

  @inlinable
  init(raw: UInt64) { self.raw = raw }

  /// The range is mapped by the nested bytes that start at `nested`.
  @inlinable
  public static func known(nested: UInt64) -> EntryContent { EntryContent(raw: nested) }

  /// More than one nested range may map these bytes, so an unmap must assume all of them.
  @inlinable
  public static var unknown: EntryContent { EntryContent(raw: .max) }

  /// The nested base in bytes, or nil if unknown.
  @inlinable
  public var nested: UInt64? { raw == .max ? nil : raw }

  /// Whether an unmap that meets this entry must answer `everything`.
  @inlinable
  public var isUnknown: Bool { raw == .max }
}

extension EntryContent: CustomStringConvertible {
  public var description: String { nested.map { "-> " + hexadecimal($0) } ?? "unknown" }
}

/// One range of a reverse map, with its content and the word that stores it (Specification 2.2).
public struct Entry: Equatable, Hashable, Sendable {
  /// The first canonical byte.
  public var first: UInt64
  /// The last canonical byte, inclusive.
  public var last: UInt64
  /// A nested base, or unknown.
  public var content: EntryContent
  /// The 64-bit word that represents `content` in the map's layout.
  public var word: UInt64

  /// An entry over the canonical bytes `first...last`.
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

/// One range of a direct map: the nested range of a known entry, and its canonical base
/// (Specification 7.1).
public struct DirectEntry: Equatable, Hashable, Sendable {
  /// The first nested byte.
  public var first: UInt64
  /// The last nested byte, inclusive.
  public var last: UInt64
  /// The canonical base, in bytes.
  public var canonical: UInt64

  /// The nested bytes `first...last`, which map the canonical bytes that start at `canonical`.
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
