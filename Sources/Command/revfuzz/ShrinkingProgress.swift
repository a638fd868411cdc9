import Differential
import Exploration
import FileNames
import Foundation

/// Shows the progress of shrinking on standard error: a line that is updated on a terminal,
/// otherwise one line in all.
struct ShrinkingProgress {
  private let path: String
  private let seconds: Int
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var last = ContinuousClock.now
  private var hasShown = false

  /// Starts before the first try. `path` names the scenario, `seconds` is the time limit.
  init(of path: String, seconds: Int) {
    self.path = FileName.shown(path)
    self.seconds = seconds
  }

  /// Shows how many operations are left and how many tries were made, at a limited rate. If there
  /// is no terminal, shows only at the first call with a shrinker that shrinking has begun.
  mutating func show(_ shrinker: Shrinker?) {
    guard let shrinker else { return }
    let count = shrinker.best.operations.count
    let operations = "\(count) operation\(count == 1 ? "" : "s")"
    guard isTerminal else {
      if !hasShown { write("\(path): it fails; shrinking \(operations), up to \(seconds) s\n") }
      hasShown = true
      return
    }
    let now = ContinuousClock.now
    guard now - last > .milliseconds(100) else { return }
    last = now
    hasShown = true
    write("\r\u{1b}[K\(path): \(operations) left, \(shrinker.tries) tries")
  }

  /// Clears the updated line.
  mutating func end() {
    if isTerminal, hasShown { write("\r\u{1b}[K") }
    hasShown = false
  }

  private func write(_ text: String) {
    // Progress is optional: if standard error is closed, continue.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
