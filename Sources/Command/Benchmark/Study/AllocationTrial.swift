import Oracle
import RangeTree
import ReverseMap
import ReverseMapping

/// When the reserve of a map is topped up. The raw value is the name in results.
enum ReserveUse: String, CaseIterable {
  /// Never.
  case none
  /// While the map is empty.
  case once
  /// Before each stage-2 fault, where the code may still sleep.
  case each
}

/// A violation of a rule that a trial found, as a sentence.
package struct StudyFault: Error, Equatable, CustomStringConvertible {
  package var description: String
}

/// The counts of a trial.
struct AllocationTally: Equatable {
  /// Mappings that were made.
  var records = 0
  /// Records that broke the map because memory was refused.
  var breaks = 0
  /// Mappings that unmaps killed.
  var killed = 0
  /// Killed mappings that lie outside the range of the unmap.
  var needless = 0
  /// Needless kills by a full unmap that a broken map made necessary.
  var needlessWhileBroken = 0
  /// Unmaps that answered `everything`.
  var fullUnmaps = 0
  /// Times that the reserve was topped up, or checked and found full.
  var topUps = 0
  /// Top-ups that could not fill the reserve.
  var topUpsRefused = 0
  /// The peak number of retired nodes.
  var peakRetired = 0
  /// The peak number of live mappings.
  var peakMappings = 0
  /// The counters of the node pool.
  var memory = MemoryCounts()
}

/// Runs a reverse map beside the ground truth while a fault plan refuses allocations.
///
///     var trial = try AllocationTrial(configuration, reserve: .each, refusals: plan)
///     try trial.take(step)          // as often as needed
///     let tally = try trial.end()
///
/// Steps run in atomic context. A full unmap ends before the next step, and retired nodes are then
/// reclaimed. The trial also checks the map. It throws a `StudyFault` for a live mapping that an
/// unmap missed, a record that breaks the map in spite of a full reserve, sleeping in atomic
/// context, a damaged map, and nodes that are still allocated at the end. A step that the map
/// rejects throws the map's error.
struct AllocationTrial: ~Copyable {
  private(set) var tally = AllocationTally()
  private let reserve: ReserveUse
  private let pool: ProductionReverseMap.Memory
  private var map: ProductionReverseMap
  /// The ground truth.
  private var shadow = ShadowStage2()
  /// The ranges that the last unmap reported.
  private var reported: [IPARange] = []

  /// A trial of an empty map. The fault plan `refusals` applies to the first top-up too.
  init(_ configuration: MapConfiguration, reserve: ReserveUse, refusals: FaultPlan) throws {
    self.reserve = reserve
    pool = NodePool()
    map = ProductionReverseMap(configuration, memory: pool)
    pool.refuse(refusals)
    pool.enter(.atomic)
    if reserve == .once { try topUp() }
  }

  /// Replaces the fault plan.
  func refuse(_ refusals: FaultPlan) { pool.refuse(refusals) }

  /// Tops up the reserve in a context that may sleep. O(log entries).
  mutating func topUp() throws {
    tally.topUps += 1
    pool.enter(.maySleep)
    if try !map.topUp() { tally.topUpsRefused += 1 }
    pool.enter(.atomic)
  }

  /// Applies `step` to the map and to the ground truth. O(mappings x ranges reported).
  mutating func take(_ step: WorkloadStep) throws {
    switch step {
    case .record(let canonical, let nested):
      try record(canonical, nested: nested)
    case .unmap(let canonical):
      try unmap(canonical)
    case .invalidate(let nested):
      try map.invalidate(nested)
      shadow.invalidate(nested)
    }
  }

  /// Destroys the map, checks it for leaks, and returns the counts. O(entries x log entries).
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
        description: "the map slept \(tally.memory.sleepsInAtomic) times in atomic context")
    }
    if tally.memory.live > 0 {
      throw StudyFault(description: "\(tally.memory.live) nodes were leaked")
    }
    return tally
  }

  private static func discard(_ map: consuming ProductionReverseMap) {}

  private mutating func record(_ canonical: IPARange, nested: UInt64) throws {
    if reserve == .each { try topUp() }
    let isReserveFull = map.reserve.isFull
    let result = try map.record(canonical, nested: nested)
    shadow.map(canonical: canonical, nested: nested, step: tally.records)
    tally.records += 1
    tally.peakMappings = max(tally.peakMappings, shadow.mappings.count)
    guard result == .broke else { return }
    tally.breaks += 1
    notePeak()
    if isReserveFull {
      throw StudyFault(description: "a record of \(canonical) broke the map with a full reserve")
    }
  }

  private mutating func unmap(_ canonical: IPARange) throws {
    let wasBroken = map.isBroken
    reported.removeAll(keepingCapacity: true)
    switch try map.unmap(canonical, appendingTo: &reported) {
    case .ranges:
      count(shadow.unmap(canonical, reported: reported[...]))
      if let survivor = shadow.firstMapping(in: canonical) {
        throw StudyFault(description: "an unmap of \(canonical) left \(survivor) alive")
      }
    case .everything:
      let kills = shadow.unmapEverything(canonical)
      count(kills)
      tally.fullUnmaps += 1
      if wasBroken { tally.needlessWhileBroken += kills.outside }
      notePeak()
      try map.endFullUnmap()
      shadow.endFullUnmap()
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
