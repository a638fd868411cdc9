import Oracle
import ReverseMapping
import Scenario

/// The ground truth of a virtual machine: one shadow stage-2 for each MMU (Specification 9).
///
/// It knows which MMUs are valid and which full unmaps are in progress by what was done, not by
/// what anyone says. Of the subject it takes the nested ranges that it reports, because those are
/// what a host would unmap; of the reference only whether a record's arguments are good.
public struct ShadowJudge: Judge {
  public typealias Action = MapAction
  public typealias Row = VMRow

  private(set) var stages: [ShadowStage2] = []
  private var valid: [Bool] = []
  /// What the last answer does wrong.
  private var harm: Unsoundness?
  /// The subject's entries, and where those of each MMU end.
  @usableFromInline var entries: [Entry] = []
  @usableFromInline var ends: [Int] = []
  /// What was killed and what is unknown, over all runs.
  public private(set) var precision = Precision()

  public init() {}

  @inlinable
  public static var looksForHarm: Bool { true }

  /// Becomes the truth of a machine of `mmus` MMUs, all valid and empty. Precision is kept.
  /// O(MMUs).
  public mutating func restart(mmus: Int) {
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
  public mutating func follow(
    _ action: MapAction, step: Int, subject: Answer, reference: Answer
  ) {
    switch action.kind {
    case .unmap:
      if reference.outcome != .rejected { followUnmap(of: action.range, subject) }
      return
    case .query:
      if reference.outcome != .rejected { followQuery(of: action.range, subject) }
      return
    default: break
    }
    let mmu = action.mmu
    guard mmu >= 0, mmu < stages.count else { return }
    if action.kind == .create {
      if !valid[mmu] { stages[mmu].restart() }
      valid[mmu] = true
    }
    guard valid[mmu] else { return }
    switch action.kind {
    case .record:
      guard reference.outcome != .rejected else { return }
      stages[mmu].map(canonical: action.range, nested: action.nested, step: step)
    case .invalidate:
      if reference.outcome != .rejected { stages[mmu].invalidate(action.range) }
    case .clear: stages[mmu].removeAll()
    case .beginFullUnmap:
      stages[mmu].beginFullUnmap()
      precision.fullUnmaps &+= 1
    case .endFullUnmap: stages[mmu].endFullUnmap()
    case .tearDown:
      guard stages[mmu].fullUnmapsBegun == stages[mmu].fullUnmapsEnded else { return }
      stages[mmu].removeAll()
      valid[mmu] = false
    default: break
    }
  }

  /// Does to each MMU what its map said, and looks for what survives.
  mutating func followUnmap(of canonical: IPARange, _ answer: Answer) {
    var start = 0
    for visit in answer.visits {
      let end = min(start &+ visit.ranges, answer.ranges.count)
      let reported = answer.ranges[min(start, end)..<end]
      start = end
      guard visit.mmu >= 0, visit.mmu < stages.count, valid[visit.mmu] else { continue }
      if visit.result == .everything {
        precision.count(stages[visit.mmu].unmapEverything(canonical))
        precision.fullUnmaps &+= 1
      } else {
        precision.count(stages[visit.mmu].unmap(canonical, reported: reported))
      }
    }
    for mmu in stages.indices where valid[mmu] {
      // With `everything` the host waits for the end of the walk, which kills what lives now.
      if answer.visits.contains(where: { $0.mmu == mmu && $0.result == .everything }) { continue }
      if let mapping = stages[mmu].firstMapping(in: canonical) {
        note(.completeness, mapping, mmu)
      }
    }
  }

  /// Looks for what would survive if each MMU were unmapped as its map said.
  mutating func followQuery(of canonical: IPARange, _ answer: Answer) {
    for mmu in stages.indices where valid[mmu] {
      var start = 0
      var reported = answer.ranges[0..<0]
      var isEverything = false
      for visit in answer.visits {
        let end = min(start &+ visit.ranges, answer.ranges.count)
        if visit.mmu == mmu {
          reported = answer.ranges[min(start, end)..<end]
          isEverything = visit.result == .everything
        }
        start = end
      }
      if isEverything { continue }
      if let mapping = stages[mmu].firstMapping(in: canonical, missedBy: reported) {
        note(.query, mapping, mmu)
      }
    }
  }

  mutating func note(_ rule: Unsoundness.Rule, _ mapping: ShadowStage2.Mapping, _ mmu: Int) {
    if harm != nil { return }
    harm = Unsoundness(
      rule: rule, mmu: mmu, nested: mapping.nested,
      canonical: mapping.canonicalRange, made: mapping.step)
  }

  /// Specification 9.4, and what `follow` found. O(entries + mappings).
  @inlinable
  public mutating func verdict<S: Subject & ~Copyable>(on subject: borrowing S) -> Unsoundness?
  where S.Row == VMRow {
    if !entries.isEmpty { entries.removeAll(keepingCapacity: true) }
    if !ends.isEmpty { ends.removeAll(keepingCapacity: true) }
    subject.forEachRow { row in
      guard case .entry(let entry) = row.row else { return }
      while ends.count < row.mmu { ends.append(entries.count) }
      entries.append(entry)
    }
    return verdict(status: subject.status)
  }

  /// The verdict on `entries` and what else a subject's `status` says.
  @usableFromInline
  mutating func verdict(status: UInt64) -> Unsoundness? {
    if harm != nil { return harm }
    var start = 0
    for mmu in stages.indices {
      let end = mmu < ends.count ? ends[mmu] : entries.count
      let own = entries[min(start, end)..<end]
      start = end
      if !valid[mmu] || MMUStatus(of: mmu, in: status).answersEverything { continue }
      let coverage = stages[mmu].coverage(by: own)
      precision.count(coverage)
      if let mapping = coverage.uncovered {
        note(.coverage, mapping, mmu)
        return harm
      }
    }
    return nil
  }

  /// An unmap of the canonical pages of each live mapping. O(mappings).
  public func probes(in world: World) -> [Operation] {
    var probes: [Operation] = []
    for mmu in stages.indices where valid[mmu] {
      for mapping in stages[mmu].mappings {
        let probe = try? Operation(.unmap, range: mapping.canonicalRange, in: world)
        guard let probe else { continue }
        if !probes.contains(probe) { probes.append(probe) }
      }
    }
    return probes
  }
}
