import ReverseMapping
import Testing
import Traces

@testable import Benchmark

@Suite("Workloads: valid, bounded, and as their summaries describe")
struct WorkloadTests {
  private func steps(_ workload: Workload, seed: UInt64 = 1, count: Int = 20_000) -> [HostEvent] {
    var stream = WorkloadStream(workload, seed: seed)
    return (0..<count).map { _ in stream.next() }
  }

  private func isRecord(_ step: HostEvent, pages: UInt64) -> Bool {
    guard case .record(let range, _, _) = step else { return false }
    return range.size == pages * Page.size
  }

  @Test(
    "The same seed gives the same steps, and a different seed different ones",
    arguments: Workload.allCases)
  func seeds(workload: Workload) {
    #expect(steps(workload, count: 2000) == steps(workload, count: 2000))
    // More than the first steps, which in `blocks` are the same for all seeds.
    #expect(steps(workload, count: 2000) != steps(workload, seed: 2, count: 2000))
  }

  @Test("Every range is aligned, non-empty and within 48 bits", arguments: Workload.allCases)
  func validArguments(workload: Workload) {
    let limit: UInt64 = 1 << 48
    func isValid(_ range: IPARange) -> Bool {
      range.start % 4096 == 0 && range.size % 4096 == 0 && range.size > 0
        && range.start < limit && range.size <= limit - range.start
        // A 2M block begins at a multiple of 2 MiB.
        && range.start % range.size == 0
    }
    for step in steps(workload) {
      switch step {
      case .record(let canonical, let nested, _):
        #expect(isValid(canonical) && isValid(IPARange(start: nested, size: canonical.size)))
      case .unmap(let range), .invalidate(let range, _):
        #expect(isValid(range))
      case .fullUnmap: Issue.record("a full unmap")
      }
    }
  }

  @Test(
    "At most 512 mappings are live, and at the peak more than half of that",
    arguments: Workload.allCases)
  func bounded(workload: Workload) throws {
    let configuration = try MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: true)
    let steps = steps(workload, count: 1500)
    var cells = EventCells()
    steps.forEach { cells.add($0) }
    cells.finish()
    var trial = try AllocationTrial(cells, configuration, reserve: .none, refusals: .none)
    for step in steps { try trial.take(step) }
    let peak = try trial.end().peakMappings
    #expect(peak <= WorkloadStream.mostMappings && peak > WorkloadStream.mostMappings / 2)
  }

  @Test("L2's memory is backed one to one, both in pages and in blocks")
  func guestMemory() {
    let pages = stride(from: 0, to: GuestMemory.nestedPages, by: 61)
    for backing in [GuestMemory.scattered, GuestMemory.inBlocks] {
      #expect(Set(pages.map(backing)).count == Array(pages).count)
      #expect(pages.map(backing).allSatisfy { $0 < GuestMemory.canonicalPages })
    }
    #expect(GuestMemory.inBlocks(512 + 7) == GuestMemory.inBlocks(512) + 7)
    #expect(GuestMemory.scattered(8) != GuestMemory.scattered(7) + 1)
  }

  @Test("A booting guest faults in ascending order, with jumps")
  func boot() {
    let nested = steps(.boot).compactMap { step -> UInt64? in
      guard case .record(_, let nested, _) = step else { return nil }
      return nested
    }
    let ascending = zip(nested, nested.dropFirst()).filter { $1 == $0 + Page.size }.count
    #expect(ascending > nested.count * 9 / 10 && ascending < nested.count - 100)
  }

  @Test("L1 splits a block after an invalidation, and the host after an unmap")
  func splits() {
    for (workload, byHost) in [(Workload.blocks, false), (.migration, true)] {
      let steps = steps(workload)
      #expect(steps.contains { isRecord($0, pages: 512) })
      let splits = zip(steps, steps.dropFirst()).filter {
        !isRecord($0, pages: 1) && isRecord($1, pages: 1)
      }
      #expect(splits.count > 10)
      for (before, _) in splits {
        switch before {
        case .unmap(let range): #expect(byHost && range.size == 2 << 20)
        case .invalidate(let range, _): #expect(!byHost && range.size == 2 << 20)
        case .record, .fullUnmap:
          Issue.record("pages after a block that is still there, in \(workload)")
        }
      }
    }
  }

  @Test("No page of a split block is mapped twice", arguments: [Workload.blocks, .migration])
  func splitOnce(workload: Workload) {
    var pages: Set<UInt64> = []
    var most = 0
    for step in steps(workload) {
      guard case .record(let range, let nested, _) = step, range.size == Page.size else {
        pages = []
        continue
      }
      #expect(pages.insert(nested).inserted)
      most = max(most, pages.count)
    }
    #expect(most == 64)
  }

  @Test("When the host is short of memory, it unmaps, and the guest does not invalidate")
  func balloon() {
    let steps = steps(.balloon)
    #expect(steps.contains { if case .unmap = $0 { true } else { false } })
    #expect(!steps.contains { if case .invalidate = $0 { true } else { false } })
  }

  @Test("Two nested pages map one canonical page only in the workload 'sharing'")
  func sharing() throws {
    for workload in Workload.allCases {
      // Without a direct map, stale entries would collide as well.
      let cell = try AllocationStudy(hasDirectMap: true, seed: 1)
        .cell(
          StudyLoad(workload, records: 1500, seed: 1), AllocationStudy.probabilities[0], .none)
      #expect((cell.tally.fullUnmaps > 0) == (workload == .sharing), "\(workload)")
    }
  }

  @Test("A page that L1 moves keeps its nested address and gets another canonical one")
  func churn() {
    let steps = steps(.churn)
    var moves = 0
    for (before, after) in zip(steps, steps.dropFirst()) {
      guard case .invalidate(let range, _) = before else { continue }
      guard case .record(_, let nested, _) = after else { continue }
      #expect(range.start == nested)
      moves += 1
    }
    #expect(moves > 8000)
  }
}
