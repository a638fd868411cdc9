import Foundation

/// The results of `revfuzz bench` as text for a terminal of 100 columns.
package enum BenchTable {
  /// Subjects beside each other; more go below.
  static let subjectsAbreast = 3
  /// Characters of a subject's name that a column has room for.
  private static let nameWidth = 23

  /// What the rows of `block` mean.
  package static let legend =
    MapMeasure.allCases.map { "  \(padded($0.rawValue, 18)) \($0.summary)\n" }.joined()
      + """
      All but the last two rows in ns an operation. Ratios are of medians, to the first subject.

      """

  /// The table of one workload.
  package static func block(_ run: BenchReport.Run) -> String {
    var lines = [
      "\(run.workload.rawValue): \(run.summary)",
      "  \(run.records) records make \(run.entries) entries, \(run.knownEntries) of them known; "
        + "\(run.rounds) rounds, seed \(run.seed)",
    ]
    let subjects = run.rows.first?.subjects.count ?? 0
    for start in stride(from: 0, to: subjects, by: subjectsAbreast) {
      let columns = start..<min(start + subjectsAbreast, subjects)
      lines += part(run, columns)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func part(_ run: BenchReport.Run, _ columns: Range<Int>) -> [String] {
    guard let first = run.rows.first else { return [] }
    let margin = padded("", 20)
    var lines = [
      margin
        + columns.map { pad(String(first.subjects[$0].subject.prefix(nameWidth)), 26) }.joined(),
      margin
        + columns.map { _ in pad("minimum", 10) + pad("median", 10) + pad("ratio", 6) }.joined(),
    ]
    for row in run.rows {
      let figures = columns.map { column in
        let figures = row.subjects[column]
        return pad(figure(figures.minimum, row.unit), 10)
          + pad(figure(figures.median, row.unit), 10)
          + pad(figures.ratio.map { fixed($0, 2) } ?? "-", 6)
      }
      lines.append("  " + padded(label(of: row), 18) + figures.joined())
    }
    return lines
  }

  private static func label(of row: BenchReport.Row) -> String {
    switch row.unit {
    case .nanoseconds: row.name
    case .bytes, .requests: row.unit.rawValue
    }
  }

  // MARK: - Growth

  /// Columns of `step`, and the rows that they show.
  private static let growthColumns: [(title: String, row: String)] = [
    ("record", MapMeasure.record.rawValue), ("again", MapMeasure.rerecord.rawValue),
    ("4K hit", MapMeasure.hit.rawValue), ("random", MapMeasure.random.rawValue),
    ("2M", MapMeasure.block.rawValue), ("churn", MapMeasure.churn.rawValue),
    ("unmap", MapMeasure.unmap.rawValue), ("bytes", "memory"),
  ]

  /// What goes above the steps of one workload.
  package static func growthHeader(_ workload: MapWorkload) -> String {
    "\(workload.rawValue): medians in ns, and bytes an entry\n"
      + "  " + padded("records", 9) + padded("subject", 16)
      + growthColumns.map { pad($0.title, 9) }.joined() + "\n"
  }

  /// One step: a line for each subject.
  package static func step(_ run: BenchReport.Run) -> String {
    let subjects = run.rows.first?.subjects ?? []
    return subjects.indices.map { index in
      let figures = growthColumns.map { column in
        let row = run.rows.first { $0.name == column.row }
        return pad(figure(row?.subjects[index].median, row?.unit ?? .nanoseconds), 9)
      }
      return "  " + padded(index == 0 ? count(run.records) : "", 9)
        + padded(String(subjects[index].subject.prefix(15)), 16) + figures.joined() + "\n"
    }.joined()
  }

  /// A number of records: in units of 1024 if it is a multiple.
  static func count(_ records: Int) -> String {
    if records > 0, records % (1 << 20) == 0 { return "\(records >> 20) M" }
    return records > 0 && records % 1024 == 0 ? "\(records >> 10) K" : "\(records)"
  }

  // MARK: - Text

  private static func figure(_ value: Double?, _ unit: BenchReport.Unit) -> String {
    guard let value else { return "-" }
    // A request is for a node, which has room for many records.
    return fixed(value, unit == .requests ? 3 : 1)
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// `text`, with blanks before it up to a width.
  private static func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// `text`, with blanks behind it up to a width.
  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
