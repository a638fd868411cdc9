import Oracle
import ReverseMapping
import Scenario

/// Checks a virtual machine against the ground truth: one shadow stage-2 for each MMU
/// (Specification 9).
///
/// It derives from the operations, by its own rules, which MMUs are valid, which full unmaps are in
/// progress and which arguments are valid. It takes two things from the subject: the nested ranges
/// that it reports, because a host would unmap those, and whether it reports itself broken or in a
/// full unmap. A subject that reports so falsely must still answer `everything`; if it answers with
/// ranges, completeness is checked.
///
/// Entries are checked if the subject lists any. A subject that is not compared with the oracle is
/// also probed at the end with queries of single pages: would an unmap kill the mappings of that
/// page?
public struct ShadowChecker: Checker {
  public typealias Action = MapAction
  public typealias Row = VMRow

  package private(set) var stages: [ShadowStage2] = []
  package private(set) var valid: [Bool] = []
  /// The first byte beyond the IPA spaces.
  private var limit: UInt64 = 0
  /// The first unsoundness in the run.
  public private(set) var unsoundness: Unsoundness?
  /// The subject's entries, and the index where those of each MMU end.
  @usableFromInline var entries: [Entry] = []
  @usableFromInline var ends: [Int] = []
  /// The cost of safety in all runs.
  @usableFromInline var counted = Precision()
  /// Whether coverage is checked (Specification 9.4).
  @usableFromInline let looksAtEntries: Bool
  private let asksForPages: Bool
  private let mappingsDieByPages: Bool

  /// A checker without MMUs, until it is reset for a world.
  ///
  /// - Parameters:
  ///   - looksAtEntries: whether to check that every live mapping is in an entry (Specification
  ///     9.4).
  ///   - asksForPages: whether the probes only query mapped pages, and unmap nothing.
  ///   - mappingsDieByPages: whether mappings die page by page, and not whole (Specification 11.5).
  public init(
    looksAtEntries: Bool = true, asksForPages: Bool = false, mappingsDieByPages: Bool = false
  ) {
    self.looksAtEntries = looksAtEntries
    self.asksForPages = asksForPages
    self.mappingsDieByPages = mappingsDieByPages
  }

  @inlinable
  public static var hasGroundTruth: Bool { true }

  /// The cost of safety in all runs so far.
  @inlinable
  public var precision: Precision? { counted }

  /// Resets to the MMUs of `world`, all valid and empty. Keeps the precision counts. O(MMUs).
  public mutating func reset(for world: World) {
    let mmus = Int(world.mmus)
    limit = 1 << UInt64(world.ipaBits)
    unsoundness = nil
    while stages.count < mmus {
      stages.append(ShadowStage2(mappingsDieByPages: mappingsDieByPages))
    }
    while stages.count > mmus { stages.removeLast() }
    valid.removeAll(keepingCapacity: true)
    for mmu in 0..<mmus {
      stages[mmu].restart()
      valid.append(true)
    }
  }

  /// Applies `action` to the ground truth (Specification 9.1 to 9.3), and checks completeness
  /// (9.5).
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
      guard isValid(action.range), isValid(nested), answer.outcome != .failed else { return }
      stages[mmu].map(canonical: action.range, nested: action.nested, step: step)
      counted.mostMappings = max(counted.mostMappings, stages[mmu].mappings.count)
    case .invalidate:
      if isAccepted || isValid(action.range) { stages[mmu].invalidate(action.range) }
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

  /// Whether `range` is a valid argument (Specification 3.1).
  private func isValid(_ range: IPARange) -> Bool {
    let (end, wraps) = range.start.addingReportingOverflow(range.size)
    return (range.start | range.size) % Page.size == 0 && range.size > 0 && !wraps && end <= limit
  }

  /// Unmaps in each MMU what its map reported, and looks for mappings that survive.
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
    guard isValid(canonical) else { return }
    for mmu in stages.indices where valid[mmu] {
      // After `everything` the host waits for the end of the walk, which kills every mapping that
      // is live now.
      if answersEverything >> UInt64(mmu) & 1 != 0 { continue }
      if let mapping = stages[mmu].firstMapping(in: canonical) {
        note(.completeness, mapping, mmu)
      }
    }
  }

  /// Looks for mappings that would survive an unmap of the ranges that each map reported.
  private mutating func followQuery(of canonical: IPARange, _ answer: Answer) {
    guard isValid(canonical) else { return }
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
    unsoundness = unsoundness ?? Unsoundness(rule: rule, mmu: mmu, mapping: mapping)
  }

  /// What `follow` found, or else the first mapping of `subject` that breaks coverage
  /// (Specification 9.4). O(entries + mappings).
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

  /// The violation, given the subject's `entries` and `status`.
  @usableFromInline
  mutating func violation(status: UInt64) -> Unsoundness? {
    if unsoundness != nil || !looksAtEntries { return unsoundness }
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
        return unsoundness
      }
    }
    return nil
  }

  /// The live mappings of the valid MMUs. An entry stands for a mapping, without a word.
  public var liveRows: [StateRow] {
    stages.indices.filter { valid[$0] }.flatMap { mmu in
      stages[mmu].mappings.flatMap { mapping -> [StateRow] in
        let (nested, canonical) = (mapping.nested, mapping.canonicalRange)
        let entry = Entry(
          first: canonical.start, last: canonical.last, content: .known(nested: nested.start),
          word: 0)
        let direct = DirectEntry(
          first: nested.start, last: nested.last, canonical: canonical.start)
        return [.map(.entry(entry), mmu: mmu), .map(.direct(direct), mmu: mmu)]
      }
    }
  }

  /// Probes that end every full unmap, then query the canonical range of each mapping, then unmap
  /// each, ending any full unmap that this began. With `asksForPages` they end every full unmap and
  /// query single pages instead. O(mappings).
  public func probes(in world: World) -> [Operation] {
    if asksForPages { return endsOfFullUnmaps + queriesOfPages(in: world) }
    let ends = stages.indices.filter { valid[$0] }.map { Operation(.endFullUnmap, mmu: $0) }
    var probes = endsOfFullUnmaps
    var seen: Set<IPARange> = []
    let pages = stages.indices.filter { valid[$0] }.flatMap { mmu in
      stages[mmu].mappings.map(\.canonicalRange).filter { seen.insert($0).inserted }
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

  /// Queries of mapped canonical pages. There may not be room for all, so the first and last pages
  /// of mappings come first, and then the pages beside these: bugs are there. Of the other pages,
  /// only as many as `mostPages` allows. If there are more than `mostQueries`, every second, third,
  /// ... of them is queried, so no part of the space is left out. O(mappings x log mappings).
  private func queriesOfPages(in world: World) -> [Operation] {
    let mapped = mappedPages
    var bounds: Set<UInt64> = []
    for pages in mapped.each { bounds.formUnion([pages.lowerBound, pages.upperBound]) }
    var beside: Set<UInt64> = []
    for page in bounds { beside.formUnion([page &- 1, page &+ 1]) }
    beside = beside.filter(mapped.contains)
    var others: Set<UInt64> = []
    // Small runs of pages first, so that a huge one does not take the room of all others.
    for pages in mapped.runs.sorted(by: { $0.count < $1.count })
    where UInt64(pages.count) + UInt64(others.count) <= Self.mostPages {
      others.formUnion(pages)
    }
    beside.subtract(bounds)
    others.subtract(bounds)
    others.subtract(beside)
    let pages = [bounds, beside, others].flatMap { $0.sorted() }
    let step = max(1, (pages.count + Self.mostQueries - 1) / Self.mostQueries)
    return stride(from: 0, to: pages.count, by: step).compactMap {
      Self.query(ofPage: pages[$0], in: world)
    }
  }

  /// The most queries of pages: each one runs with all checks.
  static let mostQueries = 2048
  /// The most pages that are queried although they are neither the first nor the last page of a
  /// mapping, nor beside one: those of four windows, and of ranges that reach beyond them.
  static let mostPages: UInt64 = 512

  /// The canonical pages of the live mappings of all valid MMUs.
  private var mappedPages: MappedPages {
    MappedPages(
      stages.indices.filter { valid[$0] }.flatMap { mmu in
        stages[mmu].mappings.map {
          $0.canonical >> Page.shift...$0.canonicalRange.last >> Page.shift
        }
      })
  }

  /// A query of canonical page `page`. A page beyond its window can only be reached by a range that
  /// begins inside, so the query then starts at the last page of the window.
  private static func query(ofPage page: UInt64, in world: World) -> Operation? {
    var first = page
    while !world.contains(first) {
      guard first > 0, page - first < world.windowPages else { return nil }
      first -= 1
    }
    let range = IPARange(start: first << Page.shift, size: (page - first + 1) << Page.shift)
    return (try? Operation(.query, range: range, in: world))?.normalised(in: world)
  }
}

/// Pages, as runs of them. A run can have any number of pages, so nothing here enumerates them.
private struct MappedPages {
  /// The runs as given: they may overlap.
  let each: [ClosedRange<UInt64>]
  /// The same pages as disjoint runs, ascending.
  let runs: [ClosedRange<UInt64>]

  /// The pages of `each`. O(n x log n) in the number of runs.
  init(_ each: [ClosedRange<UInt64>]) {
    self.each = each
    var runs: [ClosedRange<UInt64>] = []
    for run in each.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = runs.last, run.lowerBound <= last.upperBound {
        runs[runs.count - 1] = last.lowerBound...max(last.upperBound, run.upperBound)
      } else {
        runs.append(run)
      }
    }
    self.runs = runs
  }

  /// Whether `page` is one of them. O(log runs).
  func contains(_ page: UInt64) -> Bool {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].upperBound < page { low = middle + 1 } else { high = middle }
    }
    return low < runs.count && runs[low].contains(page)
  }
}
