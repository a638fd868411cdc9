import Oracle
import ReverseMapping
import Scenario

/// Drives a reverse map of any kind: turns actions into calls and results into answers.
public struct MapDriver<Map: ReverseMapProtocol & ~Copyable>: ~Copyable {
  /// The map that is driven.
  public var map: Map

  @inlinable
  public init(_ map: consuming Map) { self.map = map }
}

extension MapDriver: Copyable where Map: Copyable {}

extension MapDriver: Driver where Map: ~Copyable {
  @inlinable
  public mutating func perform(_ action: MapAction, answer: inout Answer) {
    do throws(ReverseMapError) {
      switch action.kind {
      case .record:
        answer.outcome = Answer.Outcome(try map.record(action.range, nested: action.nested))
      case .unmap:
        let result = try map.unmap(action.range, appendingTo: &answer.ranges)
        answer.outcome = Answer.Outcome(result)
      case .query:
        let result = try map.query(action.range, appendingTo: &answer.ranges)
        answer.outcome = Answer.Outcome(result)
      case .invalidate: try map.invalidate(action.range)
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
  public func forEachRow(_ body: (MapRow) -> Void) {
    map.forEachEntry { body(.entry($0)) }
    map.forEachDirectEntry { body(.direct($0)) }
  }

  @inlinable
  public var status: UInt64 {
    UInt64(truncatingIfNeeded: map.fullUnmapsInProgress) << 1 | (map.isBroken ? 1 : 0)
  }

  public var statusDescription: String {
    "\(map.isBroken ? "broken" : "not broken"), \(map.fullUnmapsInProgress) full unmaps in progress"
  }

  public static func isOfDirectMap(_ row: MapRow) -> Bool { row.isOfDirectMap }

  public static func symptom(ofStatus status: UInt64, against expected: UInt64) -> String {
    guard (status ^ expected) & 1 != 0 else { return "counts-other-full-unmaps" }
    return status & 1 != 0 ? "breaks-the-map" : "leaves-the-map-unbroken"
  }
}

extension MapDriver: Subject where Map: ~Copyable {
  /// Checks the structure of the map (Specification 5.9).
  @inlinable
  public func checkStructure() -> String? { map.checkInvariants() }

  /// Checks that entries and direct map are in lockstep (Specification 7.1).
  @inlinable
  public func checkLockstep() -> String? { map.checkLockstep() }

  @inlinable
  public var memoryCounts: MemoryCounts { map.memoryCounts }

  /// Checks that the rows are well-formed (Specification 5.4).
  public static func fault(in rows: [MapRow], world: World) -> String? {
    MapRow.fault(in: rows, ipaBits: world.ipaBits)
  }

  /// Clears the map and checks that nothing leaks (Specification 4.3).
  @inlinable
  public mutating func tearDown() -> String? {
    map.clear()
    return map.checkEmpty()
  }
}

extension MapDriver: OracleDriver where Map == CellDictionary {
  /// Resets to an empty dictionary over the cells of `scenario`. Keeps its memory.
  /// O(operations x log operations).
  public mutating func reset(for scenario: borrowing Scenario) {
    let operations = scenario.operations
    map.restart(scenario.world.mapConfiguration) { cells in
      cells.addBounds(of: operations)
    }
  }

  @inlinable
  public func holdsExactlyRows<S: Subject & ~Copyable>(of subject: borrowing S) -> Bool
  where S.Row == MapRow {
    var tally = RowTally()
    subject.forEachRow { tally.add($0) }
    return tally.isAll(map.rowSum)
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
    case .failed: self = .failed
    }
  }

  @inlinable
  init(_ result: UnmapResult) { self = result == .ranges ? .ranges : .everything }
}
