import Foundation
import Testing

@testable import CampaignReport

@Suite("The report")
struct ReportTests {
  private static let busy = SampleRun.report(SampleRun.busy(), beside: SampleRun.earlier).html
  private static let empty = SampleRun.report((SampleRun.empty(), [])).html

  /// The headings of `html` in order, each with its level.
  private static func headings(_ html: String) -> [(level: Int, text: String)] {
    html.matches(of: #/<h(\d)[^>]*>(.*?)</h\d>/#).map { (Int($0.1) ?? 0, String($0.2)) }
  }

  @Test("the sections are in order, on a full page and on an empty one")
  func order() {
    let parts = [
      "Findings", "Warnings", "Targets", "Source coverage", "Self-checks", "Build and settings",
    ]
    for html in [Self.busy, Self.empty] {
      #expect(Self.headings(html).filter { $0.level == 2 }.map(\.text) == parts)
    }
    #expect(
      Self.headings(Self.busy).filter { $0.level == 3 }.map(\.text).suffix(6) == [
        "Edges", "Transitions", "Executions per second", "Discovery probability", "Jobs",
        "Files, with the lines that were never reached",
      ])
  }

  @Test("there is one first-level heading, and no level is skipped")
  func levels() {
    for html in [Self.busy, Self.empty] {
      let levels = Self.headings(html).map(\.level)
      #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
      #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })
    }
  }

  @Test("no template lacks data, and no part of the page is missing")
  func complete() {
    for html in [Self.busy, Self.empty] {
      #expect(!html.contains("{{") && !html.contains("Optional("))
      #expect(html.hasPrefix("<!doctype html>") && html.hasSuffix("</html>\n"))
    }
    // Six targets have a chart for each of three quantities.
    #expect(Self.busy.matches(of: #/<svg viewBox/#).count == 18)
    #expect(Self.busy.matches(of: #/<desc id="/#).count == 18)
    #expect(Self.busy.matches(of: #/<tbody class="group">/#).count == 6)
    // Three earlier runs in each chart, and one line in the legend.
    #expect(Self.busy.matches(of: #/<path class="before" d="M[\d.]+ /#).count == 55)
  }

  @Test("the page loads nothing and has no scripts")
  func selfContained() {
    #expect(!Self.busy.contains("http") && !Self.busy.contains("url("))
    #expect(!Self.busy.contains("<script") && !Self.busy.contains("<link"))
  }

  @Test("text from a finding is escaped")
  func escaping() {
    var (run, lines) = SampleRun.busy()
    run.findings = [
      CampaignRecord.FindingPage(
        name: "<n>", failure: "<f> & {{title}}", reproduction: "<r>", isNew: true, count: 1,
        replay: "a '<b>'", scenario: "<s>", drawing: "<d>")
    ]
    run.warnings[0].sentence = "<t>"
    run.doctor[0].sentence = "<o>"
    let html = SampleRun.report((run, lines)).html
    for tag in ["n", "f", "r", "b", "s", "d", "t", "o"] {
      let text = "&lt;\(tag)&gt;"
      #expect(html.contains(text), "\(text) is not on the page")
    }
    for tag in ["<n>", "<f>", "<r>", "<d>", "<t>", "<o>"] { #expect(!html.contains(tag)) }
    #expect(html.contains("&lt;f&gt; &amp; {{title}}"))
    #expect(html.contains("a &#39;&lt;b&gt;&#39;"))
  }

  @Test("new findings are unfolded and known ones folded, with their number of inputs")
  func findings() throws {
    let new = try #require(Self.busy.firstRange(of: "new</span> unmap misses a mapping (unsound)"))
    let known = try #require(Self.busy.firstRange(of: "known</span> record holds other entries"))
    #expect(new.lowerBound < known.lowerBound)
    #expect(Self.busy.matches(of: #/<article class="finding">/#).count == 2)
    #expect(Self.busy.matches(of: #/<details class="finding">/#).count == 1)
    #expect(Self.busy.contains("<span class=\"quiet\">1,212 inputs in all runs</span>"))
    #expect(Self.busy.contains("flaky, in 3 of 10 runs; 1 input in all runs"))
    // Only the finding with a drawing has its scenario as text in addition.
    #expect(Self.busy.matches(of: #/The scenario as text/#).count == 1)
  }

  @Test("lines that were never reached are listed as ranges, for files that have some")
  func coverage() {
    #expect(Self.busy.contains("<p>88, 131–133</p>"))
    #expect(Self.busy.matches(of: #/<details class="gap">/#).count == 4)
    // 131 + 187 + 21 + 170 + 1204 of 131 + 191 + 84 + 171 + 1210 lines: 1713 / 1787 is 95.86 %.
    #expect(Self.busy.contains("<td>95.8 %</td><td class=\"quiet\">1,713 / 1,787</td>"))
  }

  @Test("the source is shown by module, with the code under test first and unfolded")
  func modules() {
    var run = SampleRun.clean(minutes: 1).0
    func file(_ path: String, _ reached: Int) -> SourceCoverage.File {
      let share = SourceCoverage.Share(reached: reached, total: 10)
      return .init(path: path, lines: share, regions: share, functions: share, unreached: [])
    }
    run.coverage = SourceCoverage(files: [
      file("Sources/Engine/Differential/A.swift", 1), file("Sources/Oracle/B.swift", 2),
      file("Sources/Map/RangeTree/C.swift", 3), file("Sources/Map/RangeTree/Deep/D.swift", 4),
      file("Sources/Map/ReverseMap/E.swift", 5),
    ])
    let part = CoveragePart(run.coverage)
    #expect(
      part.modules.map(\.total.path.file) == ["RangeTree", "ReverseMap", "Oracle", "Differential"])
    #expect(part.modules.map(\.isOpen) == [true, true, false, false])
    #expect(part.modules[0].total.lines.fraction == "7 / 20")
    #expect(part.modules[0].files.count == 2)
    let html = Report(run: run, numbers: [], earlier: []) { _ in "" }.html
    #expect(html.matches(of: #/<details class="module" open>/#).count == 2)
    #expect(html.matches(of: #/<details class="module">/#).count == 2)
    #expect(html.contains("Every line was reached."))
  }

  @Test("each target has a discovery probability, with a note that it does not count bugs")
  func residual() {
    var (run, lines) = SampleRun.clean(minutes: 2)
    run.targets[1].last.transitions = nil
    let html = Report(run: run, numbers: lines, earlier: []) {
      "1 in \($0.singletons) for sure"
    }.html
    // The singletons of FuzzShadow: 181000 / 60 + 1.
    #expect(html.contains("<dt>FuzzShadow</dt><dd>1 in 3017 for sure</dd>"))
    #expect(html.contains("<dt>FuzzDirectMap</dt><dd>no transitions were counted</dd>"))
    #expect(html.contains("It does not estimate how many bugs remain"))
  }

  @Test("every section of an empty run's report says that there is nothing")
  func nothing() {
    for sentence in [
      "No new failures, but the run could have missed some: no self-check was run; "
        + "no target was run.",
      "The run was interrupted before its planned end.", "Nothing was executed.",
      "There were no warnings.", "No target was run.", "No numbers were recorded",
      "Not measured in this run.", "No self-check was run, so",
    ] {
      #expect(Self.empty.contains(sentence), "\(sentence)")
      #expect(!Self.busy.contains(sentence), "\(sentence)")
    }
    #expect(!Self.empty.contains("<table") && !Self.empty.contains("<svg"))
    #expect(!Self.empty.contains("<h3"))
  }

  @Test("a target with one line of numbers has charts, and targets without numbers have a note")
  func oneLine() {
    var (run, lines) = SampleRun.clean(minutes: 1)
    lines.removeAll { $0.target != "FuzzWords" }
    let html = SampleRun.report((run, lines)).html
    // FuzzWords has charts of edges, transitions and rate; the five other targets have none.
    #expect(html.matches(of: #/<svg viewBox/#).count == 3)
    #expect(html.matches(of: #/Not counted in this run\./#).count == 15)
    #expect(html.contains("there is no previous run to compare with"))
    // A killed run may have lines of numbers, and a record without targets.
    run.targets = []
    #expect(SampleRun.report((run, lines)).html.contains("<b>FuzzWords</b>"))
  }

  @Test("only the latest earlier runs are drawn")
  func manyRuns() throws {
    let before = (1...15).map { SampleRun.clean(minutes: 1, ago: $0) }
    let report = SampleRun.report(SampleRun.clean(minutes: 1), beside: before)
    #expect(report.earlier.map(\.record.name) == (1...12).reversed().map { "run-\($0)-before" })
    #expect(report.html.contains("each of the 12 previous runs"))
  }
}
