import Oracle
import ReverseMapping
import Scenario

/// A map operation with its arguments, in bytes.
public struct MapAction: Sendable {
  /// What to do.
  public var kind: Operation.Kind
  /// The canonical range, where the operation has one.
  public var canonical: IPARange
  /// The nested base, for a record.
  public var nested: UInt64

  @inlinable
  public init(kind: Operation.Kind, canonical: IPARange, nested: UInt64) {
    self.kind = kind
    self.canonical = canonical
    self.nested = nested
  }
}

/// A reverse map of any kind as a machine: operations become calls, and results answers.
public struct MapMachine<Map: ReverseMapProtocol & ~Copyable>: ~Copyable {
  /// The map that is driven.
  public var map: Map

  @inlinable
  public init(_ map: consuming Map) { self.map = map }
}

extension MapMachine: Copyable where Map: Copyable {}

extension MapMachine: Machine where Map: ~Copyable {
  @inlinable
  public static func action(for operation: Operation, in world: World) -> MapAction {
    MapAction(
      kind: operation.kind, canonical: operation.range(in: world),
      nested: operation.nested(in: world))
  }

  @inlinable
  public mutating func perform(_ action: MapAction, answer: inout Answer) {
    do throws(ReverseMapError) {
      switch action.kind {
      case .record:
        answer.outcome = Answer.Outcome(try map.record(action.canonical, nested: action.nested))
      case .unmap:
        let result = try map.unmap(action.canonical, appendingTo: &answer.ranges)
        answer.outcome = Answer.Outcome(result)
      case .query:
        let result = try map.query(action.canonical, appendingTo: &answer.ranges)
        answer.outcome = Answer.Outcome(result)
      case .clear: map.clear()
      case .beginFullUnmap: map.beginFullUnmap()
      case .endFullUnmap: try map.endFullUnmap()
      default: answer.outcome = .rejected
      }
    } catch {
      answer.outcome = .rejected
      answer.error = error
    }
  }

  @inlinable
  public func forEachRow(_ body: (Entry) -> Void) { map.forEachEntry(body) }

  @inlinable
  public var status: UInt64 {
    UInt64(truncatingIfNeeded: map.fullUnmapsInProgress) << 1 | (map.isBroken ? 1 : 0)
  }

  public var statusDescription: String {
    "\(map.isBroken ? "broken" : "not broken"), \(map.fullUnmapsInProgress) full unmaps in progress"
  }
}

extension MapMachine: Subject where Map: ~Copyable {
  /// Specification 5.9.
  @inlinable
  public func checkStructure() -> String? { map.checkInvariants() }

  /// Specification 5.4.
  public static func fault(in rows: [Entry], world: World) -> String? {
    var end: UInt64 = 0
    for row in rows {
      if row.first < end { return "\(row) does not come after the entry before it" }
      if row.last < row.first || row.last >= 1 << UInt64(world.ipaBits) {
        return "\(row) leaves the IPA width"
      }
      if row.first % Page.size != 0 || row.last % Page.size != Page.size - 1 {
        return "\(row) is not page-aligned"
      }
      if row.word == 0 || WordLayout.isReserved(row.word) {
        return "\(row) is stored as a word that a range tree refuses"
      }
      end = row.last + 1
    }
    return nil
  }

  /// Specification 4.3.
  @inlinable
  public mutating func tearDown() -> String? {
    map.clear()
    return map.checkEmpty()
  }
}

extension MapMachine: Reference where Map == PageDictionary {
  /// Each row is an entry of the dictionary; they ascend, so no two are the same; and together they
  /// have as many pages as the dictionary's entries. O(rows).
  @inlinable
  public func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == Entry {
    var held = true
    var pages: UInt64 = 0
    var end: UInt64 = 0
    subject.forEachRow { row in
      held = held && row.first >= end && map.holds(row)
      end = row.last
      pages &+= row.last / Page.size &- row.first / Page.size &+ 1
    }
    return held && pages == map.pageCount
  }
}

extension Answer.Outcome {
  @inlinable
  init(_ result: RecordResult) {
    switch result {
    case .ignored: self = .ignored
    case .stored: self = .stored
    case .unchanged: self = .unchanged
    case .polluted: self = .polluted
    case .broke: self = .broke
    }
  }

  @inlinable
  init(_ result: UnmapResult) { self = result == .ranges ? .ranges : .everything }
}
