import Differential
import Files
import ReverseMapping
import Scenario

/// Runs a trace: subject, oracle and ground truth side by side, with checks of everything at an
/// interval and at the end.
///
/// Strategy: a first pass over the file collects the bounds of all ranges, a second one replays it.
/// If a check fails, further passes repeat the replay up to there and check everything at more and
/// more places after the last check that passed, in the end after each event. So the first event
/// after which something was wrong is known, and not only the one at which it showed.
package struct TraceRun {
  private let trace: TraceFile
  private let subject: TraceSubject
  private let configuration: MapConfiguration
  private let cells: EventCells
  /// The number of lines that the replay takes.
  package let lines: Int
  private let interval: Int

  /// Whether the maps have a direct map: if that was asked for and the subject can.
  package var hasDirectMap: Bool { configuration.hasDirectMap }

  /// The result of a run.
  package struct Result {
    package var tally: TraceTally
    /// What failed first; nil if nothing did.
    package var fault: TraceFault?
    /// How it showed, if that was at a later line.
    package var shownBy: TraceFault?
  }

  /// The lines between two calls of a progress function.
  private static let progressLines = 10_000

  /// Prepares a run of `trace` on `subject` that checks everything after each `interval` events.
  /// O(lines + cells log cells).
  ///
  /// - Throws: `notAScenario` if a line is not one of a trace, or if there is no event; what
  ///   reading throws.
  package init(
    _ trace: TraceFile, on subject: TraceSubject = .production, hasDirectMap: Bool,
    checkingEvery interval: Int
  ) throws {
    self.trace = trace
    self.subject = subject
    self.interval = interval
    configuration = MapConfiguration(
      nearestWidthTo: TraceLimits.ipaBits, layout: .mailed,
      hasDirectMap: hasDirectMap && subject.hasDirectMaps)
    var lines = 0
    cells = try EventCells(of: trace) { lines = $0 }
    self.lines = lines
  }

  /// Runs the trace to its end or to the first failure. Calls `note` with the number of lines done.
  ///
  /// - Throws: what reading throws.
  package func run(noting note: (Int) -> Void = { _ in }) throws -> Result {
    // The switch is here, where the types are known, so that a replay is specialised for them.
    switch subject {
    case .production: try run(.production, note)
    case .library(let library): try run(.library(library), note)
    case .canary(let fault): try run(.canary(fault), note)
    }
  }

  func run<Map: ~Copyable>(_ maker: MapMaker<Map>, _ note: (Int) -> Void = { _ in }) throws
    -> Result
  {
    var replay = TraceReplay(cells, configuration, maker)
    var checked = 0
    var shown: TraceFault?
    try trace.forEachLine { line, number in
      if number % Self.progressLines == 0 { note(number) }
      shown = replay.take(line, number: number)
      if shown == nil, line.event != nil, replay.tally.events % interval == 0 {
        shown = replay.check(line: number)
        if shown == nil { checked = number }
      }
      return shown == nil
    }
    shown = shown ?? replay.end(line: lines)
    guard let shown else { return Result(tally: replay.tally) }
    let first = try firstFault(maker, after: checked, upTo: shown.line)
    return Result(
      tally: replay.tally, fault: first ?? shown,
      shownBy: first.flatMap { $0.line < shown.line ? shown : nil })
  }

  /// How many places between two lines a pass checks.
  private static let placesPerPass = 500

  /// The first fault after line `start`, up to line `end`: a line after which a check of everything
  /// fails, and before which it passes. O((lines up to `end` + cells) x log lines).
  private func firstFault<Map: ~Copyable>(
    _ maker: MapMaker<Map>, after start: Int, upTo end: Int
  ) throws -> TraceFault? {
    var (start, end) = (start, end)
    var found: TraceFault?
    while true {
      let step = max(1, (end - start) / Self.placesPerPass)
      var replay = TraceReplay(cells, configuration, maker)
      var fault: TraceFault?
      var checked = start
      try trace.forEachLine { line, number in
        fault = replay.take(line, number: number)
        if fault == nil, number > start, (number - start) % step == 0 || number == end {
          fault = replay.check(line: number)
          if fault == nil { checked = number }
        }
        return fault == nil && number < end
      }
      guard let fault else { return found }
      found = fault
      if step == 1 { return found }
      (start, end) = (checked, fault.line)
    }
  }

  /// The last event up to line `end`. O(lines up to it).
  ///
  /// - Throws: what reading throws.
  package func event(upTo end: Int) throws -> HostEvent? {
    var last: HostEvent?
    try trace.forEachEvent { event, number in
      if number <= end { last = event }
      return number < end
    }
    return last
  }

  /// The events up to that of `fault` that concern its MMU and the ranges around it, the last
  /// `most` of them. `reach` is how far around: ranges grow to blocks of this many bytes; 0 leaves
  /// them as they are. O(lines up to the fault).
  ///
  /// - Throws: what reading throws.
  func neighbourhood(of fault: TraceFault, reach: UInt64, most: Int) throws -> [HostEvent] {
    switch subject {
    case .production: try neighbourhood(.production, of: fault, reach: reach, most: most)
    case .library(let library):
      try neighbourhood(.library(library), of: fault, reach: reach, most: most)
    case .canary(let kind): try neighbourhood(.canary(kind), of: fault, reach: reach, most: most)
    }
  }

  private func neighbourhood<Map: ~Copyable>(
    _ maker: MapMaker<Map>, of fault: TraceFault, reach: UInt64, most: Int
  ) throws -> [HostEvent] {
    guard let last = try event(upTo: fault.line) else { return [] }
    var near = Neighbourhood(mmu: fault.mmu, reach: reach)
    near.add(last)
    fault.canonical.forEach { near.addCanonical($0) }
    fault.nested.forEach { near.addNested($0) }
    var replay = TraceReplay(cells, configuration, maker)
    var events: [HostEvent] = []
    try trace.forEachLine { line, number in
      if let event = line.event, near.concerns(event) { events.append(event) }
      // Ranges of events that are no longer needed are dropped now and then.
      if events.count >= 2 * most { events.removeFirst(events.count - most) }
      if number == fault.line { return false }
      _ = replay.take(line, number: number)
      // The map is empty from here on, so what was before has no effect.
      if replay.hasEmptied(fault.mmu, line) { events.removeAll() }
      return true
    }
    return events.suffix(most)
  }

  /// Runs a scenario on the subject of this run.
  func diverges(_ scenario: Scenario) -> Divergence? { subject.run(scenario) }
}

extension EventCells {
  /// The cells of all events in `trace`. Calls `note` with the number of its lines. O(lines + cells
  /// log cells).
  ///
  /// - Throws: `notAScenario` if a line is not one of a trace, or if there is no event; what
  ///   reading throws.
  package init(of trace: TraceFile, noting note: (Int) -> Void = { _ in }) throws {
    self.init()
    var lines = 0
    var hasEvent = false
    try trace.forEachLine { line, number in
      lines = number
      if let event = line.event {
        hasEvent = true
        add(event)
      }
      return true
    }
    guard hasEvent else {
      throw CommandError.notAScenario(
        trace.name,
        (lines == 0 ? "the file is empty" : "none of its \(lines) lines is an event for a map")
          + "; such a line is '20385 record s0 0x80200000 0x40000000 0x200000'")
    }
    finish()
    note(lines)
  }
}

/// The ranges around a failure, in one MMU.
private struct Neighbourhood {
  let mmu: Int
  let reach: UInt64
  private var canonical: [IPARange] = []
  private var nested: [IPARange] = []

  init(mmu: Int, reach: UInt64) {
    self.mmu = mmu
    self.reach = reach
  }

  mutating func addCanonical(_ range: IPARange) { canonical.append(grown(range)) }
  mutating func addNested(_ range: IPARange) { nested.append(grown(range)) }

  /// Adds the ranges of the event that failed.
  mutating func add(_ event: HostEvent) {
    switch event {
    case .record(let range, let base, _):
      addCanonical(range)
      addNested(IPARange(start: base, size: range.size))
    case .unmap(let range): addCanonical(range)
    case .invalidate(let range, _): addNested(range)
    case .fullUnmap: break
    }
  }

  private func grown(_ range: IPARange) -> IPARange {
    guard reach > 0, range.size > 0 else { return range }
    let start = range.start / reach * reach
    let end = (range.last / reach + 1) * reach
    return IPARange(start: start, size: end - start)
  }

  func concerns(_ event: HostEvent) -> Bool {
    switch event {
    case .record(let range, let base, mmu):
      let image = IPARange(start: base, size: range.size)
      return canonical.contains { $0.intersects(range) } || nested.contains { $0.intersects(image) }
    case .unmap(let range): return canonical.contains { $0.intersects(range) }
    case .invalidate(let range, mmu): return nested.contains { $0.intersects(range) }
    case .fullUnmap(mmu): return true
    case .record, .invalidate, .fullUnmap: return false
    }
  }
}
