import Foundation
import TestSupport
import Testing

/// A text file of the project.
private struct TextFile: CustomTestStringConvertible {
  /// The path in the project.
  let path: String

  var testDescription: String { path }

  var lines: [Substring] {
    ((try? Project.text(path)) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// Every file that a person writes: sources, tests, scripts, documentation, planted bugs, seeds.
  static let all: [TextFile] = {
    let folders = [
      ".ci", ".clusterfuzzlite", ".github", "Fleet", "FuzzTargets/Sources", "Mutants", "Nightly",
      "Plugins", "Seeds", "Sources", "Tests", "Traces", "docs", "scripts",
    ]
    let files = [
      "CONTRIBUTING.md", "FuzzTargets/Package.swift", "FuzzTargets/targets",
      "Package.swift", "README.md", "revfuzz",
    ]
    return (files + folders.flatMap { Project.files(in: $0) }).sorted().map(TextFile.init)
  }()

  static let documentation = all.filter { $0.path.hasSuffix(".md") }
}

/// What can be checked of how the project is written. The rest needs a reader.
@Suite("The writing")
struct WritingTests {
  private static let wordList = "Tests/HouseTests/private-words.txt"

  @Test("the files are found")
  func files() {
    let paths = Set(TextFile.all.map(\.path))
    for path in ["README.md", "docs/Specification.md", "scripts/fuzz", Self.wordList] {
      #expect(paths.contains(path))
    }
    #expect(paths.count > 300)
  }

  @Test("no line of Swift or Markdown has more than 100 columns, but for tables, links and output")
  func columns() {
    for file in TextFile.all where file.path.hasSuffix(".swift") || file.path.hasSuffix(".md") {
      var isOutput = false
      for (index, line) in file.lines.enumerated() {
        let fence = file.path.hasSuffix(".md") ? "```" : "\"\"\""
        if line.split(separator: fence, omittingEmptySubsequences: false).count % 2 == 0 {
          isOutput.toggle()
        }
        let isTable = line.drop { $0 == " " }.hasPrefix("|")
        let isExempt = isOutput || isTable || line.contains("://")
        #expect(
          line.count <= 100 || isExempt, "\(file.path):\(index + 1) has \(line.count) columns")
      }
    }
  }

  @Test("no private word stands where the field has one")
  func words() throws {
    let entries = try Project.text(Self.wordList).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: " ", maxSplits: 1) }
    let replacements = Dictionary(
      uniqueKeysWithValues: entries.map {
        (String($0[0]), $0[1].trimmingCharacters(in: .whitespaces))
      })
    #expect(replacements.count > 30)
    for file in TextFile.all where file.path != Self.wordList {
      for (index, line) in file.lines.enumerated() {
        for word in line.split(whereSeparator: { !$0.isLetter && $0 != "_" && !$0.isNumber }) {
          let field = replacements[String(word)] ?? replacements[word.lowercased()]
          if let field {
            Issue.record("\(file.path):\(index + 1) says '\(word)'; the field says: \(field)")
          }
        }
      }
    }
  }

  @Test("links of the documentation lead somewhere", arguments: TextFile.documentation)
  fileprivate func links(file: TextFile) {
    let folder = Project.root.appendingPathComponent(file.path).deletingLastPathComponent()
    let text = file.lines.joined(separator: "\n")
    for match in text.matches(of: /\]\(([^)\s]+)\)/) where !match.1.contains("://") {
      let target = String(match.1.prefix { $0 != "#" })
      if target.isEmpty { continue }
      let url = URL(fileURLWithPath: target, relativeTo: folder)
      #expect(
        FileManager.default.fileExists(atPath: url.path), "\(file.path) links to \(match.1)")
    }
  }

  @Test("every page of docs/ is in its index")
  func index() throws {
    let index = try Project.text("docs/README.md")
    for file in TextFile.documentation where file.path.hasPrefix("docs/") {
      let name = file.path.dropFirst("docs/".count)
      #expect(
        name == "README.md" || name.hasPrefix("findings/") || index.contains("(\(name))"), "\(name)"
      )
    }
    #expect(index.contains("(findings/README.md)"))
  }
}
