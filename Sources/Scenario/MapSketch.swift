import ReverseMapping

/// What a map probably holds, for the generator: enough to know when an unmap answers `everything`
/// and so begins a full unmap that has to be ended (Specification 3.3, 3.6).
///
/// Only a guess. It knows nothing of a direct map or of refused memory, and nothing is checked
/// against it.
struct MapSketch {
  private struct Span {
    var first: UInt64
    var last: UInt64
    /// Nil when unknown.
    var nested: UInt64?
    /// The record that made it: exactly, if known.
    var operation: Operation
  }

  private var spans: [Span] = []
  private(set) var fullUnmapsInProgress = 0

  /// Does as a map would. O(spans).
  mutating func apply(_ operation: Operation, in world: World) {
    switch operation.kind {
    case .record: record(operation, in: world)
    case .unmap: unmap(operation, in: world)
    case .clear: spans.removeAll(keepingCapacity: true)
    case .beginFullUnmap: begin()
    case .endFullUnmap: fullUnmapsInProgress = max(0, fullUnmapsInProgress - 1)
    default: break
    }
  }

  /// A record of what is there, or nil if nothing is. O(1).
  func anyRecord(using random: inout SplitMix64) -> Operation? {
    spans.isEmpty ? nil : spans[random.index(spans.count)].operation
  }

  /// A record of something known that is there, or nil if a few tries find none. O(1).
  func anyKnownRecord(using random: inout SplitMix64) -> Operation? {
    for _ in 0..<4 where !spans.isEmpty {
      let span = spans[random.index(spans.count)]
      if span.nested != nil { return span.operation }
    }
    return nil
  }

  private mutating func begin() {
    spans.removeAll(keepingCapacity: true)
    fullUnmapsInProgress += 1
  }

  private mutating func record(_ operation: Operation, in world: World) {
    guard operation.flaw == .none else { return }
    let range = operation.canonical(in: world)
    guard range.last >> UInt64(world.ipaBits) == 0 else { return }
    var new = Span(
      first: range.start, last: range.last, nested: operation.nested(in: world),
      operation: operation)
    var kept = 0
    for index in spans.indices {
      let span = spans[index]
      if span.last < range.start || span.first > range.last {
        spans[kept] = span
        kept += 1
      } else if span.first != range.start || span.last != range.last || span.nested != new.nested {
        new.first = min(new.first, span.first)
        new.last = max(new.last, span.last)
        new.nested = nil
      }
    }
    spans.removeLast(spans.count - kept)
    spans.append(new)
  }

  private mutating func unmap(_ operation: Operation, in world: World) {
    guard operation.flaw == .none else { return }
    let range = operation.canonical(in: world)
    guard range.last >> UInt64(world.ipaBits) == 0 else { return }
    var isUnknown = fullUnmapsInProgress > 0
    var kept = 0
    for index in spans.indices {
      let span = spans[index]
      if span.last < range.start || span.first > range.last {
        spans[kept] = span
        kept += 1
      } else if span.nested == nil {
        isUnknown = true
      }
    }
    spans.removeLast(spans.count - kept)
    if isUnknown { begin() }
  }
}
