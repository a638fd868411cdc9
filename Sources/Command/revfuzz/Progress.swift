import Foundation

/// Shows the progress of a long command on standard error: a bar on a terminal, otherwise a line at
/// each quarter.
struct Progress {
  private let total: Int
  private let unit: String
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var shown = -1

  /// Starts at 0 of `total`. `unit` is the plural noun of what is counted.
  init(total: Int, unit: String) {
    self.total = total
    self.unit = unit
  }

  /// Shows that `done` units are done, if the percentage has changed, or the quarter without a
  /// terminal.
  mutating func advance(to done: Int) {
    let percent = total > 0 ? done * 100 / total : 100
    let step = isTerminal ? 1 : 25
    guard percent / step != shown / step || shown < 0 else { return }
    shown = percent
    if isTerminal {
      let bar = String(repeating: "#", count: percent / 4)
      let rest = String(repeating: "-", count: 25 - percent / 4)
      write("\r[\(bar)\(rest)] \(done) of \(total) \(unit)")
    } else if percent >= step {
      write("\(done) of \(total) \(unit)\n")
    }
  }

  /// Ends the line of the bar.
  mutating func end() {
    if isTerminal, shown >= 0 { write("\n") }
    shown = -1
  }

  private func write(_ text: String) {
    // Progress is optional: if standard error is closed, continue.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
