import ReverseMapping

/// The naive virtual machine, which serves as the oracle: a list of MMUs, each with its own
/// dictionary of cells (Specification 8). All have the same cells.
///
/// An operation on one MMU checks that it is valid and forwards to its dictionary. An operation on
/// all MMUs is a loop. An MMU that is not valid keeps an empty dictionary, so the next `create` can
/// reuse its memory.
public struct ReferenceVM: VirtualMachineProtocol {
  @usableFromInline
  struct MMU {
    @usableFromInline var map: CellDictionary
    @usableFromInline var isValid = true
    var isUnmapDeferred = false

    init(_ configuration: MapConfiguration, _ cells: MapCells) {
      map = CellDictionary(configuration, cells)
    }
  }

  private var configuration: MapConfiguration
  /// The MMUs, followed by spare ones from earlier runs with more MMUs. The spare ones are not
  /// valid, so they are never visited.
  @usableFromInline var mmus: [MMU] = []
  /// The number of MMUs, valid or not.
  public private(set) var mmuCount = 0
  private var context = Context.maySleep

  /// A VM with `mmus` MMUs, all valid and empty; without MMUs if `mmus` is negative. O(mmus).
  public init(_ configuration: MapConfiguration, mmus: Int) {
    self.configuration = configuration
    restart(configuration, mmus: mmus)
  }

  /// Resets it to a VM with `mmus` MMUs, all valid and empty, and keeps the memory.
  /// O(MMUs x cells), including spare MMUs.
  ///
  /// - Parameter addBounds: adds the bounds of the ranges of the coming operations.
  public mutating func restart(
    _ configuration: MapConfiguration, mmus count: Int,
    addBounds: (inout MapCells) -> Void = { _ in }
  ) {
    self.configuration = configuration
    // The cells of all MMUs share their memory. It is used again if no MMU refers to it.
    var cells = MapCells(canonical: Cells(), nested: Cells())
    for mmu in mmus.indices { cells = mmus[mmu].map.takeCells() }
    cells.restart(configuration)
    addBounds(&cells)
    cells.finish()
    context = .maySleep
    mmuCount = max(0, count)
    for mmu in mmus.indices {
      mmus[mmu].map.restart(configuration, cells)
      mmus[mmu].isValid = mmu < mmuCount
      mmus[mmu].isUnmapDeferred = false
    }
    while mmus.count < mmuCount { mmus.append(MMU(configuration, cells)) }
  }

  /// Whether MMU `mmu` is valid; false if no MMU has that number.
  @inlinable
  public func isValid(_ mmu: Int) -> Bool { mmus.indices.contains(mmu) && mmus[mmu].isValid }

  /// Whether MMU `mmu` was handed over and no full unmap has begun since (Specification 8.4).
  public func isUnmapDeferred(_ mmu: Int) -> Bool { isValid(mmu) && mmus[mmu].isUnmapDeferred }

  /// Makes MMU `mmu` valid, with an empty map (Specification 8.3).
  ///
  /// - Throws: `notValid` if no MMU has that number; `alreadyValid`.
  public mutating func create(_ mmu: Int) throws(ReverseMapError) {
    guard mmu >= 0, mmu < mmuCount else { throw .notValid }
    guard !mmus[mmu].isValid else { throw .alreadyValid }
    mmus[mmu].map.restart()
    mmus[mmu].isValid = true
    mmus[mmu].isUnmapDeferred = false
  }

  /// Hands MMU `mmu` over: its unmap is deferred (Specification 8.4).
  ///
  /// - Throws: `notValid`.
  public mutating func handOver(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    mmus[mmu].isUnmapDeferred = true
  }

  /// Ends MMU `mmu` and its map (Specification 8.5).
  ///
  /// - Throws: `notValid`; `fullUnmapInProgress`.
  public mutating func tearDown(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    guard mmus[mmu].map.fullUnmapsInProgress == 0 else { throw .fullUnmapInProgress }
    mmus[mmu].map.clear()
    mmus[mmu].isValid = false
    mmus[mmu].isUnmapDeferred = false
  }

  /// `CellDictionary.record` in MMU `mmu`, without a refused request. O(cells).
  ///
  /// - Throws: `notValid`; `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int
  ) throws(ReverseMapError) -> RecordResult {
    try record(canonical, nested: nested, mmu: mmu, isRefused: false)
  }

  /// `CellDictionary.record` in MMU `mmu`. `isRefused` means that the subject was refused memory in
  /// this record (Specification 3.2.e, 7.4). O(cells).
  ///
  /// - Throws: `notValid`; `misaligned`, `empty`, `wraps`, `outsideWidth` or `strayNestedBits`.
  public mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int, isRefused: Bool
  ) throws(ReverseMapError) -> RecordResult {
    try checkValid(mmu)
    return try mmus[mmu].map.record(canonical, nested: nested, isRefused: isRefused)
  }

  /// `CellDictionary.invalidate` in MMU `mmu`. O(cells).
  ///
  /// - Throws: `notValid`; `misaligned`, `empty`, `wraps` or `outsideWidth`.
  public mutating func invalidate(_ nested: IPARange, mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    try mmus[mmu].map.invalidate(nested)
  }

  /// `CellDictionary.clear` in MMU `mmu`. A deferred unmap stays deferred (Specification 8.4).
  ///
  /// - Throws: `notValid`.
  public mutating func clear(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    mmus[mmu].map.clear()
  }

  /// `CellDictionary.beginFullUnmap` in MMU `mmu`. This carries out a deferred unmap
  /// (Specification 8.4).
  ///
  /// - Throws: `notValid`.
  public mutating func beginFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    mmus[mmu].map.beginFullUnmap()
    mmus[mmu].isUnmapDeferred = false
  }

  /// `CellDictionary.endFullUnmap` in MMU `mmu`.
  ///
  /// - Throws: `notValid`; `noFullUnmapInProgress`.
  public mutating func endFullUnmap(_ mmu: Int) throws(ReverseMapError) {
    try checkValid(mmu)
    try mmus[mmu].map.endFullUnmap()
  }

  /// `CellDictionary.unmap` in every valid MMU, in ascending order (Specification 8.6).
  /// O(MMUs x cells).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`, even if no MMU is valid.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    try unmap(canonical, appendingTo: &visits, &nested, refused: [])
  }

  /// Like `unmap(_:appendingTo:_:)`, for a subject that was refused memory in the MMUs of `refused`
  /// (Specification 3.3.c). O(MMUs x cells).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`, even if no MMU is valid.
  public mutating func unmap(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange],
    refused: MMUSet
  ) throws(ReverseMapError) {
    try IPASpace(configuration).check(canonical)
    for mmu in mmus.indices where mmus[mmu].isValid {
      let before = nested.count
      let result = try mmus[mmu].map.unmap(
        canonical, appendingTo: &nested, isRefused: refused.contains(mmu))
      if result == .everything { mmus[mmu].isUnmapDeferred = false }
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count - before))
    }
  }

  /// `CellDictionary.query` in every valid MMU, in ascending order (Specification 8.6).
  /// O(MMUs x cells).
  ///
  /// - Throws: `misaligned`, `empty`, `wraps` or `outsideWidth`, even if no MMU is valid.
  public func query(
    _ canonical: IPARange, appendingTo visits: inout [MMUVisit], _ nested: inout [IPARange]
  ) throws(ReverseMapError) {
    try IPASpace(configuration).check(canonical)
    for mmu in mmus.indices where mmus[mmu].isValid {
      let before = nested.count
      let result = try mmus[mmu].map.query(canonical, appendingTo: &nested)
      visits.append(MMUVisit(mmu: mmu, result: result, ranges: nested.count - before))
    }
  }

  /// Whether the map of MMU `mmu` is broken; false if the MMU is not valid.
  public func isBroken(_ mmu: Int) -> Bool { isValid(mmu) && mmus[mmu].map.isBroken }

  /// The number of full unmaps of MMU `mmu` in progress; 0 if the MMU is not valid.
  public func fullUnmapsInProgress(_ mmu: Int) -> Int {
    isValid(mmu) ? mmus[mmu].map.fullUnmapsInProgress : 0
  }

  /// Calls `body` with every entry of MMU `mmu`, in ascending canonical order; with none if it is
  /// not valid. O(cells).
  public func forEachEntry(_ mmu: Int, _ body: (Entry) -> Void) {
    if isValid(mmu) { mmus[mmu].map.forEachEntry(body) }
  }

  /// Calls `body` with every entry of the direct map of MMU `mmu`, in ascending nested order; with
  /// none if it is not valid. O(cells).
  public func forEachDirectEntry(_ mmu: Int, _ body: (DirectEntry) -> Void) {
    if isValid(mmu) { mmus[mmu].map.forEachDirectEntry(body) }
  }

  /// Sets the context, which only decides whether `topUp` and `reclaim` throw (Specification 4.5).
  public mutating func enter(_ context: Context) { self.context = context }

  /// Does nothing: no request is ever refused here. Callers pass the subject's refusals to `record`
  /// and `unmap`.
  public mutating func refuse(_ plan: FaultPlan) {}

  /// Does nothing in a context that may sleep: nothing is ever retired here.
  ///
  /// - Throws: `cannotSleep` in atomic context.
  public mutating func reclaim() throws(ReverseMapError) {
    if context == .atomic { throw .cannotSleep }
  }

  /// Always true in a context that may sleep: no record needs memory (Specification 4.4).
  ///
  /// - Throws: `notValid`; `cannotSleep` in atomic context.
  public mutating func topUp(_ mmu: Int) throws(ReverseMapError) -> Bool {
    try checkValid(mmu)
    if context == .atomic { throw .cannotSleep }
    return true
  }

  /// Always 0: nothing is counted.
  public var memoryCounts: MemoryCounts { MemoryCounts() }

  /// Always false.
  public var mayRefuse: Bool { false }

  /// Always empty: records request no memory.
  public func reserve(_ mmu: Int) -> Reserve { Reserve(held: 0, bound: 0) }

  /// Always 0: there is no structure besides the entries.
  public func fingerprint(_ mmu: Int) -> UInt64 { 0 }

  /// The first fault in the dictionary of a valid MMU, as a sentence, or nil. O(cells).
  public func checkInvariants() -> String? {
    for mmu in mmus.indices where mmus[mmu].isValid {
      if let fault = mmus[mmu].map.checkInvariants() { return "MMU \(mmu): " + fault }
    }
    return nil
  }

  /// A sentence if the dictionary of a valid MMU is not empty after a clear, or nil. O(MMUs).
  public func checkEmpty() -> String? {
    for mmu in mmus.indices where mmus[mmu].isValid {
      if let leak = mmus[mmu].map.checkEmpty() { return "MMU \(mmu): " + leak }
    }
    return nil
  }

  /// `CellDictionary.rowSum` of MMU `mmu`; 0 if it is not valid.
  @inlinable @inline(__always)
  public func rowSum(_ mmu: Int) -> UInt64 { isValid(mmu) ? mmus[mmu].map.rowSum : 0 }

  /// Throws `notValid` if MMU `mmu` is not valid (Specification 8.2).
  private func checkValid(_ mmu: Int) throws(ReverseMapError) {
    guard isValid(mmu) else { throw .notValid }
  }
}
