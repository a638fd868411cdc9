/// A reverse map of one shadow stage-2: what every subject under test and every reference is.
///
///     record      a shadow mapping was made              rules of Specification 3.2
///     unmap       canonical pages go away                3.3
///     query       what unmap would report                3.4
///     clear       forget everything                      3.5
///     beginFullUnmap, endFullUnmap                       3.6
///
/// Addresses and sizes are bytes and multiples of a page; ranges are canonical unless called
/// nested. An operation that throws has changed nothing.
public protocol ReverseMapProtocol: ~Copyable {
  /// Remembers that the canonical bytes `canonical` are mapped at the nested bytes from `nested`.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult

  /// Forgets every entry that `canonical` intersects and appends its nested range to `nested`, in
  /// ascending canonical order.
  ///
  /// With the answer `everything` nothing is appended, and a full unmap has begun.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult

  /// What `unmap` would append and answer, with nothing changed.
  ///
  /// - Throws: as `unmap`.
  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult

  /// Forgets every entry and un-breaks the map. Full unmaps in progress go on.
  mutating func clear()

  /// Empties and un-breaks the map, and counts one more full unmap in progress.
  mutating func beginFullUnmap()

  /// Ends one full unmap.
  ///
  /// - Throws: `noFullUnmapInProgress`.
  mutating func endFullUnmap() throws(ReverseMapError)

  /// Whether a store was refused since the map was last emptied.
  var isBroken: Bool { get }

  /// How many full unmaps have begun and not ended.
  var fullUnmapsInProgress: Int { get }

  /// Calls `body` with every entry, in ascending canonical order.
  func forEachEntry(_ body: (Entry) -> Void)

  /// The first rule that the implementation's own structure breaks, as a sentence, or nil.
  func checkInvariants() -> String?

  /// What stays allocated in a map that was just cleared, as a sentence, or nil.
  func checkEmpty() -> String?
}
