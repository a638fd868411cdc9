import Differential
import Exploration
import Foundation

/// How far a shrinking is, on standard error: one line that changes on a terminal, else a line for
/// every second in which something happened.
struct ShrinkingProgress {
  private let path: String
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var last = ContinuousClock.now
  private var hasShown = false

  /// Nothing was tried.
  init(of path: String) { self.path = path }

  /// Shows how many operations are left, and how many tries that took, now and then.
  mutating func show(_ shrinker: Shrinker?) {
    let now = ContinuousClock.now
    guard let shrinker, now - last > .milliseconds(isTerminal ? 100 : 1000) else { return }
    last = now
    hasShown = true
    let left = "\(shrinker.best.operations.count) operations left, \(shrinker.tries) tries"
    write(isTerminal ? "\r\u{1b}[K\(path): \(left)" : "\(path): \(left)\n")
  }

  /// Leaves the line that changes.
  mutating func end() {
    if isTerminal, hasShown { write("\r\u{1b}[K") }
    hasShown = false
  }

  private func write(_ text: String) {
    // With standard error closed there is nobody to tell.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
