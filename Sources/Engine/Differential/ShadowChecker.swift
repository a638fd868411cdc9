import Oracle
import ReverseMapping
import Scenario

/// The ground truth of a virtual machine: one shadow stage-2 for each MMU (Specification 9).
///
/// It knows which MMUs are valid, which full unmaps are in progress and which arguments are good by
/// what was done and by rules of its own. Of the subject it takes the nested ranges that it reports,
/// because those are what a host would unmap, and whether it says that it is broken or in a full
/// unmap: one that lies there has to answer `everything`, or its next answer is looked at.
///
/// Entries are looked at where there are any to see. A map that need not be the oracle's equal is
/// asked at the end as well, page by page: would an unmap kill what is mapped there?
public struct ShadowChecker: Checker {
  public typealias Action = MapAction
  public typealias Row = VMRow

  package private(set) var stages: [ShadowStage2] = []
  package private(set) var valid: [Bool] = []
  /// The first byte beyond the IPA spaces.
  private var limit: UInt64 = 0
  /// What the last answer does wrong.
  private var harm: Unsoundness?
  /// The subject's entries, and where those of each MMU end.
  @usableFromInline var entries: [Entry] = []
  @usableFromInline var ends: [Int] = []
  /// What was killed and what is unknown, over all runs.
  @usableFromInline var counted = Precision()
  /// Whether entries are looked at (Specification 9.4).
  @usableFromInline let looksAtEntries: Bool
  private let asksForPages: Bool

  /// The truth of no machine yet.
  ///
  /// - Parameters:
  ///   - looksAtEntries: whether every live mapping has to be in an entry (Specification 9.4).
  ///   - asksForPages: whether the probes ask for each page that is mapped, and unmap nothing.
  public init(looksAtEntries: Bool = true, asksForPages: Bool = false) {
    self.looksAtEntries = looksAtEntries
    self.asksForPages = asksForPages
  }

  @inlinable
  public static var looksForHarm: Bool { true }

  /// What was killed and what is unknown, over all runs.
  @inlinable
  public var precision: Precision? { counted }

  /// Becomes the truth of a machine in `world`, whose MMUs are all valid and empty. Precision is
  /// kept. O(MMUs).
  public mutating func reset(for world: World) {
    let mmus = Int(world.mmus)
    limit = 1 << UInt64(world.ipaBits)
    harm = nil
    while stages.count < mmus { stages.append(ShadowStage2()) }
    while stages.count > mmus { stages.removeLast() }
    valid.removeAll(keepingCapacity: true)
    for mmu in 0..<mmus {
      stages[mmu].restart()
      valid.append(true)
    }
  }

  /// Specification 9.1 to 9.3, and 9.5.
  public mutating func follow(_ action: MapAction, step: Int, answer: Answer) {
    switch action.kind {
    case .unmap: return followUnmap(of: action.range, answer)
    case .query: return followQuery(of: action.range, answer)
    default: break
    }
    let mmu = action.mmu
    let isAccepted = answer.outcome != .rejected
    guard stages.indices.contains(mmu) else { return }
    if action.kind == .create, !valid[mmu] {
      stages[mmu].restart()
      valid[mmu] = true
    }
    guard valid[mmu] else { return }
    switch action.kind {
    case .record:
      let nested = IPARange(start: action.nested, size: action.range.size)
      guard isGood(action.range), isGood(nested) else { return }
      stages[mmu].map(canonical: action.range, nested: action.nested, step: step)
    case .invalidate:
      if isAccepted || isGood(action.range) { stages[mmu].invalidate(action.range) }
    case .clear: stages[mmu].removeAll()
    case .beginFullUnmap:
      stages[mmu].beginFullUnmap()
      counted.fullUnmaps &+= 1
    case .endFullUnmap: stages[mmu].endFullUnmap()
    case .tearDown:
      guard isAccepted || stages[mmu].fullUnmapsInProgress == 0 else { return }
      stages[mmu].removeAll()
      valid[mmu] = false
    default: break
    }
  }

  /// Whether an operation may have this range (Specification 3.1).
  private func isGood(_ range: IPARange) -> Bool {
    let (end, wraps) = range.start.addingReportingOverflow(range.size)
    return (range.start | range.size) % Page.size == 0 && range.size > 0 && !wraps && end <= limit
  }

  /// Does to each MMU what its map said, and looks for what survives.
  private mutating func followUnmap(of canonical: IPARange, _ answer: Answer) {
    var answersEverything: UInt64 = 0
    answer.forEachVisit { visit, reported in
      guard stages.indices.contains(visit.mmu), valid[visit.mmu] else { return }
      if visit.result == .everything {
        counted.count(stages[visit.mmu].unmapEverything(canonical))
        counted.fullUnmaps &+= 1
        answersEverything |= 1 << UInt64(visit.mmu)
      } else {
        counted.count(stages[visit.mmu].unmap(canonical, reported: reported))
      }
    }
    guard isGood(canonical) else { return }
    for mmu in stages.indices where valid[mmu] {
      // With `everything` the host waits for the end of the walk, which kills what lives now.
      if answersEverything >> UInt64(mmu) & 1 != 0 { continue }
      if let mapping = stages[mmu].firstMapping(in: canonical) {
        note(.completeness, mapping, mmu)
      }
    }
  }

  /// Looks for what would survive if each MMU were unmapped as its map said.
  private mutating func followQuery(of canonical: IPARange, _ answer: Answer) {
    guard isGood(canonical) else { return }
    for mmu in stages.indices where valid[mmu] {
      var reported = answer.ranges[0..<0]
      var isEverything = false
      answer.forEachVisit { visit, ranges in
        guard visit.mmu == mmu else { return }
        reported = ranges
        isEverything = visit.result == .everything
      }
      if isEverything { continue }
      if let mapping = stages[mmu].firstMapping(in: canonical, missedBy: reported) {
        note(.query, mapping, mmu)
      }
    }
  }

  mutating func note(_ rule: Unsoundness.Rule, _ mapping: ShadowStage2.Mapping, _ mmu: Int) {
    harm = harm ?? Unsoundness(rule: rule, mmu: mmu, mapping: mapping)
  }

  /// Specification 9.4, and what `follow` found. O(entries + mappings).
  @inlinable
  public mutating func violation<S: Subject & ~Copyable>(by subject: borrowing S) -> Unsoundness?
  where S.Row == VMRow {
    if !entries.isEmpty { entries.removeAll(keepingCapacity: true) }
    if !ends.isEmpty { ends.removeAll(keepingCapacity: true) }
    guard looksAtEntries else { return violation(status: 0) }
    subject.forEachRow { row in
      guard case .entry(let entry) = row.row else { return }
      while ends.count < row.mmu { ends.append(entries.count) }
      entries.append(entry)
    }
    return violation(status: subject.status)
  }

  /// The violation in `entries` and what else a subject's `status` says.
  @usableFromInline
  mutating func violation(status: UInt64) -> Unsoundness? {
    if harm != nil || !looksAtEntries { return harm }
    var start = 0
    for mmu in stages.indices {
      let end = mmu < ends.count ? ends[mmu] : entries.count
      let own = entries[min(start, end)..<end]
      start = end
      if !valid[mmu] || MMUStatus(of: mmu, in: status).answersEverything { continue }
      let coverage = stages[mmu].coverage(by: own)
      counted.count(coverage)
      if let mapping = coverage.uncovered {
        note(.coverage, mapping, mmu)
        return harm
      }
    }
    return nil
  }

  /// Every full unmap is ended; then each mapping's canonical pages are asked for, and then
  /// unmapped, each time with an end of whatever that began. Or they are asked for page by page, and
  /// not unmapped. O(mappings x MMUs + pages).
  public func probes(in world: World) -> [Operation] {
    if asksForPages { return endsOfFullUnmaps + queriesOfPages(in: world) }
    let ends = stages.indices.filter { valid[$0] }.map { Operation(.endFullUnmap, mmu: $0) }
    var probes = endsOfFullUnmaps
    var pages: [IPARange] = []
    for mmu in stages.indices where valid[mmu] {
      for mapping in stages[mmu].mappings where !pages.contains(mapping.canonicalRange) {
        pages.append(mapping.canonicalRange)
      }
    }
    for kind in [Operation.Kind.query, .unmap] {
      for range in pages {
        guard let probe = try? Operation(kind, range: range, in: world) else { continue }
        probes.append(probe)
        if kind == .unmap { probes += ends }
      }
    }
    return probes.map { $0.normalised(in: world) }
  }

  private var endsOfFullUnmaps: [Operation] {
    stages.indices.filter { valid[$0] }.flatMap { mmu in
      Array(
        repeating: Operation(.endFullUnmap, mmu: mmu), count: stages[mmu].fullUnmapsInProgress)
    }
  }

  /// A query for each canonical page that is mapped: first of the ends of mappings, where mistakes
  /// are, for there may not be room for all.
  private func queriesOfPages(in world: World) -> [Operation] {
    var ends: Set<UInt64> = []
    var others: Set<UInt64> = []
    for mmu in stages.indices where valid[mmu] {
      for mapping in stages[mmu].mappings {
        let pages = mapping.canonical >> Page.shift...mapping.canonicalRange.last >> Page.shift
        ends.formUnion([pages.lowerBound, pages.upperBound])
        others.formUnion(pages)
      }
    }
    others.subtract(ends)
    return (ends.sorted() + others.sorted()).compactMap { Self.query(ofPage: $0, in: world) }
  }

  /// A query of canonical page `page`; of the pages before it too, from the last page of its window on,
  /// if it lies beyond, where only ranges reach that begin inside.
  private static func query(ofPage page: UInt64, in world: World) -> Operation? {
    var first = page
    while world.place(ofPage: first) == nil {
      guard first > 0, page - first < world.windowPages else { return nil }
      first -= 1
    }
    let range = IPARange(start: first << Page.shift, size: (page - first + 1) << Page.shift)
    return (try? Operation(.query, range: range, in: world))?.normalised(in: world)
  }
}
