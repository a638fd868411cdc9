import Oracle
import ReverseMapping

/// The cells of both address spaces for a stream of events, and how many MMUs it names.
///
/// A cell is a run of pages that no record tells apart, so mappings and entries consist of whole
/// cells, however large they are. Other ranges intersect one if they touch one of its cells. Cells
/// are made in a first pass over the stream; their number, and not that of the events, decides how
/// much memory a replay needs.
package struct EventCells: Sendable {
  /// The cells of the canonical space.
  private(set) var canonical = Cells()
  /// The cells of the nested space.
  private(set) var nested = Cells()
  /// The number of MMUs, at least 1.
  package private(set) var mmus = 1

  /// One cell in each space.
  package init() {
    let limit = UInt64(1) << UInt64(TraceLimits.ipaBits)
    canonical.restart(limit: limit)
    nested.restart(limit: limit)
  }

  /// Adds the bounds of a record, and counts the MMU that any event names. Cells have no numbers
  /// until `finish`.
  package mutating func add(_ event: HostEvent) {
    mmus = max(mmus, event.mmus)
    guard case .record(let range, let base, _) = event else { return }
    canonical.add(boundsOf: range)
    nested.add(boundsOf: IPARange(start: base, size: range.size))
  }

  /// Numbers the cells. O(bounds log bounds).
  package mutating func finish() {
    canonical.finish()
    nested.finish()
  }

  /// An oracle whose cells these are.
  package func oracle(_ configuration: MapConfiguration) -> CellDictionary {
    var oracle = CellDictionary(configuration)
    oracle.restart(configuration) { cells in
      for cell in 0..<canonical.count {
        cells.addCanonical(canonical.bytes(of: cell))
      }
      for cell in 0..<nested.count {
        cells.addNested(nested.bytes(of: cell))
      }
    }
    return oracle
  }
}

extension Cells {
  /// The numbers of the cells with a byte in `range`, which may be any range that a map reports.
  /// O(log cells).
  func numbers(of range: IPARange) -> Range<Int> {
    let limit = start(of: count)
    guard range.size > 0, range.start <= range.last, range.start < limit else { return 0..<0 }
    return numbers(from: range.start, through: min(range.last, limit - 1))
  }

  /// The bytes of cell `number`.
  func bytes(of number: Int) -> IPARange {
    IPARange(start: start(of: number), size: size(of: number))
  }

  /// The pages of cell `number`.
  func pages(of number: Int) -> UInt64 { size(of: number) / Page.size }
}
