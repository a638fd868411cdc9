import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Traces

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
  /// Records that a broken map ignored.
  var ignored = 0
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
  /// Pages of live mappings, added up over every call of `noteCoverage`.
  var pages: UInt64 = 0
  /// Those of them that lie in unknown entries.
  var unknownPages: UInt64 = 0
  /// The counters of the node pool.
  var memory = MemoryCounts()
}

/// Runs reverse maps beside the ground truth while a fault plan refuses allocations. There is a map
/// for each MMU that a load names.
///
///     var trial = try AllocationTrial(load.cells, configuration, reserve: .each, refusals: plan)
///     try trial.take(event)         // as often as needed
///     let tally = try trial.end()
///
/// Events run in atomic context. A full unmap ends before the next event, and retired nodes are
/// reclaimed then. The trial also checks the map. It throws a `StudyFault` for a live mapping that
/// an unmap missed, a record that breaks the map in spite of a full reserve, sleeping in atomic
/// context, a damaged map, and nodes that are still allocated at the end. An event that a map
/// rejects throws the map's error.
struct AllocationTrial: ~Copyable {
  private(set) var tally = AllocationTally()
  private let reserve: ReserveUse
  private let pool: ProductionReverseMap.Memory
  private var machine: VirtualMachine<ProductionReverseMap>
  /// The ground truth of each MMU.
  private var shadows: [LiveMappings]
  /// The answers of the last unmap.
  private var visits: [MMUVisit] = []
  private var reported: [IPARange] = []

  /// A trial of empty maps, for events that have these `cells`. The fault plan `refusals` applies
  /// to the first top-up too.
  init(
    _ cells: EventCells, _ configuration: MapConfiguration, reserve: ReserveUse, refusals: FaultPlan
  ) throws {
    self.reserve = reserve
    let pool = ProductionReverseMap.Memory()
    self.pool = pool
    machine = VirtualMachine(configuration, mmus: cells.mmus, memory: pool) {
      ProductionReverseMap($0, memory: $1)
    }
    shadows = Array(repeating: LiveMappings(cells), count: cells.mmus)
    machine.refuse(refusals)
    machine.enter(.atomic)
    if reserve == .once {
      for mmu in 0..<cells.mmus { try topUp(mmu) }
    }
  }

  /// Replaces the fault plan.
  mutating func refuse(_ refusals: FaultPlan) { machine.refuse(refusals) }

  /// Tops up the reserve of an MMU in a context that may sleep. O(log entries).
  mutating func topUp(_ mmu: Int = 0) throws {
    tally.topUps += 1
    machine.enter(.maySleep)
    if try !machine.topUp(mmu) { tally.topUpsRefused += 1 }
    machine.enter(.atomic)
  }

  /// Applies `event` to the maps and to the ground truth. O(cells of the event and of what it
  /// reports; mappings for a full unmap).
  mutating func take(_ event: HostEvent) throws {
    switch event {
    case .record(let canonical, let nested, let mmu):
      try record(canonical, nested: nested, mmu: mmu)
    case .unmap(let canonical):
      try unmap(canonical)
    case .invalidate(let nested, let mmu):
      try machine.invalidate(nested, mmu: mmu)
      shadows[mmu].invalidate(nested)
    case .fullUnmap(let mmu):
      try machine.beginFullUnmap(mmu)
      shadows[mmu].removeAll()
      try endFullUnmap(mmu)
    }
  }

  /// Counts the mapped pages that lie in unknown entries.
  /// O(MMUs x (entries + mappings log mappings)).
  ///
  /// - Throws: `StudyFault` if a live mapping is not covered (Specification 9.4).
  mutating func noteCoverage() throws {
    for mmu in shadows.indices where !machine.isBroken(mmu) {
      let coverage = shadows[mmu].coverage(by: machine.entries(mmu))
      if let mapping = coverage.uncovered {
        throw StudyFault(description: "no entry of MMU \(mmu) leads to all of \(mapping)")
      }
      tally.pages += coverage.pages
      tally.unknownPages += coverage.unknownPages
    }
  }

  /// Destroys the maps, checks them for leaks, and returns the counts. O(entries x log entries).
  consuming func end() throws -> AllocationTally {
    if let fault = machine.checkInvariants() ?? machine.checkLockstep() {
      throw StudyFault(description: fault)
    }
    var tally = tally
    let pool = pool
    pool.enter(.maySleep)
    Self.discard(machine)
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

  private static func discard(_ machine: consuming VirtualMachine<ProductionReverseMap>) {}

  private mutating func record(_ canonical: IPARange, nested: UInt64, mmu: Int) throws {
    if reserve == .each { try topUp(mmu) }
    let isReserveFull = machine.reserve(mmu).isFull
    let result = try machine.record(canonical, nested: nested, mmu: mmu)
    shadows[mmu].map(canonical, nested: nested, made: tally.records)
    tally.records += 1
    tally.peakMappings = max(tally.peakMappings, shadows.reduce(0) { $0 + $1.count })
    if result == .ignored { tally.ignored += 1 }
    guard result == .broke else { return }
    tally.breaks += 1
    notePeak()
    if isReserveFull {
      throw StudyFault(description: "a record of \(canonical) broke the map with a full reserve")
    }
  }

  private mutating func unmap(_ canonical: IPARange) throws {
    var broken = MMUSet()
    for mmu in shadows.indices where machine.isBroken(mmu) { broken.insert(mmu) }
    visits.removeAll(keepingCapacity: true)
    reported.removeAll(keepingCapacity: true)
    try machine.unmap(canonical, appendingTo: &visits, &reported)
    var rest = reported[...]
    for visit in visits {
      let own = rest.prefix(visit.ranges)
      rest = rest.dropFirst(own.count)
      switch visit.result {
      case .ranges:
        count(shadows[visit.mmu].unmap(canonical, reported: own))
        if let survivor = shadows[visit.mmu].firstMapping(in: canonical) {
          throw StudyFault(description: "an unmap of \(canonical) left \(survivor) alive")
        }
      case .everything:
        let kills = shadows[visit.mmu].unmapEverything(canonical)
        count(kills)
        tally.fullUnmaps += 1
        if broken.contains(visit.mmu) { tally.needlessWhileBroken += kills.outside }
        try endFullUnmap(visit.mmu)
      }
    }
  }

  private mutating func endFullUnmap(_ mmu: Int) throws {
    notePeak()
    try machine.endFullUnmap(mmu)
    machine.enter(.maySleep)
    try machine.reclaim()
    machine.enter(.atomic)
  }

  private mutating func count(_ kills: ShadowStage2.Kills) {
    tally.killed += kills.killed
    tally.needless += kills.outside
  }

  private mutating func notePeak() {
    tally.peakRetired = max(tally.peakRetired, pool.counts.retired)
  }
}
