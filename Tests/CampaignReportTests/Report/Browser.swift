import Foundation
import TestSupport
import Testing

/// A headless Chromium, if there is one on this machine.
struct Browser {
  private let path: String

  /// The first Chromium in `PATH` that runs; nil if there is none. It has to be tried, because some
  /// systems have a script of that name that only explains how to install it.
  static let installed: Browser? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    for name in names {
      let paths = folders.map { "\($0)/\(name)" }
      if let path = paths.first(where: FileManager.default.isExecutableFile), runs(path) {
        return Browser(path: path)
      }
    }
    return nil
  }()

  private static func runs(_ path: String) -> Bool {
    (try? ChildProcess(path, ["--version"], merged: true).code) == 0
  }

  /// The window in which a page is shown.
  struct Window: CustomTestStringConvertible, Sendable {
    var width: Int
    var height = 900
    var isDark = false

    var testDescription: String { "\(width) pixels\(isDark ? ", dark" : "")" }
  }

  /// Returns the page in the file at `page` as HTML, after its scripts have run.
  func dump(_ page: URL, in window: Window) throws -> String {
    try run(["--dump-dom"], page, window)
  }

  /// Writes a screenshot of the page in the file at `page` to `picture`.
  func photograph(_ page: URL, in window: Window, to picture: URL) throws {
    _ = try run(["--screenshot=\(picture.path)"], page, window)
  }

  private func run(_ arguments: [String], _ page: URL, _ window: Window) throws -> String {
    try ChildProcess(
      path,
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--window-size=\(window.width),\(window.height)",
        "--blink-settings=preferredColorScheme=\(window.isDark ? 0 : 1)",
      ] + arguments + [page.absoluteString]
    ).output
  }
}
