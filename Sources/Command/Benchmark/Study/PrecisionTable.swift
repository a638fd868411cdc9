import Traces

/// The results of a precision study as text: a table for readers, and CSV for programs.
package enum PrecisionTable {
  /// Explains the columns of `block`.
  package static let legend = """
    For each design, all unmaps of the host together:
      full      tables that were torn down whole
      killed    mappings that unmaps killed
      needless  those without a page in the unmapped range, and their share of the killed ones
      unknown   share of the mapped pages of which an unmap tears the whole table down, over all
                looks at them after every \(PrecisionStudy.interval) events
    """

  /// The table of one load.
  package static func block(_ row: PrecisionStudy.Row) -> String {
    let first = "\(row.load), \(row.cells.first?.unmaps ?? 0) unmaps"
    let columns =
      [pad("full", 10), pad("killed", 10), pad("needless", 10)].joined()
      + pad("", 9) + pad("unknown", 10)
    let lines = row.cells.map { cell in
      padded("  " + cell.design.text, 22) + pad("\(cell.fullUnmaps)", 10)
        + pad("\(cell.killed)", 10) + pad("\(cell.needless)", 10)
        + pad(percent(cell.needless, cell.killed), 9)
        + pad(percent(Int(cell.unknownPages), Int(cell.pages)), 10)
    }
    return ([first, padded("", 22) + columns] + lines).map { $0 + "\n" }.joined()
  }

  /// A whole CSV file: the header and a line for each load and design.
  package static func commaSeparated(_ rows: [PrecisionStudy.Row]) -> String {
    let header = "load,design,unmaps,full_unmaps,killed,needless,pages,unknown_pages\n"
    return header
      + rows.flatMap { row in
        row.cells.map { cell in
          "\(row.load),\(cell.design.rawValue),\(cell.unmaps),\(cell.fullUnmaps),"
            + "\(cell.killed),\(cell.needless),\(cell.pages),\(cell.unknownPages)\n"
        }
      }.joined()
  }

  /// The share in percent with one decimal, rounded; `-` of nothing.
  static func percent(_ part: Int, _ whole: Int) -> String {
    whole > 0 ? TraceReport.percent(part, of: whole) : "-"
  }
}
