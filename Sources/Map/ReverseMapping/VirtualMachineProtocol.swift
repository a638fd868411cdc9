/// The shadow stage-2s of one virtual machine and their reverse maps (Specification 8).
///
///     create, handOver, tearDown          the life of an MMU                    8.3 to 8.5
///     record, invalidate, clear,
///     beginFullUnmap, endFullUnmap        one MMU
///     unmap, query                        every valid MMU, in ascending order   8.6
///     enter, refuse, reclaim, topUp       the memory of all, the reserve of one 4.4 to 4.7
///
/// MMUs are numbered from 0 and are valid or not. An operation that names one which is not valid
/// throws `notValid`, before it looks at any other argument; an operation that throws has changed
/// nothing.
public protocol VirtualMachineProtocol: ~Copyable {
  /// How many MMUs there are, valid or not.
  var mmuCount: Int { get }

  /// Whether MMU `mmu` is valid; false if there is none of that number.
  func isValid(_ mmu: Int) -> Bool

  /// Whether MMU `mmu` was handed over and no full unmap has begun since.
  func isUnmapDeferred(_ mmu: Int) -> Bool

  /// Makes MMU `mmu` valid, with an empty map.
  ///
  /// - Throws: `notValid` if there is none of that number; `alreadyValid`.
  mutating func create(_ mmu: Int) throws(ReverseMapError)

  /// Gives MMU `mmu` to another context. Its mappings live on, and its map keeps its entries, until
  /// a full unmap begins.
  ///
  /// - Throws: `notValid`.
  mutating func handOver(_ mmu: Int) throws(ReverseMapError)

  /// Ends MMU `mmu`: its map is gone, and every node with it.
  ///
  /// - Throws: `notValid`; `fullUnmapInProgress`.
  mutating func tearDown(_ mmu: Int) throws(ReverseMapError)

  /// `ReverseMapProtocol.record` in MMU `mmu`.
  mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int
  ) throws(ReverseMapError) -> RecordResult

  /// `ReverseMapProtocol.invalidate` in MMU `mmu`.
  mutating func invalidate(_ nested: IPARange, mmu: Int) throws(ReverseMapError)

  /// `ReverseMapProtocol.clear` in MMU `mmu`.
  mutating func clear(_ mmu: Int) throws(ReverseMapError)

  /// `ReverseMapProtocol.beginFullUnmap` in MMU `mmu`; whatever unmap was deferred has begun.
  mutating func beginFullUnmap(_ mmu: Int) throws(ReverseMapError)

  /// `ReverseMapProtocol.endFullUnmap` in MMU `mmu`.
  mutating func endFullUnmap(_ mmu: Int) throws(ReverseMapError)

  /// `ReverseMapProtocol.unmap` in every valid MMU, in ascending order. Appends a visit for each,
  /// and the nested ranges of all of them in the same order.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`, even if no MMU is valid.
  mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError)

  /// What `unmap` would append, with nothing changed.
  ///
  /// - Throws: as `unmap`.
  func query(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError)

  /// Whether the map of MMU `mmu` is broken; false if it is not valid.
  func isBroken(_ mmu: Int) -> Bool

  /// How many full unmaps of MMU `mmu` are in progress; 0 if it is not valid.
  func fullUnmapsInProgress(_ mmu: Int) -> Int

  /// Calls `body` with every entry of MMU `mmu`, in ascending canonical order.
  func forEachEntry(_ mmu: Int, _ body: (Entry) -> Void)

  /// Calls `body` with every entry of the direct map of MMU `mmu`, in ascending nested order.
  func forEachDirectEntry(_ mmu: Int, _ body: (DirectEntry) -> Void)

  /// From now on operations run in `context`. At first they may sleep.
  mutating func enter(_ context: Context)

  /// From now on memory is refused as `plan` says, to whichever MMU asks. At first none is.
  mutating func refuse(_ plan: FaultPlan)

  /// Gives back the memory of everything that died in atomic context.
  ///
  /// - Throws: `cannotSleep` in atomic context.
  mutating func reclaim() throws(ReverseMapError)

  /// `ReverseMapProtocol.topUp` in MMU `mmu`.
  ///
  /// - Throws: `notValid`; `cannotSleep`.
  mutating func topUp(_ mmu: Int) throws(ReverseMapError) -> Bool

  /// What memory was used for, by all MMUs.
  var memoryCounts: MemoryCounts { get }

  /// Whether a request for memory might be refused.
  var mayRefuse: Bool { get }

  /// `ReverseMapProtocol.reserve` of MMU `mmu`; none and for nothing if it is not valid.
  func reserve(_ mmu: Int) -> Reserve

  /// `ReverseMapProtocol.fingerprint` of MMU `mmu`; 0 if it is not valid.
  func fingerprint(_ mmu: Int) -> UInt64

  /// `ReverseMapProtocol.lastUnmapWasRefused` of MMU `mmu`; false if it is not valid.
  func lastUnmapWasRefused(_ mmu: Int) -> Bool

  /// `ReverseMapProtocol.checkInterface` of the first valid MMU for which it is not nil.
  func checkInterface() -> String?

  /// The first rule that the structure of a map breaks, as a sentence, or nil.
  func checkInvariants() -> String?

  /// The first known entry or direct entry of a map that has no counterpart, as a sentence, or nil.
  /// For maps whose structure holds.
  func checkLockstep() -> String?

  /// What stays allocated, beside reserves, in maps that were all just cleared and after a reclaim,
  /// as a sentence, or nil. Of a machine without a valid MMU, what stays at all.
  func checkEmpty() -> String?
}

extension VirtualMachineProtocol where Self: ~Copyable {
  /// No removal needs memory. O(1).
  @inlinable
  public func lastUnmapWasRefused(_ mmu: Int) -> Bool { false }

  /// There is nothing between it and its caller. O(1).
  @inlinable
  public func checkInterface() -> String? { nil }

  /// For machines without direct maps, and those whose `checkInvariants` looks at lockstep too.
  /// O(1).
  @inlinable
  public func checkLockstep() -> String? { nil }
}
