import Oracle
import RangeTree
import ReverseMap
import ReverseMapping

/// When the reserve of a map is topped up. The raw value is its name in results.
enum ReserveUse: String, CaseIterable {
  /// Never.
  case none
  /// While the map is empty.
  case once
  /// Before each fault, where the code may still sleep.
  case each
}

/// A rule that a trial saw broken, as a sentence.
package struct StudyFault: Error, Equatable, CustomStringConvertible {
  package var description: String
}

/// What memory cost a map, as counts.
struct AllocationTally: Equatable {
  /// Mappings that were made.
  var records = 0
  /// Records that were refused memory.
  var breaks = 0
  /// Mappings that unmaps killed.
  var killed = 0
  /// Those of them that an unmap hit nowhere.
  var needless = 0
  /// Those of the needless ones that died because the map was broken.
  var needlessWhileBroken = 0
  /// Unmaps that answered `everything`.
  var fullUnmaps = 0
  /// Times that the reserve was topped up, or looked at and full.
  var topUps = 0
  /// Those of them that left it not full.
  var topUpsRefused = 0
  /// The most nodes that were retired at one time.
  var peakRetired = 0
  /// The most mappings that lived at one time.
  var peakMappings = 0
  /// What the memory was used for.
  var memory = MemoryCounts()
}

/// One reverse map beside the ground truth, in a world that refuses memory.
///
///     var trial = try AllocationTrial(configuration, reserve: .each, refusals: plan)
///     try trial.take(step)          // as often as there is something to do
///     let tally = try trial.end()
///
/// Steps run in atomic context. The walk that an unmap begins ends before the next step, and then
/// what is retired is reclaimed. Beside counting it looks out for what must not be: a live mapping
/// that an unmap missed, a record that breaks with a full reserve, something that sleeps in atomic
/// context, a damaged map and nodes that are not given back at the end. Those throw a `StudyFault`,
/// and a step that the map does not accept throws its error.
struct AllocationTrial: ~Copyable {
  private(set) var tally = AllocationTally()
  private let reserve: ReserveUse
  private let pool: ProductionReverseMap.Memory
  private var map: ProductionReverseMap
  private var truth = ShadowStage2()
  /// What the last unmap reported.
  private var reported: [IPARange] = []

  /// An empty map. Memory is refused as `refusals` says, to the first topping up too. O(1).
  init(_ configuration: MapConfiguration, reserve: ReserveUse, refusals: FaultPlan) throws {
    self.reserve = reserve
    pool = NodePool()
    map = ProductionReverseMap(configuration, memory: pool)
    pool.refuse(refusals)
    pool.enter(.atomic)
    if reserve == .once { try topUp() }
  }

  /// From now on memory is refused as `refusals` says. O(1).
  func refuse(_ refusals: FaultPlan) { pool.refuse(refusals) }

  /// Tops the reserve up, where the code may sleep. O(log entries).
  mutating func topUp() throws {
    tally.topUps += 1
    pool.enter(.maySleep)
    if try !map.topUp() { tally.topUpsRefused += 1 }
    pool.enter(.atomic)
  }

  /// Does `step` to the map and to the truth. O(mappings x ranges reported).
  mutating func take(_ step: WorkloadStep) throws {
    switch step {
    case .record(let canonical, let nested):
      try record(canonical, nested: nested)
    case .unmap(let canonical):
      try unmap(canonical)
    case .invalidate(let nested):
      try map.invalidate(nested)
      truth.invalidate(nested)
    }
  }

  /// Ends the map, and says what memory cost. O(entries x log entries).
  consuming func end() throws -> AllocationTally {
    if let fault = map.checkInvariants() ?? map.checkLockstep() ?? pool.fault() {
      throw StudyFault(description: fault)
    }
    var tally = tally
    let pool = pool
    pool.enter(.maySleep)
    Self.discard(map)
    try pool.reclaim()
    tally.memory = pool.counts
    if tally.memory.sleepsInAtomic > 0 {
      throw StudyFault(
        description: "it slept \(tally.memory.sleepsInAtomic) times in atomic context")
    }
    if tally.memory.live > 0 {
      throw StudyFault(description: "\(tally.memory.live) nodes were not given back")
    }
    return tally
  }

  private static func discard(_ map: consuming ProductionReverseMap) {}

  private mutating func record(_ canonical: IPARange, nested: UInt64) throws {
    if reserve == .each { try topUp() }
    let isReserveFull = map.reserve.isFull
    let result = try map.record(canonical, nested: nested)
    truth.map(canonical: canonical, nested: nested, step: tally.records)
    tally.records += 1
    tally.peakMappings = max(tally.peakMappings, truth.mappings.count)
    guard result == .broke else { return }
    tally.breaks += 1
    notePeak()
    if isReserveFull {
      throw StudyFault(description: "a record of \(canonical) broke with a full reserve")
    }
  }

  private mutating func unmap(_ canonical: IPARange) throws {
    let wasBroken = map.isBroken
    reported.removeAll(keepingCapacity: true)
    switch try map.unmap(canonical, appendingTo: &reported) {
    case .ranges:
      count(truth.unmap(canonical, reported: reported[...]))
      if let survivor = truth.firstMapping(in: canonical) {
        throw StudyFault(description: "an unmap of \(canonical) left \(survivor) alive")
      }
    case .everything:
      let kills = truth.unmapEverything(canonical)
      count(kills)
      tally.fullUnmaps += 1
      if wasBroken { tally.needlessWhileBroken += kills.outside }
      notePeak()
      try map.endFullUnmap()
      truth.endFullUnmap()
      pool.enter(.maySleep)
      try pool.reclaim()
      pool.enter(.atomic)
    }
  }

  private mutating func count(_ kills: ShadowStage2.Kills) {
    tally.killed += kills.killed
    tally.needless += kills.outside
  }

  private mutating func notePeak() {
    tally.peakRetired = max(tally.peakRetired, pool.counts.retired)
  }
}
