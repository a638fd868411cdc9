/// The shadow stage-2s of one virtual machine and their reverse maps (Specification 8).
///
///     create, handOver, tearDown          the life of an MMU                    8.3 to 8.5
///     record, invalidate, clear,
///     beginFullUnmap, endFullUnmap        one MMU
///     unmap, query                        every valid MMU, in ascending order   8.6
///     enter, refuse, reclaim, topUp       the memory of all, the reserve of one 4.4 to 4.7
///
/// MMUs are numbered from 0, and each is valid or not. An operation that names an MMU checks that
/// it is valid before any other argument and throws `notValid` if it is not. An operation that
/// throws has changed nothing.
public protocol VirtualMachineProtocol: ~Copyable {
  /// The number of MMUs, valid or not.
  var mmuCount: Int { get }

  /// Whether MMU `mmu` is valid; false if no MMU has that number.
  func isValid(_ mmu: Int) -> Bool

  /// Whether MMU `mmu` was handed over and no full unmap has begun since.
  func isUnmapDeferred(_ mmu: Int) -> Bool

  /// Makes MMU `mmu` valid, with an empty map.
  ///
  /// - Throws: `notValid` if no MMU has that number; `alreadyValid`.
  mutating func create(_ mmu: Int) throws(ReverseMapError)

  /// Gives MMU `mmu` to another context. Its mappings stay live and its map keeps its entries until
  /// a full unmap begins.
  ///
  /// - Throws: `notValid`.
  mutating func handOver(_ mmu: Int) throws(ReverseMapError)

  /// Ends MMU `mmu`, and releases its map and every node of it.
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

  /// `ReverseMapProtocol.beginFullUnmap` in MMU `mmu`. This also carries out a deferred unmap.
  mutating func beginFullUnmap(_ mmu: Int) throws(ReverseMapError)

  /// `ReverseMapProtocol.endFullUnmap` in MMU `mmu`.
  mutating func endFullUnmap(_ mmu: Int) throws(ReverseMapError)

  /// `ReverseMapProtocol.unmap` in every valid MMU, in ascending order. Appends one visit per MMU
  /// to `visits`, and the nested ranges of all MMUs, in the same order, to `nested`.
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`, even if no MMU is valid.
  mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError)

  /// Appends the same as `unmap`, but changes nothing.
  ///
  /// - Throws: the same errors as `unmap`.
  func query(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError)

  /// Whether the map of MMU `mmu` is broken; false if the MMU is not valid.
  func isBroken(_ mmu: Int) -> Bool

  /// The number of full unmaps of MMU `mmu` in progress; 0 if the MMU is not valid.
  func fullUnmapsInProgress(_ mmu: Int) -> Int

  /// Calls `body` with every entry of MMU `mmu`, in ascending canonical order.
  func forEachEntry(_ mmu: Int, _ body: (Entry) -> Void)

  /// Calls `body` with every entry of the direct map of MMU `mmu`, in ascending nested order.
  func forEachDirectEntry(_ mmu: Int, _ body: (DirectEntry) -> Void)

  /// Sets the context of the operations that follow. The initial context is `maySleep`.
  mutating func enter(_ context: Context)

  /// Installs the fault plan `plan` for the requests of all MMUs. The initial plan is `none`.
  mutating func refuse(_ plan: FaultPlan)

  /// Frees the trees that were retired in atomic context.
  ///
  /// - Throws: `cannotSleep` in atomic context.
  mutating func reclaim() throws(ReverseMapError)

  /// `ReverseMapProtocol.topUp` in MMU `mmu`.
  ///
  /// - Throws: `notValid`; `cannotSleep`.
  mutating func topUp(_ mmu: Int) throws(ReverseMapError) -> Bool

  /// Memory statistics of all MMUs together.
  var memoryCounts: MemoryCounts { get }

  /// Whether a memory request might be refused.
  var mayRefuse: Bool { get }

  /// `ReverseMapProtocol.reserve` of MMU `mmu`; 0 of 0 nodes if it is not valid.
  func reserve(_ mmu: Int) -> Reserve

  /// `ReverseMapProtocol.fingerprint` of MMU `mmu`; 0 if it is not valid.
  func fingerprint(_ mmu: Int) -> UInt64

  /// `ReverseMapProtocol.lastUnmapWasRefused` of MMU `mmu`; false if it is not valid.
  func lastUnmapWasRefused(_ mmu: Int) -> Bool

  /// `ReverseMapProtocol.checkInterface` of the first valid MMU for which it is not nil.
  func checkInterface() -> String?

  /// The first invariant that the structure of a map breaks, as a sentence, or nil.
  func checkInvariants() -> String?

  /// The first known entry or direct entry of a map without a counterpart, as a sentence, or nil.
  /// Valid only while `checkInvariants` returns nil.
  func checkLockstep() -> String?

  /// The memory, apart from reserves, that is still allocated once all maps are cleared and retired
  /// trees are reclaimed, as a sentence, or nil. Without a valid MMU, all memory still allocated.
  func checkEmpty() -> String?
}

extension VirtualMachineProtocol where Self: ~Copyable {
  /// Always false: removals need no memory.
  @inlinable
  public func lastUnmapWasRefused(_ mmu: Int) -> Bool { false }

  /// Always nil: callers reach the maps directly.
  @inlinable
  public func checkInterface() -> String? { nil }

  /// Always nil, for virtual machines without direct maps, and for those whose `checkInvariants`
  /// covers lockstep.
  @inlinable
  public func checkLockstep() -> String? { nil }
}
