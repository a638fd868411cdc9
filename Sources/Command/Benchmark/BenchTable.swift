import Foundation

/// The results of `revfuzz bench` as text for a terminal of 100 columns.
package enum BenchTable {
  /// Subjects side by side; further ones follow below.
  static let subjectsAbreast = 3
  /// Longer names of subjects are cut to this many characters.
  private static let nameWidth = 23

  /// Explains the rows of `block`, for workloads or for traces.
  package static func legend(ofTraces: Bool) -> String {
    let rows = MapMeasure.allCases.filter { $0.isOfTraces == ofTraces }
    let units = ofTraces ? "All rows are" : "All rows but the last two are"
    return rows.map { "  \(padded($0.rawValue, 18)) \($0.summary)\n" }.joined()
      + "\(units) in ns per operation. Ratios are to the first subject's median.\n"
  }

  /// The table of one workload.
  package static func block(_ run: BenchReport.Run) -> String {
    let isOfTrace = run.rows.contains { $0.name == MapMeasure.events.rawValue }
    var lines = [
      "\(run.workload): \(run.summary)",
      "  \(run.records) records make \(run.entries) entries\(isOfTrace ? " at most" : ""), "
        + "\(run.knownEntries) of them known; \(run.rounds) rounds, seed \(run.seed)",
    ]
    let subjects = run.rows.first?.subjects.count ?? 0
    for start in stride(from: 0, to: subjects, by: subjectsAbreast) {
      let columns = start..<min(start + subjectsAbreast, subjects)
      lines += part(run, columns)
    }
    return lines.joined(separator: "\n") + "\n" + sound(run)
  }

  /// A sentence for each subject that is only sound, on a line of its own; empty if there is none.
  package static func sound(_ run: BenchReport.Run) -> String {
    (run.sound ?? []).map { subject in
      let figures = subject.figures
      let share = fixed(100 * Double(figures.everything) / Double(max(1, figures.answers)), 1)
      let pages =
        figures.percent.map { "\(fixed($0, 1)) % more pages than needed" } ?? "none needed"
      return "  \(subject.subject.prefix(nameWidth)) is sound: none of \(figures.answers) answers "
        + "misses a live mapping; \(share) % are everything,\n    the others report \(pages)\n"
    }.joined()
  }

  private static func part(_ run: BenchReport.Run, _ columns: Range<Int>) -> [String] {
    guard let first = run.rows.first else { return [] }
    let margin = padded("", 20)
    var lines = [
      margin
        + columns.map { pad(String(first.subjects[$0].subject.prefix(nameWidth)), 26) }.joined(),
      margin
        + columns.map { _ in pad("minimum", 9) + pad("median", 9) + pad("ratio", 8) }.joined(),
    ]
    for row in run.rows {
      let figures = columns.map { column in
        let figures = row.subjects[column]
        return pad(figure(figures.minimum, row.unit), 9)
          + pad(figure(figures.median, row.unit), 9)
          + pad(figures.ratio.map { fixed($0, 2) } ?? "-", 8)
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

  /// The columns of `step`, and the row of the report that each shows.
  private static let growthColumns: [(title: String, row: String)] = [
    ("record", MapMeasure.record.rawValue), ("again", MapMeasure.rerecord.rawValue),
    ("4K hit", MapMeasure.hit.rawValue), ("random", MapMeasure.random.rawValue),
    ("2M", MapMeasure.block.rawValue), ("churn", MapMeasure.churn.rawValue),
    ("unmap", MapMeasure.unmap.rawValue), ("bytes", "memory"),
  ]

  /// The header above the steps of one workload.
  package static func growthHeader(_ workload: MapWorkload) -> String {
    "\(workload.rawValue): medians in ns, and bytes per entry\n"
      + "  " + padded("records", 9) + padded("subject", 16)
      + growthColumns.map { pad($0.title, 9) }.joined() + "\n"
  }

  /// One step, as a line for each subject.
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

  /// A number of records, in M (2^20) or K (2^10) if it is a multiple.
  static func count(_ records: Int) -> String {
    if records > 0, records % (1 << 20) == 0 { return "\(records >> 20) M" }
    return records > 0 && records % 1024 == 0 ? "\(records >> 10) K" : "\(records)"
  }

  // MARK: - Text

  private static func figure(_ value: Double?, _ unit: BenchReport.Unit) -> String {
    guard let value else { return "-" }
    // A node holds many records, so requests per record are a small fraction.
    return fixed(value, unit == .requests ? 3 : 1)
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
