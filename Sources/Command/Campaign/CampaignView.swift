import CampaignReport
import Foundation

/// What is shown of a target.
struct CampaignRow {
  var line: NumberLine
  /// The jobs that have a process now.
  var jobs: [String]
  /// How long ago something was last added to the corpus.
  var sinceFind: Duration?
  /// New findings of this run.
  var findings: Int
}

/// Shows how a campaign goes: a table that is kept up to date on a terminal, else a line for each target
/// and minute. What happens gets a line of its own in either.
final class CampaignView: @unchecked Sendable {
  // One lock for what is on the screen: lines come from every job.
  private let lock = NSLock()
  private let isTerminal: Bool
  private let seconds: Int
  /// Lines of the table that are on the screen.
  private var height = 0
  private var last: (time: ContinuousClock.Instant, executions: [String: Int])?
  private var rates: [String: Int] = [:]

  init(seconds: Int, isTerminal: Bool = isatty(STDERR_FILENO) == 1) {
    self.seconds = seconds
    self.isTerminal = isTerminal
  }

  /// Says that something happens.
  func log(_ text: String) {
    lock.withLock {
      let time = Date().formatted(Self.clock)
      write(erased + "\(time)  \(text)\n")
      height = 0
    }
  }

  /// Shows `rows`, with so many seconds left. Off a terminal only with `isMinute`.
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

  /// Takes the table away.
  func end() {
    lock.withLock {
      write(erased)
      height = 0
    }
  }

  /// Executions per second since the last look but not less than this long ago.
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

  /// Characters in a line of the terminal: what goes beyond it would not be taken away again.
  private static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// As in `21:30:07`, in the machine's time zone.
  private static let clock = Date.ISO8601FormatStyle(timeZone: .current).time(
    includingFractionalSeconds: false)

  /// The time that a rate is taken over, in seconds.
  private static let window = 5.0

  /// The table, its head first.
  static func table(_ rows: [CampaignRow], _ rates: [String: Int]) -> [String] {
    let head = [
      "target", "executions", "per s", "edges", "features", "corpus", "last new", "finds", "now",
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

  /// As in `1 h 05 min`, `12 min 30 s` or `7 s`.
  static func time(_ seconds: Int) -> String {
    let seconds = max(0, seconds)
    if seconds >= 3600 { return "\(seconds / 3600) h \(seconds / 60 % 60) min" }
    return seconds >= 60 ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds) s"
  }

  /// What takes the table from the screen.
  private var erased: String {
    height == 0 ? "" : "\u{1b}[\(height)A\r\u{1b}[J"
  }

  private func write(_ text: String) {
    // With standard error closed there is nobody to tell.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
