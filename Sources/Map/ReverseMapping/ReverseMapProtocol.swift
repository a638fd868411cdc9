/// A reverse map of one shadow stage-2. Every subject under test and every oracle conforms to this.
///
///     record      a shadow mapping was made              Specification 3.2
///     unmap       canonical pages go away                3.3
///     query       what unmap would report                3.4
///     clear       forget everything                      3.5
///     beginFullUnmap, endFullUnmap                       3.6
///     invalidate  the guest drops nested translations    7.3
///     topUp       reserve memory for the next record     4.4
///
/// A map whose memory is never refused can use the defaults of all members that concern memory. A
/// map without a direct map can use the defaults of `forEachDirectEntry` and `checkLockstep`.
///
/// Addresses and sizes are in bytes and are multiples of the page size. Ranges are canonical unless
/// called nested. An operation that throws has changed nothing.
public protocol ReverseMapProtocol: ~Copyable {
  /// The allocator that the map uses.
  associatedtype Memory: MapMemory = UnlimitedMemory

  /// Remembers that the nested bytes that start at `nested` map the canonical bytes `canonical`.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  mutating func record(
    _ canonical: IPARange, nested: UInt64
  ) throws(ReverseMapError) -> RecordResult

  /// Removes every entry that intersects `canonical` and appends its nested range to `nested`, in
  /// ascending canonical order.
  ///
  /// If the result is `everything`, nothing is appended and a full unmap has begun.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  mutating func unmap(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult

  /// Appends and returns the same as `unmap`, but changes nothing.
  ///
  /// - Throws: the same errors as `unmap`.
  func query(
    _ canonical: IPARange, appendingTo nested: inout [IPARange]
  ) throws(ReverseMapError) -> UnmapResult

  /// Removes every entry and resets the broken flag. Full unmaps in progress continue.
  mutating func clear()

  /// Begins a full unmap: does what `clear` does and counts one more full unmap in progress.
  mutating func beginFullUnmap()

  /// Ends one full unmap.
  ///
  /// - Throws: `noFullUnmapInProgress`.
  mutating func endFullUnmap() throws(ReverseMapError)

  /// Removes every known entry whose nested range intersects `nested`, whole. Without a direct
  /// map this changes nothing.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`.
  mutating func invalidate(_ nested: IPARange) throws(ReverseMapError)

  /// Whether a store failed for lack of memory since the map was last emptied.
  var isBroken: Bool { get }

  /// The number of full unmaps that have begun and not ended.
  var fullUnmapsInProgress: Int { get }

  /// Calls `body` with every entry, in ascending canonical order.
  func forEachEntry(_ body: (Entry) -> Void)

  /// Calls `body` with every entry of the direct map, in ascending nested order.
  func forEachDirectEntry(_ body: (DirectEntry) -> Void)

  /// Fills the reserve, so the next record cannot fail for lack of memory. False if a request was
  /// refused before the reserve was full.
  ///
  /// - Throws: `cannotSleep` in atomic context.
  mutating func topUp() throws(ReverseMapError) -> Bool

  /// The nodes in reserve, and how many the next record can need.
  var reserve: Reserve { get }

  /// Nodes that the map holds, in its structures and in reserve.
  var heldNodes: Int { get }

  /// Memory statistics of all maps that share this map's memory.
  var memoryCounts: MemoryCounts { get }

  /// A hash over every part of the structures that hold the entries. A record that fails for lack
  /// of memory and keeps its entries must leave it unchanged (Specification 4.1).
  func fingerprint() -> UInt64

  /// Whether the map is called through an interface whose rules it can break, such as
  /// `reverse_map.h`.
  static var hasInterface: Bool { get }

  /// Whether the last unmap answered `everything` because a removal could not get memory
  /// (Specification 3.3.c).
  var lastUnmapWasRefused: Bool { get }

  /// The first violation of the interface's rules, as a sentence, or nil. After a violation, the
  /// map's answers are meaningless.
  func checkInterface() -> String?

  /// The first invariant that the map's own structure breaks, as a sentence, or nil.
  func checkInvariants() -> String?

  /// The first known entry or direct entry without a counterpart, as a sentence, or nil. Valid only
  /// while `checkInvariants` returns nil.
  func checkLockstep() -> String?

  /// The memory that a map just cleared still holds, as a sentence, or nil.
  func checkEmpty() -> String?
}

extension ReverseMapProtocol where Self: ~Copyable {
  /// Does nothing: there is no direct map.
  @inlinable
  public func forEachDirectEntry(_ body: (DirectEntry) -> Void) {}

  /// Always nil: there is no direct map.
  @inlinable
  public func checkLockstep() -> String? { nil }

  /// Always true: there is nothing to reserve.
  @inlinable
  public mutating func topUp() throws(ReverseMapError) -> Bool { true }

  /// Always empty: records request no memory.
  @inlinable
  public var reserve: Reserve { Reserve(held: 0, bound: 0) }

  /// Always 0: nodes are not counted.
  @inlinable
  public var heldNodes: Int { 0 }

  /// Always 0: nothing is counted.
  @inlinable
  public var memoryCounts: MemoryCounts { MemoryCounts() }

  /// Always false: removals need no memory.
  @inlinable
  public var lastUnmapWasRefused: Bool { false }

  /// Always false: callers reach the map directly.
  @inlinable
  public static var hasInterface: Bool { false }

  /// Always nil: there is no interface.
  @inlinable
  public func checkInterface() -> String? { nil }

  /// Always 0: no record fails for lack of memory.
  @inlinable
  public func fingerprint() -> UInt64 { 0 }
}
