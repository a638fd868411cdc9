import ReverseMapping

/// The generator's model of one map. It predicts when an unmap answers `everything`, and so begins
/// a full unmap that has to be ended (Specification 3.3, 3.6).
///
/// The model is an approximation, above all when requests for memory are refused. Nothing is
/// checked against it.
struct MapGeneratorModel {
  private struct Span {
    var first: UInt64
    var last: UInt64
    /// The nested base, or nil if the span is unknown.
    var nested: UInt64?
    /// The record that stored the span. If the span is known, it is exactly this record's range.
    var operation: Operation

    func intersects(_ range: IPARange) -> Bool { first <= range.last && range.start <= last }

    /// Whether the span is known and maps part of the nested range `start...end`.
    func mapsInto(_ start: UInt64, _ end: UInt64) -> Bool {
      guard let nested else { return false }
      return nested <= end && start <= nested &+ (last &- first)
    }
  }

  private var spans: [Span] = []
  private(set) var fullUnmapsInProgress = 0
  /// Whether the map is probably broken by a refused request.
  private(set) var isBroken = false

  /// Applies `operation` as a map that shares `memory` would. O(spans).
  mutating func apply(_ operation: Operation, in world: World, memory: inout MemoryGeneratorModel) {
    guard isAccepted(operation, in: world) else { return }
    switch operation.kind {
    case .record: record(operation, in: world, memory: &memory)
    case .fill:
      // The first and the last records stand for all: the model is for finding places.
      for index in 0..<operation.count where index < 4 || operation.count - index <= 4 {
        record(operation.one(index), in: world, memory: &memory)
      }
    case .unmap: unmap(operation, in: world)
    case .invalidate:
      if world.hasDirectMap { removeStale(operation.range()) }
    case .clear: empty()
    case .beginFullUnmap: begin()
    case .endFullUnmap: fullUnmapsInProgress = max(0, fullUnmapsInProgress - 1)
    default: break
    }
  }

  /// A record that stored one of the current spans, or nil if there is none.
  func anyRecord(using random: inout SplitMix64) -> Operation? {
    spans.isEmpty ? nil : spans[random.index(spans.count)].operation
  }

  /// A record that stored one of the known spans, or nil if four random picks find none.
  func anyKnownRecord(using random: inout SplitMix64) -> Operation? {
    for _ in 0..<4 where !spans.isEmpty {
      let span = spans[random.index(spans.count)]
      if span.nested != nil { return span.operation }
    }
    return nil
  }

  /// Whether the arguments have no flaw and stay inside the IPA width.
  private func isAccepted(_ operation: Operation, in world: World) -> Bool {
    guard operation.kind.takesRange else { return true }
    guard operation.flaw == .none else { return false }
    let range = operation.range()
    var last = range.last
    if operation.kind.isRecord { last |= operation.nested() &+ range.size &- 1 }
    return last >> UInt64(world.ipaBits) == 0
  }

  /// Whether one more span needs another node, assuming that all nodes are half full.
  private func takesNode(in world: World) -> Bool {
    let half = world.nodeSize == .tiny ? 2 : 16
    return spans.isEmpty || spans.count > half && spans.count % half == 0
  }

  private mutating func empty() {
    spans.removeAll(keepingCapacity: true)
    isBroken = false
  }

  private mutating func begin() {
    empty()
    fullUnmapsInProgress += 1
  }

  private mutating func removeStale(_ nested: IPARange) {
    spans.removeAll { $0.mapsInto(nested.start, nested.last) }
  }

  private mutating func record(
    _ operation: Operation, in world: World, memory: inout MemoryGeneratorModel
  ) {
    if isBroken { return }
    let range = operation.range()
    let nested = operation.nested()
    if world.hasDirectMap {
      let met = spans.filter { $0.intersects(range) }
      if met.count == 1, met[0].first == range.start, met[0].last == range.last,
        met[0].nested == nested
      {
        return
      }
      removeStale(IPARange(start: nested, size: range.size))
    }
    var new = Span(first: range.start, last: range.last, nested: nested, operation: operation)
    var kept = 0
    for index in spans.indices {
      let span = spans[index]
      if !span.intersects(range) {
        spans[kept] = span
        kept += 1
      } else if span.first != range.start || span.last != range.last || span.nested != new.nested {
        new.first = min(new.first, span.first)
        new.last = max(new.last, span.last)
        new.nested = nil
      }
    }
    // The direct map may need a node too.
    if kept == spans.count, takesNode(in: world),
      memory.refusesNode(in: world) || world.hasDirectMap && memory.refusesNode(in: world)
    {
      isBroken = true
      // Specification 7.4.
      if world.hasDirectMap { spans.removeAll(keepingCapacity: true) }
      return
    }
    spans.removeLast(spans.count - kept)
    spans.append(new)
  }

  private mutating func unmap(_ operation: Operation, in world: World) {
    let range = operation.range()
    var isEverything = isBroken || fullUnmapsInProgress > 0
    var kept = 0
    for index in spans.indices {
      let span = spans[index]
      if !span.intersects(range) {
        spans[kept] = span
        kept += 1
      } else if span.nested == nil {
        isEverything = true
      }
    }
    spans.removeLast(spans.count - kept)
    if isEverything { begin() }
  }
}
