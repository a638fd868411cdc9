import Foundation
import Testing

@testable import CampaignReport

@Suite("The report")
struct ReportTests {
  private static let busy = SampleRun.report(SampleRun.busy(), beside: SampleRun.earlier).html
  private static let empty = SampleRun.report((SampleRun.empty(), [])).html

  /// The headings of `html` in their order, each with its level.
  private static func headings(_ html: String) -> [(level: Int, text: String)] {
    html.matches(of: #/<h(\d)[^>]*>(.*?)</h\d>/#).map { (Int($0.1) ?? 0, String($0.2)) }
  }

  @Test("the parts come in their order, on a full page and on an empty one")
  func order() {
    let parts = [
      "Findings", "Troubles of the campaign", "Targets", "Source coverage", "Doctor",
      "How it was made",
    ]
    for html in [Self.busy, Self.empty] {
      #expect(Self.headings(html).filter { $0.level == 2 }.map(\.text) == parts)
    }
    #expect(
      Self.headings(Self.busy).filter { $0.level == 3 }.map(\.text).suffix(6) == [
        "Edges", "Transitions", "Executions per second", "What has not been seen yet", "Jobs",
        "File by file, and the lines that were never reached",
      ])
  }

  @Test("there is one heading of the first level, and no level is skipped")
  func levels() {
    for html in [Self.busy, Self.empty] {
      let levels = Self.headings(html).map(\.level)
      #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
      #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })
    }
  }

  @Test("every template has found its data and its parts")
  func complete() {
    for html in [Self.busy, Self.empty] {
      #expect(!html.contains("{{") && !html.contains("Optional("))
      #expect(html.hasPrefix("<!doctype html>") && html.hasSuffix("</html>\n"))
    }
    // One chart of each of three quantities for each of six targets.
    #expect(Self.busy.matches(of: #/<svg viewBox/#).count == 18)
    #expect(Self.busy.matches(of: #/<desc id="/#).count == 18)
    #expect(Self.busy.matches(of: #/<tbody class="group">/#).count == 6)
    // Three runs before in each, and one in the legend.
    #expect(Self.busy.matches(of: #/<path class="before" d="M[\d.]+ /#).count == 55)
  }

  @Test("nothing on the page comes from elsewhere, and nothing on it is run")
  func selfContained() {
    #expect(!Self.busy.contains("http") && !Self.busy.contains("url("))
    #expect(!Self.busy.contains("<script") && !Self.busy.contains("<link"))
  }

  @Test("text from a finding is shown as text")
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

  @Test("new findings are open and known ones folded, with how often they were seen")
  func findings() throws {
    let new = try #require(Self.busy.firstRange(of: "new</span> unmap misses a mapping (unsound)"))
    let known = try #require(Self.busy.firstRange(of: "known</span> record holds other entries"))
    #expect(new.lowerBound < known.lowerBound)
    #expect(Self.busy.matches(of: #/<article class="finding">/#).count == 2)
    #expect(Self.busy.matches(of: #/<details class="finding">/#).count == 1)
    #expect(Self.busy.contains("<span class=\"quiet\">1,212 inputs in all runs</span>"))
    #expect(Self.busy.contains("flaky, in 3 of 10 runs; 1 input in all runs"))
    // Only the one that is drawn has its text as well.
    #expect(Self.busy.matches(of: #/The scenario as text/#).count == 1)
  }

  @Test("lines that were never reached are listed as ranges, and only where there are some")
  func coverage() {
    #expect(Self.busy.contains("<p>88, 131–133</p>"))
    #expect(Self.busy.matches(of: #/<details class="gap">/#).count == 4)
    // 131 + 187 + 21 + 170 + 1204 of 131 + 191 + 84 + 171 + 1210 lines: 1713 / 1787 is 95.86 %.
    #expect(Self.busy.contains("<td>95.8 %</td><td class=\"quiet\">1,713 / 1,787</td>"))
  }

  @Test("the source is shown by module, the code that is judged first and open")
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

  @Test("the chance of a new transition is said for each target, and that it is no share of bugs")
  func residual() {
    var (run, lines) = SampleRun.clean(minutes: 2)
    run.targets[1].last.transitions = nil
    let html = Report(run: run, numbers: lines, earlier: []) {
      "1 in \($0.singletons) for sure"
    }.html
    // The singletons of FuzzShadow: 181000 / 60 + 1.
    #expect(html.contains("<dt>FuzzShadow</dt><dd>1 in 3017 for sure</dd>"))
    #expect(html.contains("<dt>FuzzDirectMap</dt><dd>no transitions were counted</dd>"))
    #expect(html.contains("It is no share of all bugs"))
  }

  @Test("a run without anything says so, part by part")
  func nothing() {
    for sentence in [
      "Nothing new has failed, but that says little: the doctor was not asked; no target was run.",
      "Somebody has ended it before its time.", "Nothing was executed that could have failed.",
      "The campaign itself had none.", "No target was run.", "No numbers were written",
      "It was not measured this run.", "The doctor was not asked:",
    ] {
      #expect(Self.empty.contains(sentence), "\(sentence)")
      #expect(!Self.busy.contains(sentence), "\(sentence)")
    }
    #expect(!Self.empty.contains("<table") && !Self.empty.contains("<svg"))
    #expect(!Self.empty.contains("<h3"))
  }

  @Test("one line of numbers is a point with its value, and a target without any says so")
  func oneLine() {
    var (run, lines) = SampleRun.clean(minutes: 1)
    lines.removeAll { $0.target != "FuzzWords" }
    let html = SampleRun.report((run, lines)).html
    // FuzzWords has edges, transitions and a rate; of the five others each of the three is missing.
    #expect(html.matches(of: #/<svg viewBox/#).count == 3)
    #expect(html.matches(of: #/Not counted this run\./#).count == 15)
    #expect(html.contains("there is no run before to compare it with"))
    // A run that was cut off has lines, and no record of any target.
    run.targets = []
    #expect(SampleRun.report((run, lines)).html.contains("<b>FuzzWords</b>"))
  }

  @Test("only the latest runs are drawn beside this one")
  func manyRuns() throws {
    let before = (1...15).map { SampleRun.clean(minutes: 1, ago: $0) }
    let report = SampleRun.report(SampleRun.clean(minutes: 1), beside: before)
    #expect(report.earlier.map(\.record.name) == (1...12).reversed().map { "run-\($0)-before" })
    #expect(report.html.contains("each of the 12 runs before"))
  }
}
