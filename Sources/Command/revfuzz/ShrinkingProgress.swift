import Differential
import Exploration
import Foundation

/// Shows the progress of shrinking on standard error: one line that is updated on a terminal,
/// otherwise at most one line a second.
struct ShrinkingProgress {
  private let path: String
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var last = ContinuousClock.now
  private var hasShown = false

  /// Starts before the first try; `path` names the scenario.
  init(of path: String) { self.path = path }

  /// Shows how many operations are left and how many tries were made, at a limited rate.
  mutating func show(_ shrinker: Shrinker?) {
    let now = ContinuousClock.now
    guard let shrinker, now - last > .milliseconds(isTerminal ? 100 : 1000) else { return }
    last = now
    hasShown = true
    let left = "\(shrinker.best.operations.count) operations left, \(shrinker.tries) tries"
    write(isTerminal ? "\r\u{1b}[K\(path): \(left)" : "\(path): \(left)\n")
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
