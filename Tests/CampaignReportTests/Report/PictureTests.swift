import Foundation
import TestSupport
import Testing

@testable import CampaignReport

/// The page as shown by a browser.
@Suite(
  "The report in a browser",
  .enabled(if: Browser.installed != nil, "skipped: there is no Chromium in PATH that runs"),
  .serialized, .waitsForProcesses)
struct PictureTests {
  /// The folder in which to keep the pictures; by default they are deleted.
  private static let kept = ProcessInfo.processInfo.environment["REVFUZZ_PICTURES"]

  private static let pages: [(name: String, report: Report)] = [
    ("busy", SampleRun.report(SampleRun.busy(), beside: SampleRun.earlier)),
    ("clean", SampleRun.report(SampleRun.clean())),
    ("empty", SampleRun.report((SampleRun.empty(), []))),
    ("wide", SampleRun.report(SampleRun.wide)),
    ("long", SampleRun.report(SampleRun.clean(minutes: 480), beside: SampleRun.earlier)),
  ]

  private static let windows = [1200, 390].flatMap { width in
    [false, true].map { Browser.Window(width: width, isDark: $0) }
  }

  /// A script that adds to the page its window's width, its own width and height, and the
  /// brightness of its background.
  private static let measure = """
    <script>
    const root = document.documentElement
    const paper = getComputedStyle(document.body).backgroundColor.match(/\\d+/g)
    const facts = [innerWidth, root.scrollWidth, root.scrollHeight, paper[0]]
    document.body.insertAdjacentHTML("beforeend", "<i id=facts>" + facts.join(" ") + "</i>")
    </script>
    """

  @Test(
    "no page is wider than its window or empty, and its background fits the colour scheme",
    arguments: 0..<pages.count, windows)
  func fits(page: Int, window: Browser.Window) throws {
    let browser = try #require(Browser.installed)
    let folder = URL(fileURLWithPath: Self.kept ?? NSTemporaryDirectory())
    let name = "\(Self.pages[page].name)-\(window.width)-\(window.isDark ? "dark" : "light")"
    let file = folder.appendingPathComponent("revfuzz-\(name).html")
    let picture = folder.appendingPathComponent("revfuzz-\(name).png")
    defer {
      if Self.kept == nil {
        try? FileManager.default.removeItem(at: file)
        try? FileManager.default.removeItem(at: picture)
      }
    }
    let html = Self.pages[page].report.html
    try (html + Self.measure).write(to: file, atomically: true, encoding: .utf8)

    let dump = try browser.dump(file, in: window)
    let facts = try #require(dump.firstMatch(of: #/<i id="facts">(\d+) (\d+) (\d+) (\d+)</i>/#))
    #expect(Int(facts.1) == window.width)
    #expect(Int(facts.2) == window.width)
    let brightness = try #require(Int(facts.4))
    #expect(window.isDark ? brightness < 64 : brightness == 255)

    var whole = window
    whole.height = try #require(Int(facts.3))
    try html.write(to: file, atomically: true, encoding: .utf8)
    try browser.photograph(file, in: whole, to: picture)
    // An empty page compresses to a few thousand bytes, however high it is.
    let pixels = whole.width * whole.height
    #expect(try Data(contentsOf: picture).count > 4000 + pixels / 100)
  }
}
