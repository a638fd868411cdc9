import Files
import ReverseMapping
import Traces

/// A load that a study drives maps with: a made-up one, or a trace. Each pass over it has the same
/// events.
package struct StudyLoad {
  private enum Source {
    case workload(Workload, records: Int, seed: UInt64)
    case trace(TraceFile)
  }

  /// The name in results: of the workload, or of the trace's file.
  package let name: String
  /// The load in one line, for the user.
  package let summary: String
  /// The cells of all its events.
  let cells: EventCells
  private let source: Source
  /// Distinguishes the seeds of made-up loads.
  private let seedPart: UInt64

  /// The first `records` records of `workload` with `seed`, and what happens between them.
  /// O(records log records).
  package init(_ workload: Workload, records: Int, seed: UInt64) {
    name = "\(workload)"
    summary = workload.summary
    seedPart = workload.rawValue
    let source = Source.workload(workload, records: records, seed: seed)
    self.source = source
    var cells = EventCells()
    Self.forEachEvent(workload, records: records, Self.seeds(seed, seedPart).events) {
      cells.add($0)
    }
    cells.finish()
    self.cells = cells
  }

  /// The events of `trace`. O(lines + cells log cells).
  ///
  /// - Throws: what reading throws.
  package init(_ trace: TraceFile) throws {
    name = FileSystem.name(of: trace.name)
    seedPart = 0
    source = .trace(trace)
    var lines = 0
    cells = try EventCells(of: trace) { lines = $0 }
    summary = "a trace of \(lines) lines"
  }

  /// Calls `body` with each event in order.
  ///
  /// - Throws: what `body` throws; what reading a trace throws.
  func forEachEvent(_ body: (HostEvent) throws -> Void) throws {
    switch source {
    case .workload(let workload, let records, let seed):
      try Self.forEachEvent(workload, records: records, seeds(seed).events, body)
    case .trace(let trace):
      try trace.forEachEvent { event, _ in
        try body(event)
        return true
      }
    }
  }

  private static func forEachEvent(
    _ workload: Workload, records: Int, _ seed: UInt64, _ body: (HostEvent) throws -> Void
  ) rethrows {
    var stream = WorkloadStream(workload, seed: seed)
    var made = 0
    while made < records {
      let event = stream.next()
      if case .record = event { made += 1 }
      try body(event)
    }
  }

  /// The seeds that `seed` gives for this load: of its events and of a fault plan.
  func seeds(_ seed: UInt64) -> (events: UInt64, refusals: UInt64) {
    Self.seeds(seed, seedPart)
  }

  private static func seeds(
    _ seed: UInt64, _ part: UInt64
  ) -> (events: UInt64, refusals: UInt64) {
    var seeds = SplitMix64(seed: seed)
    // Give each load a seed of its own, unrelated to the draws of the others.
    seeds = SplitMix64(seed: seeds.next() ^ part)
    return (seeds.next(), seeds.next())
  }

  /// The configuration of maps that take this load.
  func configuration(hasDirectMap: Bool) -> MapConfiguration {
    MapConfiguration(
      nearestWidthTo: TraceLimits.ipaBits, layout: .mailed, hasDirectMap: hasDirectMap)
  }
}
