import Foundation
import TestSupport
import Testing

@Suite("Command lines in the documentation")
struct DocumentationTests {
  /// README, CONTRIBUTING and all below docs/ and Plugins/.
  private static let pages =
    ["README.md", "CONTRIBUTING.md"]
    + ["docs", "Plugins"].flatMap { Project.files(in: $0, ending: ".md") }

  @Test("every one of revfuzz parses", arguments: pages)
  func command(page: String) throws {
    for (line, words) in commandLines(inMarkdown: try Project.text(page)) {
      let problem = parses(words)
      #expect(problem == nil, "\(page):\(line): \(words.joined(separator: " ")): \(problem ?? "")")
    }
  }

  @Test("every option of a script is one that the script reads", arguments: pages)
  func scripts(page: String) throws {
    for (line, _, code) in shellLines(inMarkdown: try Project.text(page)) {
      let words = shellWords(in: code)
      guard let name = words.first, name.hasPrefix("scripts/"), name != "scripts/" else { continue }
      let script = (try? Project.text(name)) ?? ""
      #expect(!script.isEmpty, "\(page):\(line): there is no script \(name)")
      for option in words where option.hasPrefix("--") {
        #expect(script.contains(option), "\(page):\(line): \(name) has no option \(option)")
      }
    }
  }

  @Test("the pages have command lines, and a wrong one is seen")
  func found() throws {
    let counts = try Self.pages.map { try commandLines(inMarkdown: Project.text($0)).count }
    #expect(counts.reduce(0, +) > 40)
    #expect(parses(["campaign", "--hour", "8"]) != nil)
  }
}
