/// A reverse map of one shadow stage-2: what every subject under test and every reference is.
///
///     record      a shadow mapping was made              rules of Specification 3.2
///     unmap       canonical pages go away                3.3
///     query       what unmap would report                3.4
///     clear       forget everything                      3.5
///     beginFullUnmap, endFullUnmap                       3.6
///     invalidate  the guest drops nested translations    7.3
///
/// A map that is refused memory tells how often; one that never is can leave that to the defaults,
/// and so can one without a direct map for `forEachDirectEntry` and `checkLockstep`.
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

  /// Forgets every known entry whose nested range `nested` intersects, whole. Without a direct map,
  /// changes nothing.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError)

  /// Whether a store was refused since the map was last emptied.
  var isBroken: Bool { get }

  /// How many full unmaps have begun and not ended.
  var fullUnmapsInProgress: Int { get }

  /// Calls `body` with every entry, in ascending canonical order.
  func forEachEntry(_ body: (Entry) -> Void)

  /// Calls `body` with every entry of the direct map, in ascending nested order.
  func forEachDirectEntry(_ body: (DirectEntry) -> Void)

  /// From now on refuses memory for more than `further` nodes beside those that are live; for nil
  /// never. A map of several structures may apply it to each.
  mutating func limitNodes(toFurther further: Int?)

  /// How often memory was refused in the life of the map.
  var refusals: Int { get }

  /// The first rule that the implementation's own structure breaks, as a sentence, or nil.
  func checkInvariants() -> String?

  /// The first known entry or direct entry that has no counterpart, as a sentence, or nil. For a map
  /// whose structure holds.
  func checkLockstep() -> String?

  /// What stays allocated in a map that was just cleared, as a sentence, or nil.
  func checkEmpty() -> String?
}

extension ReverseMapProtocol where Self: ~Copyable {
  /// No direct map: nothing to call `body` with. O(1).
  @inlinable
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) {}

  /// No direct map: nothing to be out of step. O(1).
  @inlinable
  public func checkLockstep() -> String? { nil }

  /// Memory is never refused. O(1).
  @inlinable
  public mutating func limitNodes(toFurther further: Int?) {}

  /// Memory is never refused. O(1).
  @inlinable
  public var refusals: Int { 0 }
}
