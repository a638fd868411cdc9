import Oracle
import ReverseMapping

/// A line of the state of a map: an entry, or an entry of its direct map.
public enum MapRow: Equatable, Sendable {
  case entry(Entry)
  case direct(DirectEntry)
}

extension MapRow {
  /// Whether it is an entry of the direct map. O(1).
  var isOfDirectMap: Bool {
    if case .direct = self { return true }
    return false
  }
}

extension MapRow: CustomStringConvertible {
  public var description: String {
    switch self {
    case .entry(let entry): return entry.description
    case .direct(let entry): return entry.description
    }
  }
}

extension MapRow {
  /// The first of `rows` that no sound map over `ipaBits`-bit spaces holds, as a sentence, or nil
  /// (Specification 5.4). O(rows).
  static func fault(in rows: some Sequence<MapRow>, ipaBits: UInt8) -> String? {
    var end: UInt64 = 0
    var directEnd: UInt64 = 0
    for row in rows {
      switch row {
      case .entry(let entry):
        if let fault = fault(in: row, entry.first, entry.last, after: &end, ipaBits) {
          return fault
        }
        if !WordLayout.isStorable(entry.word) {
          return "\(row) is stored as a word that a range tree refuses"
        }
      case .direct(let entry):
        if let fault = fault(in: row, entry.first, entry.last, after: &directEnd, ipaBits) {
          return fault
        }
      }
    }
    return nil
  }

  private static func fault(
    in row: MapRow, _ first: UInt64, _ last: UInt64, after end: inout UInt64, _ ipaBits: UInt8
  ) -> String? {
    if first < end { return "\(row) does not come after the entry before it" }
    if last < first || last >= 1 << UInt64(ipaBits) { return "\(row) leaves the IPA width" }
    if first % Page.size != 0 || last % Page.size != Page.size - 1 {
      return "\(row) is not page-aligned"
    }
    end = last + 1
    return nil
  }
}

/// A line of the state of any machine, for a reader.
public enum StateRow: Equatable, Sendable {
  /// A line of a map: of that of an MMU, if there are several.
  case map(MapRow, mmu: Int?)
  /// An element of a range tree.
  case element(StoredRange)
}

/// A line of the state of one kind of machine.
public protocol DriverRow: Equatable, CustomStringConvertible {
  /// The line as one of any machine. O(1).
  var stateRow: StateRow { get }
}

extension MapRow: DriverRow {
  public var stateRow: StateRow { .map(self, mmu: nil) }
}
