import Oracle
import ReverseMap
import ReverseMapping

/// Replays a trace on a virtual machine of reverse maps, its oracle and its ground truth.
///
///     var replay = TraceReplay(cells, configuration, .production)
///     if let fault = replay.take(line, number: 12) ...    // compares the answers
///     if let fault = replay.check(line: 12) ...           // compares everything
///     if let fault = replay.end(line: 99) ...             // and looks for leaks
///
/// Strategy: a canonical unmap is what the map is asked for. What it answers decides what dies, and
/// not what the traced host tore down, so full unmaps because of a canonical unmap are counted and
/// left out. A record that the host had to make again because of one is then an exact repetition. A
/// full unmap ends before the next event.
///
/// After a fault the replay must not go on.
struct TraceReplay<Map: ReverseMapProtocol & ~Copyable>: ~Copyable {
  private(set) var tally = TraceTally()
  /// Whether the last unmap was answered `everything` by the map of an MMU.
  private(set) var emptied = MMUSet()
  private let isCompared: Bool
  private let listsEntries: Bool
  private var subject: VirtualMachine<Map>
  private var oracles: [CellDictionary]
  private var truths: [LiveMappings]
  private var aliases: AliasCount
  /// The answers of the last unmap.
  private var visits: [MMUVisit] = []
  private var reported: [IPARange] = []
  private var expected: [IPARange] = []

  /// A replay of a stream with these `cells`, on maps without entries. O(MMUs x cells).
  init(_ cells: EventCells, _ configuration: MapConfiguration, _ maker: MapMaker<Map>) {
    isCompared = maker.isCompared
    listsEntries = maker.listsEntries
    subject = VirtualMachine(
      configuration, mmus: cells.mmus, memory: maker.memory(), make: maker.map)
    let oracle = cells.oracle(configuration)
    oracles = Array(repeating: oracle, count: cells.mmus)
    truths = Array(repeating: LiveMappings(cells), count: cells.mmus)
    aliases = AliasCount(cells)
  }

  /// Takes one line of the trace. Returns a fault if the subject's answer differs from the oracle's
  /// or is unsound. O(cells of the event).
  mutating func take(_ line: TraceLine, number: Int) -> TraceFault? {
    if let fault = answer(line, number) { return fault }
    return subject.checkInterface().map {
      TraceFault(
        check: .interface, line: number, mmu: 0, expected: "the rules of reverse_map.h",
        actual: $0)
    }
  }

  private mutating func answer(_ line: TraceLine, _ number: Int) -> TraceFault? {
    emptied = []
    switch line {
    case .event(.record(let canonical, let nested, let mmu)):
      return record(canonical, nested: nested, mmu: mmu, number)
    case .event(.unmap(let canonical)): return unmap(canonical, number)
    case .event(.invalidate(let nested, let mmu)): return invalidate(nested, mmu: mmu, number)
    case .event(.fullUnmap(let mmu)): return fullUnmap(mmu, number)
    case .recycle(let mmu):
      aliases.recycle(mmu)
      return fullUnmap(mmu, number)
    case .hostFullUnmap(_, let lost, let needed):
      tally.hostFullUnmaps.add(lost: lost, needed: needed)
    case .other(let word): tally.otherLines[word.rawValue, default: 0] += 1
    case .nothing: break
    }
    return nil
  }

  /// Whether the map of MMU `mmu` has no entries after `line`, which was taken last, because of a
  /// full unmap.
  func hasEmptied(_ mmu: Int, _ line: TraceLine) -> Bool {
    if case .fullUnmap(mmu) = line.event { return true }
    return emptied.contains(mmu)
  }

  // MARK: - Events

  private mutating func record(
    _ canonical: IPARange, nested: UInt64, mmu: Int, _ line: Int
  ) -> TraceFault? {
    tally.records += 1
    tally.sizes[Int(canonical.size), default: 0] += 1
    tally.met.add(oracles[mmu], canonical, nested: nested)
    truths[mmu].map(canonical, nested: nested, made: line)
    aliases.note(canonical, nested: nested, mmu: mmu, truths[mmu])
    tally.peakMappings = max(tally.peakMappings, truths.reduce(0) { $0 + $1.count })
    do {
      let expected = try oracles[mmu].record(canonical, nested: nested)
      let actual = try subject.record(canonical, nested: nested, mmu: mmu)
      if expected == .polluted { tally.polluted += 1 }
      return expected == actual || !isCompared
        ? nil
        : TraceFault(
          check: .answer, line: line, mmu: mmu, expected: "\(expected)", actual: "\(actual)")
    } catch {
      return rejected(error, line, mmu)
    }
  }

  private mutating func unmap(_ canonical: IPARange, _ line: Int) -> TraceFault? {
    visits.removeAll(keepingCapacity: true)
    reported.removeAll(keepingCapacity: true)
    tally.unmaps.count += 1
    if truths.allSatisfy({ $0.firstMapping(in: canonical) == nil }) { tally.unmaps.unneeded += 1 }
    do {
      try subject.unmap(canonical, appendingTo: &visits, &reported)
      guard visits.map(\.mmu) == Array(oracles.indices) else {
        return TraceFault(
          check: .answer, line: line, mmu: 0,
          expected: "an answer of each of the \(oracles.count) MMUs",
          actual: "answers of the MMUs \(visits.map(\.mmu))")
      }
      // A mapping that survives is worse than a difference, so it is looked for first, everywhere.
      let fault = kill(canonical, line)
      return try compare(canonical, line, or: fault)
    } catch {
      return rejected(error, line, 0)
    }
  }

  /// Applies the subject's answer to an unmap to the ground truth.
  private mutating func kill(_ canonical: IPARange, _ line: Int) -> TraceFault? {
    var rest = reported[...]
    var fault: TraceFault?
    for visit in visits {
      let own = rest.prefix(max(0, visit.ranges))
      rest = rest.dropFirst(own.count)
      let kills: ShadowStage2.Kills
      switch visit.result {
      case .ranges:
        kills = truths[visit.mmu].unmap(canonical, reported: own)
        if let survivor = truths[visit.mmu].firstMapping(in: canonical) {
          fault =
            fault
            ?? TraceFault(
              check: .unsound, line: line, mmu: visit.mmu,
              expected: "no live mapping of \(canonical)",
              actual: "\(survivor) of line \(survivor.made) is alive",
              canonical: [survivor.canonicalRange], nested: [survivor.nested])
        }
      case .everything:
        kills = truths[visit.mmu].unmapEverything(canonical)
        tally.unmaps.everything += 1
        emptied.insert(visit.mmu)
      }
      tally.unmaps.killed += kills.killed
      tally.unmaps.needless += kills.outside
    }
    return fault
  }

  /// Compares the subject's answers to an unmap with the oracles', and ends full unmaps. Returns
  /// `fault` if it is not nil, or else the first difference.
  private mutating func compare(
    _ canonical: IPARange, _ line: Int, or fault: TraceFault?
  ) throws(ReverseMapError) -> TraceFault? {
    var fault = fault
    var rest = reported[...]
    for visit in visits {
      expected.removeAll(keepingCapacity: true)
      let result = try oracles[visit.mmu].unmap(canonical, appendingTo: &expected)
      let own = rest.prefix(max(0, visit.ranges))
      rest = rest.dropFirst(own.count)
      if isCompared, result != visit.result || own != expected[...] {
        fault =
          fault
          ?? TraceFault(
            check: .answer, line: line, mmu: visit.mmu,
            expected: Self.text(result, expected[...]), actual: Self.text(visit.result, own),
            nested: expected + own)
      }
      if visit.result == .everything { try subject.endFullUnmap(visit.mmu) }
      if result == .everything { try oracles[visit.mmu].endFullUnmap() }
    }
    return fault
  }

  private static func text(_ result: UnmapResult, _ ranges: ArraySlice<IPARange>) -> String {
    if result == .everything { return "everything" }
    let most = 8
    let more = ranges.count > most ? " and \(ranges.count - most) more" : ""
    return ranges.isEmpty
      ? "no ranges"
      : "ranges " + ranges.prefix(most).map { "\($0)" }.joined(separator: ", ") + more
  }

  private mutating func invalidate(_ nested: IPARange, mmu: Int, _ line: Int) -> TraceFault? {
    tally.invalidations.add(truths[mmu].invalidate(nested))
    do {
      try oracles[mmu].invalidate(nested)
      try subject.invalidate(nested, mmu: mmu)
      return nil
    } catch {
      return rejected(error, line, mmu)
    }
  }

  private mutating func fullUnmap(_ mmu: Int, _ line: Int) -> TraceFault? {
    tally.fullUnmaps.add(truths[mmu].removeAll())
    do {
      oracles[mmu].beginFullUnmap()
      try oracles[mmu].endFullUnmap()
      try subject.beginFullUnmap(mmu)
      try subject.endFullUnmap(mmu)
      return nil
    } catch {
      return rejected(error, line, mmu)
    }
  }

  /// The fault of a subject that rejects arguments that are good.
  private func rejected(_ error: ReverseMapError, _ line: Int, _ mmu: Int) -> TraceFault {
    TraceFault(
      check: .answer, line: line, mmu: mmu, expected: "no error", actual: "the error \(error)")
  }

  // MARK: - Checks of everything

  /// Compares all entries and flags, and checks that every live mapping is covered and that the
  /// subject's structure is intact. O(MMUs x (cells + entries + mappings log mappings)).
  mutating func check(line: Int) -> TraceFault? {
    tally.checks += 1
    if let fault = subject.checkInvariants() {
      return TraceFault(
        check: .structure, line: line, mmu: 0, expected: "an intact structure", actual: fault)
    }
    var fault: TraceFault?
    for mmu in oracles.indices {
      let entries = subject.entries(mmu)
      if listsEntries, !subject.isBroken(mmu),
        let mapping = truths[mmu].coverage(by: entries).uncovered
      {
        return TraceFault(
          check: .unsound, line: line, mmu: mmu, expected: "an entry that covers \(mapping)",
          actual: "no entry leads to all of it; line \(mapping.made) made it",
          canonical: [mapping.canonicalRange], nested: [mapping.nested])
      }
      if !isCompared { continue }
      fault =
        fault ?? TraceFault.difference(oracles[mmu].entries, entries, line: line, mmu: mmu)
        ?? TraceFault.difference(
          oracles[mmu].directEntries, subject.directEntries(mmu), line: line, mmu: mmu)
        ?? status(mmu, line)
    }
    if let fault { return fault }
    return subject.checkLockstep().map {
      TraceFault(
        check: .lockstep, line: line, mmu: 0, expected: "two maps in lockstep", actual: $0)
    }
  }

  private func status(_ mmu: Int, _ line: Int) -> TraceFault? {
    let expected = (oracles[mmu].isBroken, oracles[mmu].fullUnmapsInProgress)
    let actual = (subject.isBroken(mmu), subject.fullUnmapsInProgress(mmu))
    if expected == actual { return nil }
    func text(_ status: (isBroken: Bool, fullUnmaps: Int)) -> String {
      "\(status.isBroken ? "broken" : "not broken"), \(status.fullUnmaps) full unmaps in progress"
    }
    return TraceFault(
      check: .state, line: line, mmu: mmu, expected: text(expected), actual: text(actual))
  }

  /// Checks everything once more, empties the maps, and checks that nothing leaked. O(entries).
  mutating func end(line: Int) -> TraceFault? {
    if let fault = check(line: line) { return fault }
    do {
      for mmu in oracles.indices { try subject.clear(mmu) }
      try subject.reclaim()
    } catch {
      return rejected(error, line, 0)
    }
    tally.aliases = aliases.counts
    return subject.checkEmpty().map {
      TraceFault(check: .leak, line: line, mmu: 0, expected: "no memory in use", actual: $0)
    }
  }
}

extension TraceTally.Meetings {
  /// Counts what a record meets in `oracle`. O(cells of the range).
  mutating func add(_ oracle: CellDictionary, _ canonical: IPARange, nested: UInt64) {
    var meets = (any: false, unknown: false, other: false, same: false)
    oracle.forEachEntry(in: canonical) { entry in
      meets.any = true
      guard let base = entry.content.nested else {
        meets.unknown = true
        return
      }
      if base &- entry.first != nested &- canonical.start { meets.other = true }
      meets.same = entry.first == canonical.start && entry.last == canonical.last
    }
    if !meets.any {
      nothing += 1
    } else if meets.unknown {
      unknown += 1
    } else if meets.other {
      otherTranslation += 1
    } else if meets.same {
      sameEntry += 1
    } else {
      sameTranslation += 1
    }
  }
}
