import Oracle
import ReverseMapping

/// A row of the state of a map: an entry, or an entry of its direct map.
public enum MapRow: Equatable, Sendable {
  case entry(Entry)
  case direct(DirectEntry)
}

extension MapRow {
  /// Whether it is an entry of the direct map.
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
  /// The first row that is malformed in a map over `ipaBits`-bit spaces, as a sentence, or nil
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
          return "\(row) has a word that must not be stored: 0 or reserved"
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
    if first < end { return "\(row) starts before the previous entry ends" }
    if last < first || last >= 1 << UInt64(ipaBits) {
      return "\(row) is reversed or exceeds the IPA width"
    }
    if first % Page.size != 0 || last % Page.size != Page.size - 1 {
      return "\(row) is not page-aligned"
    }
    end = last + 1
    return nil
  }
}

/// A row of the state of any driver, as explanations draw it.
public enum StateRow: Equatable, Sendable {
  /// A row of a map; `mmu` is its MMU, or nil for a map that stands alone.
  case map(MapRow, mmu: Int?)
  /// An element of a range tree.
  case element(StoredRange)
}

/// A row of the state of one kind of driver.
public protocol DriverRow: Equatable, CustomStringConvertible {
  /// The row in the form that all drivers share.
  var stateRow: StateRow { get }
}

extension MapRow: DriverRow {
  public var stateRow: StateRow { .map(self, mmu: nil) }
}
