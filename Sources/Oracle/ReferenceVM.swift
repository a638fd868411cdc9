import ReverseMapping

/// The naive virtual machine: a list of MMUs, each with a page dictionary of its own (Specification
/// 8).
///
/// An operation on one MMU asks whether it is valid and hands the rest to its dictionary; one on
/// all of them is a loop. An MMU that is not valid has an empty dictionary, whose memory waits for
/// the next `create`.
public struct ReferenceVM: VirtualMachineProtocol {
  @usableFromInline
  struct MMU {
    @usableFromInline var map: PageDictionary
    @usableFromInline var isValid = true
    @usableFromInline var isUnmapDeferred = false

    init(_ configuration: MapConfiguration) { map = PageDictionary(configuration) }
  }

  private var configuration: MapConfiguration
  /// The MMUs, and behind them the memory of those that an earlier run had more. Those are not
  /// valid, so that nothing is ever found there.
  @usableFromInline var mmus: [MMU] = []
  /// How many MMUs there are, valid or not.
  public private(set) var mmuCount = 0
  private var context = Context.maySleep

  /// A machine with `mmus` MMUs, all of them valid and empty; with none if that is negative.
  /// O(mmus).
  public init(_ configuration: MapConfiguration, mmus: Int) {
    self.configuration = configuration
    restart(configuration, mmus: mmus)
  }

  /// Makes it a new machine, with `mmus` MMUs that are all valid and empty, and keeps the memory.
  /// O(mmus, those of earlier runs included).
  public mutating func restart(_ configuration: MapConfiguration, mmus count: Int) {
    self.configuration = configuration
    context = .maySleep
    mmuCount = max(0, count)
    for mmu in mmus.indices {
      mmus[mmu].map.restart(configuration)
      mmus[mmu].isValid = mmu < mmuCount
      mmus[mmu].isUnmapDeferred = false
    }
    while mmus.count < mmuCount { mmus.append(MMU(configuration)) }
  }

  /// Whether MMU `mmu` is valid; false if there is none of that number.
  @inlinable
  public func isValid(_ mmu: Int) -> Bool { mmus.indices.contains(mmu) && mmus[mmu].isValid }

  /// Whether MMU `mmu` was handed over and no full unmap has begun since (Specification 8.4).
  public func isUnmapDeferred(_ mmu: Int) -> Bool { isValid(mmu) && mmus[mmu].isUnmapDeferred }

  /// Specification 8.3.
  ///
  /// - Throws: `notValid` if there is none of that number; `alreadyValid`.
  public mutating func create(_ mmu: Int) throws(ReverseMapError) {
    guard mmu >= 0, mmu < mmuCount else { throw .notValid }
    guard !mmus[mmu].isValid else { throw .alreadyValid }
    mmus[mmu].map.restart(configuration)
    mmus[mmu].isValid = true
    mmus[mmu].isUnmapDeferred = false
  }

  /// Specification 8.4.
  ///
  /// - Throws: `notValid`.
  public mutating func handOver(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    mmus[mmu].isUnmapDeferred = true
  }

  /// Specification 8.5.
  ///
  /// - Throws: `notValid`; `fullUnmapInProgress`.
  public mutating func tearDown(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    guard mmus[mmu].map.fullUnmapsInProgress == 0 else { throw .fullUnmapInProgress }
    mmus[mmu].map.clear()
    mmus[mmu].isValid = false
    mmus[mmu].isUnmapDeferred = false
  }

  /// `PageDictionary.record` in MMU `mmu`, with all the memory that it takes. O(pages).
  ///
  /// - Throws: `notValid`; `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int
  ) throws(ReverseMapError) -> RecordResult {
    try record(canonical, nested: nested, mmu: mmu, isRefused: false)
  }

  /// `PageDictionary.record` in MMU `mmu`; with `isRefused`, the subject was refused memory in it
  /// (Specification 3.2.e, 7.4). O(pages).
  ///
  /// - Throws: `notValid`; `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int, isRefused: Bool
  ) throws(ReverseMapError) -> RecordResult {
    try checkValid(mmu)
    return try mmus[mmu].map.record(canonical, nested: nested, isRefused: isRefused)
  }

  /// `PageDictionary.invalidate` in MMU `mmu`. O(pages).
  ///
  /// - Throws: `notValid`; `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func invalidate(_ nested: IPARange, mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    try mmus[mmu].map.invalidate(nested)
  }

  /// `PageDictionary.clear` in MMU `mmu`; an unmap that was deferred stays so.
  ///
  /// - Throws: `notValid`.
  public mutating func clear(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    mmus[mmu].map.clear()
  }

  /// `PageDictionary.beginFullUnmap` in MMU `mmu`; an unmap that was deferred has begun
  /// (Specification 8.4).
  ///
  /// - Throws: `notValid`.
  public mutating func beginFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    mmus[mmu].map.beginFullUnmap()
    mmus[mmu].isUnmapDeferred = false
  }

  /// `PageDictionary.endFullUnmap` in MMU `mmu`.
  ///
  /// - Throws: `notValid`; `noFullUnmapInProgress`.
  public mutating func endFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    try mmus[mmu].map.endFullUnmap()
  }

  /// Specification 8.6. O(MMUs x pages).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`, even if no MMU is valid.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    try unmap(canonical, appendingTo: &visits, &nested, refused: [])
  }

  /// As `unmap`; in the MMUs `refused`, the subject was refused memory (Specification 3.3.c).
  /// O(MMUs x pages).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`, even if no MMU is valid.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange],
    refused: MMUSet
  ) throws(ReverseMapError) {
    _ = try PageSpace(configuration).pageNumbers(of: canonical)
    for mmu in mmus.indices where mmus[mmu].isValid {
      let before = nested.count
      let result = try mmus[mmu].map.unmap(
        canonical, appendingTo: &nested, isRefused: refused.contains(mmu))
      if result == .everything { mmus[mmu].isUnmapDeferred = false }
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count - before))
    }
  }

  /// Specification 8.6. O(MMUs x pages).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`, even if no MMU is valid.
  public func query(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    _ = try PageSpace(configuration).pageNumbers(of: canonical)
    for mmu in mmus.indices where mmus[mmu].isValid {
      let before = nested.count
      let result = try mmus[mmu].map.query(canonical, appendingTo: &nested)
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count - before))
    }
  }

  /// Whether the map of MMU `mmu` is broken; false if it is not valid.
  public func isBroken(_ mmu: Int) -> Bool { isValid(mmu) && mmus[mmu].map.isBroken }

  /// How many full unmaps of MMU `mmu` are in progress; 0 if it is not valid.
  public func fullUnmapsInProgress(_ mmu: Int) -> Int {
    isValid(mmu) ? mmus[mmu].map.fullUnmapsInProgress : 0
  }

  /// Every entry of MMU `mmu`, in ascending canonical order; none if it is not valid.
  /// O(pages + entries x log entries).
  public func forEachEntry(_ mmu: Int, _ body: (Entry) -> Void) {
    if isValid(mmu) { mmus[mmu].map.forEachEntry(body) }
  }

  /// Every entry of the direct map of MMU `mmu`, in ascending nested order; none if it is not
  /// valid. O(pages + entries x log entries).
  public func forEachDirectEntry(_ mmu: Int, _ body: (DirectEntry) -> Void) {
    if isValid(mmu) { mmus[mmu].map.forEachDirectEntry(body) }
  }

  /// Specification 4.5: what the context allows is all that depends on it here.
  public mutating func enter(_ context: Context) { self.context = context }

  /// Memory is never refused here: `record` is told where the subject was refused it.
  public mutating func refuse(_ plan: FaultPlan) {}

  /// Nothing is ever retired here.
  ///
  /// - Throws: `cannotSleep` in atomic context.
  public mutating func reclaim() throws(ReverseMapError) {
    if context == .atomic { throw .cannotSleep }
  }

  /// Specification 4.4. True: what never asks for memory never lacks any.
  ///
  /// - Throws: `notValid`; `cannotSleep` in atomic context.
  public mutating func topUp(_ mmu: Int) throws(ReverseMapError) -> Bool {
    try checkValid(mmu)
    if context == .atomic { throw .cannotSleep }
    return true
  }

  /// Nothing is counted here.
  public var memoryCounts: MemoryCounts { MemoryCounts() }

  /// Always false.
  public var mayRefuse: Bool { false }

  /// None, and for nothing.
  public func reserve(_ mmu: Int) -> Reserve { Reserve(held: 0, bound: 0) }

  /// There is no structure but the entries.
  public func fingerprint(_ mmu: Int) -> UInt64 { 0 }

  /// The first fault of a valid MMU's dictionary, as a sentence, or nil. O(pages).
  public func checkInvariants() -> String? {
    for mmu in mmus.indices where mmus[mmu].isValid {
      if let fault = mmus[mmu].map.checkInvariants() { return "MMU \(mmu): " + fault }
    }
    return nil
  }

  /// What is held by a valid MMU's dictionary that was just cleared, as a sentence, or nil. O(MMUs).
  public func checkEmpty() -> String? {
    for mmu in mmus.indices where mmus[mmu].isValid {
      if let leak = mmus[mmu].map.checkEmpty() { return "MMU \(mmu): " + leak }
    }
    return nil
  }

  /// Whether `entry` is one of the entries of MMU `mmu`; false if it is not valid.
  @inlinable
  public func holds(_ entry: Entry, mmu: Int) -> Bool {
    isValid(mmu) && mmus[mmu].map.holds(entry)
  }

  /// Whether `entry` is one of the entries of the direct map of MMU `mmu`; false if it is not
  /// valid.
  @inlinable
  public func holds(_ entry: DirectEntry, mmu: Int) -> Bool {
    isValid(mmu) && mmus[mmu].map.holds(entry)
  }

  /// `PageDictionary.pageCount` of MMU `mmu`; 0 if it is not valid.
  @inlinable
  public func pageCount(_ mmu: Int) -> UInt64 { isValid(mmu) ? mmus[mmu].map.pageCount : 0 }

  /// `PageDictionary.directPageCount` of MMU `mmu`; 0 if it is not valid.
  @inlinable
  public func directPageCount(_ mmu: Int) -> UInt64 {
    isValid(mmu) ? mmus[mmu].map.directPageCount : 0
  }

  /// Specification 8.2.
  private func checkValid(_ mmu: Int) throws(ReverseMapError) {
    guard isValid(mmu) else { throw .notValid }
  }
}
