import CampaignReport
import Foundation

/// The row of one target in the status table.
struct CampaignRow {
  var line: NumberLine
  /// The jobs of its running processes.
  var jobs: [String]
  /// The time since an input was last added to the corpus.
  var sinceFind: Duration?
  /// New findings of this run.
  var findings: Int
}

/// Shows the progress of a campaign on standard error: log lines, and a status table. On a terminal
/// the table is updated in place; elsewhere it is printed once a minute.
final class CampaignView: @unchecked Sendable {
  // Guards everything below: log lines come from every job.
  private let lock = NSLock()
  private let isTerminal: Bool
  private let seconds: Int
  /// Lines that the table occupies on the screen.
  private var height = 0
  private var last: (time: ContinuousClock.Instant, executions: [String: Int])?
  private var rates: [String: Int] = [:]

  init(seconds: Int, isTerminal: Bool = isatty(STDERR_FILENO) == 1) {
    self.seconds = seconds
    self.isTerminal = isTerminal
  }

  /// Prints a log line with the time of day.
  func log(_ text: String) {
    lock.withLock {
      let time = Date().formatted(Self.clock)
      write(erased + "\(time)  \(text)\n")
      height = 0
    }
  }

  /// Shows the table with `left` seconds of fuzzing left. If standard error is not a terminal,
  /// prints it only if `isMinute`.
  func show(_ rows: [CampaignRow], left: Int, isMinute: Bool) {
    lock.withLock {
      measure(rows)
      guard isTerminal || isMinute else { return }
      let table = Self.table(rows, rates)
      let header = "\(Self.time(seconds - left)) of \(Self.time(seconds)), \(Self.time(left)) left"
      let lines = ([header] + table).map { isTerminal ? String($0.prefix(Self.width)) : $0 }
      write(erased + lines.map { $0 + "\n" }.joined())
      height = isTerminal ? lines.count : 0
    }
  }

  /// Removes the table from the screen.
  func end() {
    lock.withLock {
      write(erased)
      height = 0
    }
  }

  /// Updates the execution rates, at most once per `window`.
  private func measure(_ rows: [CampaignRow]) {
    let now = ContinuousClock.now
    let counts = Dictionary(uniqueKeysWithValues: rows.map { ($0.line.target, $0.line.executions) })
    guard let last else { return self.last = (now, counts) }
    let seconds = (now - last.time) / .seconds(1)
    guard seconds >= Self.window else { return }
    for (target, count) in counts {
      rates[target] = Int(Double(max(0, count - (last.executions[target] ?? 0))) / seconds)
    }
    self.last = (now, counts)
  }

  /// The width of the terminal in characters. Longer lines would wrap and not be erased.
  private static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// The format of the time of day, as in `21:30:07`, in the local time zone.
  private static let clock = Date.ISO8601FormatStyle(timeZone: .current).time(
    includingFractionalSeconds: false)

  /// The shortest time over which a rate is measured, in seconds.
  private static let window = 5.0

  /// The lines of the table, the head first.
  static func table(_ rows: [CampaignRow], _ rates: [String: Int]) -> [String] {
    let head = [
      "target", "executions", "exec/s", "edges", "features", "corpus", "last new", "findings",
      "running",
    ]
    let cells = rows.map { row in
      [
        row.line.target, "\(row.line.executions)", rates[row.line.target].map { "\($0)" } ?? "-",
        "\(row.line.edges)", "\(row.line.features)", "\(row.line.corpus)",
        row.sinceFind.map { time(Int($0 / .seconds(1))) + " ago" } ?? "-",
        row.findings == 0 ? "-" : "\(row.findings)",
        row.jobs.isEmpty ? "-" : row.jobs.joined(separator: ", "),
      ]
    }
    let widths = head.indices.map { index in
      ([head] + cells).map { $0[index].count }.max() ?? 0
    }
    return ([head] + cells).map { row in
      row.indices.map { index in
        let gap = String(repeating: " ", count: widths[index] - row[index].count)
        let isText = index == 0 || index == row.count - 1
        return isText ? row[index] + (index == 0 ? gap : "") : gap + row[index]
      }.joined(separator: "  ")
    }
  }

  /// A duration, as in `1 h 5 min`, `12 min 30 s` or `7 s`.
  static func time(_ seconds: Int) -> String {
    let seconds = max(0, seconds)
    if seconds >= 3600 { return "\(seconds / 3600) h \(seconds / 60 % 60) min" }
    return seconds >= 60 ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds) s"
  }

  /// The control sequence that erases the table.
  private var erased: String {
    height == 0 ? "" : "\u{1b}[\(height)A\r\u{1b}[J"
  }

  private func write(_ text: String) {
    // If standard error is closed, there is nowhere to report it.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
