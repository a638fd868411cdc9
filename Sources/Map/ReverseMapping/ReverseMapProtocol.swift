/// A reverse map of one shadow stage-2: what every subject under test and every oracle is.
///
///     record      a shadow mapping was made              rules of Specification 3.2
///     unmap       canonical pages go away                3.3
///     query       what unmap would report                3.4
///     clear       forget everything                      3.5
///     beginFullUnmap, endFullUnmap                       3.6
///     invalidate  the guest drops nested translations    7.3
///     topUp       sets memory aside for the next record  4.4
///
/// A map that is never refused memory can leave everything about it to the defaults, and so can one
/// without a direct map for `forEachDirectEntry` and `checkLockstep`.
///
/// Addresses and sizes are bytes and multiples of a page; ranges are canonical unless called
/// nested. An operation that throws has changed nothing.
public protocol ReverseMapProtocol: ~Copyable {
  /// Where the map gets its memory.
  associatedtype Memory: MapMemory = UnlimitedMemory

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

  /// Sets memory aside until the next record cannot fail for the lack of it; false if it was
  /// refused before that.
  ///
  /// - Throws: `cannotSleep` in atomic context.
  mutating func topUp() throws(ReverseMapError) -> Bool

  /// What is set aside, and what the next record can take.
  var reserve: Reserve { get }

  /// Nodes that the map has, in its structures and set aside.
  var heldNodes: Int { get }

  /// What memory was used for, by all maps that share this one's. O(1).
  var memoryCounts: MemoryCounts { get }

  /// A number that depends on every part of the structures that hold the entries: after a record
  /// that found no memory, and kept its entries, it is what it was before.
  func fingerprint() -> UInt64

  /// Whether there is an interface between the map and its caller, which it can break the rules of.
  static var hasInterface: Bool { get }

  /// Whether the last unmap answered `everything` because a removal found no memory
  /// (Specification 3.3.c).
  var lastUnmapWasRefused: Bool { get }

  /// How the implementation has broken the rules of the interface that it is reached through, as a
  /// sentence, or nil: then nothing that it answers means anything.
  func checkInterface() -> String?

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

  /// Nothing needs to be set aside. O(1).
  @inlinable
  public mutating func topUp() throws(ReverseMapError) -> Bool { true }

  /// The next record asks for nothing. O(1).
  @inlinable
  public var reserve: Reserve { Reserve(held: 0, bound: 0) }

  /// Memory is not counted. O(1).
  @inlinable
  public var heldNodes: Int { 0 }

  /// Nothing is counted. O(1).
  @inlinable
  public var memoryCounts: MemoryCounts { MemoryCounts() }

  /// No removal needs memory. O(1).
  @inlinable
  public var lastUnmapWasRefused: Bool { false }

  /// There is nothing between it and its caller. O(1).
  @inlinable
  public static var hasInterface: Bool { false }

  /// No rules to break. O(1).
  @inlinable
  public func checkInterface() -> String? { nil }

  /// No record finds no memory. O(1).
  @inlinable
  public func fingerprint() -> UInt64 { 0 }
}
