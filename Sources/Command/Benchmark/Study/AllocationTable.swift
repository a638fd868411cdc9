/// The results of an allocation study as text: a table for readers, and CSV for programs.
package enum AllocationTable {
  /// Figures from fewer breaks than this are marked as unreliable.
  static let enough = 10

  /// Explains the columns of `block`.
  package static let legend = """
    For each probability that a request for a node is refused, per million records:
      requests  requests for nodes, by a map without a reserve
      broken    times that the map broke
      by break  mappings killed needlessly because the map was broken
      needless  mappings killed needlessly, for any reason
    ~ fewer than \(enough) breaks were seen: too few for a reliable figure
    """

  /// The table of one load, whose cells are in the order of `AllocationStudy.cells`.
  package static func block(_ load: StudyLoad, _ cells: [AllocationStudy.Cell]) -> String {
    let groups = ["no reserve", "topped up once", "topped up each fault"]
    var lines = [
      "\(load.name): \(load.summary)",
      pad("", 5) + pad("", 10) + groups.map { pad($0, 27) + " " }.joined(),
      pad("", 5) + pad("requests", 10)
        + groups.map { _ in pad("broken", 8) + pad("by break", 10) + pad("needless", 10) }.joined(),
    ]
    let columns = ReserveUse.allCases.count
    for row in stride(from: 0, to: cells.count, by: columns) {
      let cells = cells[row..<row + columns]
      guard let first = cells.first else { break }
      let figures = cells.map { cell in
        let tally = cell.tally
        let isRare = cell.probability.parts > 0 && tally.breaks < enough
        let mark = isRare ? "~" : " "
        return pad(perMillion(tally.breaks, tally.records) + mark, 9)
          + pad(perMillion(tally.needlessWhileBroken, tally.records) + mark, 10)
          + pad(perMillion(tally.needless, tally.records), 9)
      }
      lines.append(
        pad(first.probability.name, 5)
          + pad(perMillion(first.tally.memory.requests, first.tally.records), 10)
          + figures.joined())
    }
    return lines.map(trimmed).joined(separator: "\n") + "\n"
  }

  /// The column names of `line`.
  static let header =
    "load,direct,probability,reserve,records,requests,refused,recycled,breaks,ignored,"
    + "needless_kills,needless_kills_broken,killed,full_unmaps,topups,topups_refused,peak_nodes,"
    + "peak_retired"

  /// One cell as a line of comma-separated values, in counts and not per million.
  static func line(_ cell: AllocationStudy.Cell) -> String {
    let tally = cell.tally
    let memory = tally.memory
    let counts = [
      tally.records, memory.requests, memory.refused, memory.recycled, tally.breaks,
      tally.ignored, tally.needless, tally.needlessWhileBroken, tally.killed, tally.fullUnmaps,
      tally.topUps,
      tally.topUpsRefused, memory.peak, tally.peakRetired,
    ]
    let names = [
      cell.load, cell.hasDirectMap ? "on" : "off", cell.probability.name,
      cell.reserve.rawValue,
    ]
    return (names + counts.map { "\($0)" }).joined(separator: ",")
  }

  /// A whole CSV file: the header and a line for each cell.
  package static func commaSeparated(_ cells: [AllocationStudy.Cell]) -> String {
    ([header] + cells.map(line)).map { $0 + "\n" }.joined()
  }

  /// `count` per million records: rounded to an integer from 10 on, to thousandths below.
  static func perMillion(_ count: Int, _ records: Int) -> String {
    let number = Double(count) * 1e6 / Double(max(1, records))
    if number >= 10 { return "\(Int(number.rounded()))" }
    let thousandths = Int((number * 1000).rounded())
    if thousandths % 1000 == 0 { return "\(thousandths / 1000)" }
    let digits = "\(thousandths % 1000 + 1000)".dropFirst()
    return "\(thousandths / 1000)." + trimmed(String(digits), of: "0")
  }

  /// `text` without trailing blanks.
  private static func trimmed(_ text: String) -> String { trimmed(text, of: " ") }

  /// `text` without `trailing` characters at its end.
  private static func trimmed(_ text: String, of trailing: Character) -> String {
    var text = text
    while text.last == trailing { text.removeLast() }
    return text
  }
}
